/** Settings of readings come to bear, and what is told of readings is whole. */

import { getEventListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { live, type QlowerError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { Endpoint } from './live-servers.js'
import { caught, thrown } from './servers.js'

const PATH = 'current_power'

/** The first state of a feed. */
async function first(options: live.LiveFeedOptions): Promise<live.State> {
  using feed = new live.LiveFeed(options)
  const { value } = await feed.watch().next()
  return value as live.State
}

/** A proxy that lets nobody through, and knows who asked for what. */
async function proxy(): Promise<AsyncDisposable & { url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url}`)
    response.writeHead(502).end()
  })
  server.on('connect', (request, socket) => {
    asked.push(`${request.url}`)
    socket.end('HTTP/1.1 502 no\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describe('a feed', () => {
  test('has the unit that was agreed on, where the document names none', async () => {
    await using endpoint = await Endpoint.start()
    const url = new URL(endpoint.url)
    expect(await first({ url, path: PATH, unit: 'MW' })).toMatchObject({ value: 42.5, unit: 'MW' })
    const shown = await first({ url, path: PATH, unit: 'MW', showIn: 'kW' })
    expect(shown).toMatchObject({ value: 42_500, text: '42500 kW', textFr: '42 500 kW'.replace(' ', '') })
    expect(await first({ url, path: PATH, unit: 'MW' })).toMatchObject({ text: '42.5 MW', textFr: '42,5 MW' })
  })

  test('waits for an answer as long as it was told', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    const state = await first({ url: endpoint.url, path: PATH, timeout: 70 })
    if (state.kind !== 'connection_error') throw new Error(inspect(state))
    expect(state.cause.message).toMatch(/0\.07 s|70 ms/)
  })

  test('counts in milliseconds for how long it fails', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = [500, '']
    using feed = new live.LiveFeed({ url: endpoint.url, path: PATH, interval: 1000 })
    using watch = feed.watch()
    await watch.next()
    while (endpoint.requests.length < 2) await sleep(20)
    const { value: state } = await watch.next()
    if (state?.kind !== 'connection_error') throw new Error(inspect(state))
    expect(state.failingFor).toBeGreaterThan(500)
    expect(state.last).toBeNull()
  })

  test.each(['feed', 'probe'])('and its %s ask through a proxy', async (what) => {
    await using through = await proxy()
    const given = { proxy: through.url, timeout: 10_000 }
    if (what === 'feed') await first({ url: 'https://meter.example/power', path: PATH, ...given })
    else await live.probe('https://meter.example/power', PATH, given)
    expect(through.asked[0]).toBe('meter.example:443')
  })

  test('shows no key of its address', () => {
    const feed = new live.LiveFeed({ url: 'https://meter.example/power?key=s3cr3t', path: PATH })
    expect(feed.url).toMatch(/^https:\/\/meter\.example\/power/)
    expect(feed.url + inspect(feed) + JSON.stringify(feed)).not.toContain('s3cr3t')
  })

  test('trusts a file of authorities, if it can be read', async () => {
    const url = 'https://meter.example/power'
    const file = '/there/is/no/such/file'
    const error = thrown<QlowerError>(() => new live.LiveFeed({ url, path: PATH, caBundle: file }))
    expect(error).toMatchObject({ code: 'QLOWER_CONFIG', setting: 'caBundle' })
    expect(inspect(error)).toMatch(/ENOENT|No such file|cannot find/)
    for (const caBundle of [file, Buffer.from('none')])
      expect(await caught(live.probe(url, PATH, { caBundle }))).toMatchObject({ setting: 'caBundle' })
  })

  test('is closed at the end of a block, and so is a watch', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    const options = { url: endpoint.url, path: PATH }
    let watches: live.Watch[] = []
    {
      using feed = new live.LiveFeed(options)
      await using other = new live.LiveFeed(options)
      watches = [feed.watch(), other.watch()]
    }
    const feed = new live.LiveFeed(options)
    {
      using watch = feed.watch()
      await using other = feed.watch()
      expect(feed.watchers).toBe(2)
      watches.push(watch, other)
    }
    expect(watches.map(({ isClosed }) => isClosed)).toEqual([true, true, true, true])
    expect(feed.watchers).toBe(0)
  })

  test('leaves nothing at a signal that lives longer', async () => {
    const { signal } = new AbortController()
    const feed = new live.LiveFeed({ url: 'https://meter.example/', path: PATH })
    for (let n = 0; n < 3; n += 1) feed.watch({ signal }).close()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('a report', () => {
  test('counts in milliseconds, and has both languages', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.delay = 120
    const report = await live.probe(new URL(endpoint.url), PATH, { unit: 'kW' })
    expect(report.latency).toBeGreaterThan(100)
    expect(report.unit).toBe('kW')
    const https = report.requirement('https')
    expect(https?.labelFr).not.toBe(https?.label)
    expect(https?.detailFr).not.toBe(https?.detail)
    expect(report.requirement('nothing')).toBeUndefined()
    expect(thrown(() => report.text('de' as never))).toMatchObject({ setting: 'lang' })
  })

  test('says how long was waited', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    const report = await live.probe(endpoint.url, PATH, { timeout: 70 })
    expect(report.latency).toBeNull()
    expect(`${report}`).toMatch(/0\.07 s|70 ms/)
  })
})

describe('a single reading', () => {
  test('has what stands beside the value', () => {
    const body = '{"status": "ok", "timestamp": "2024-01-15T10:30:00Z", "a": 1, "unit": "MW"}'
    const found = live.read(Buffer.from(`..${body}`).subarray(2), 'a', { unit: 'kW' })
    expect([found.value, found.agreed, found.unit, found.status]).toEqual([1, 1000, 'MW', 'ok'])
    expect(found.timestamp).toEqual(new Date('2024-01-15T10:30:00Z'))
    expect(found.remarks).toEqual([])
    expect(live.read(body.replace('Z"', '"'), 'a').remarks).toEqual(['timestamp_without_offset'])
    expect(live.convert(1, 'MW', 'kW')).toBe(1000)
    expect(live.convert(1, 'kW', 'Nm3/h')).toBeNull()
  })

  test('that is none is told in French, too, and shown once', () => {
    const error = thrown<live.ReadingError>(() => live.read('<html>', 'a'))
    expect(error.messageFr).not.toBe(error.message)
    expect(inspect(error)).not.toContain(error.messageFr)
    expect(error.toJSON()['messageFr']).toBe(error.messageFr)
  })

  test('a path that is none is told with the place', () => {
    const error = thrown<live.SettingError>(() => live.read('{}', 'a..b'))
    expect(error).toBeInstanceOf(live.SettingError)
    expect(error).toMatchObject({ setting: 'path', problem: 'empty_segment', position: 3 })
  })
})
