/** Readings that are watched, and endpoints that are examined. */

import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { AbortError, type ConfigError, live, TimeoutError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { Endpoint } from './live-servers.js'
import { caught, thrown, toldInFrench } from './servers.js'

const PATH = 'current_power'

/** Waits until something is so. */
async function until(so: () => boolean, limit = 10_000): Promise<void> {
  for (const end = performance.now() + limit; !so(); ) {
    if (performance.now() > end) throw new Error('it never came to be so')
    await sleep(10)
  }
}

/** Nobody asks any more: there are fewer requests in a while than one that polls would make. */
async function silent(endpoint: Endpoint): Promise<void> {
  await sleep(200)
  const before = endpoint.requests.length
  await sleep(2500)
  expect(endpoint.requests).toHaveLength(before)
}

describe('a feed', () => {
  test('gives readings in the unit that was asked for, and nothing once its loop is left', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = [
      200,
      '{"data": {"power": {"value": 42.5, "unit": "MW"}}, "timestamp": "2024-01-15T10:30:00Z"}',
    ]
    const feed = new live.LiveFeed({
      url: endpoint.url,
      path: 'data.power.value',
      unit: 'MW',
      showIn: 'kW',
      interval: 1000,
      staleAfter: 1e12,
    })
    const states: live.State[] = []
    for await (const state of feed) {
      states.push(state)
      if (states.length === 2) break
    }
    expect(feed.watchers).toBe(0)
    for (const state of states) {
      expect(state).toMatchObject({ kind: 'reading', value: 42_500, unit: 'kW', text: '42500 kW' })
      if (state.kind !== 'reading') throw new Error(state.kind)
      expect(state.at?.toISOString()).toBe('2024-01-15T10:30:00.000Z')
      expect(state.age).toBeGreaterThan(1e10)
    }
    await silent(endpoint)
    expect(endpoint.requests).toHaveLength(2)
  })

  test('polls once for all who watch', async () => {
    await using endpoint = await Endpoint.start()
    using feed = new live.LiveFeed({ url: endpoint.url, path: PATH, interval: 1000 })
    const watches = Array.from({ length: 20 }, () => feed.watch())
    const states = await Promise.all(watches.map(async (watch) => (await watch.next()).value))
    expect(new Set(states.map((state) => state?.kind))).toEqual(new Set(['reading']))
    await Promise.all(watches.map((watch) => watch.next()))
    expect(endpoint.requests).toHaveLength(2)
    expect([feed.watchers, watches[0]?.state?.kind]).toEqual([20, 'reading'])
  })

  test('tells of a failure at once, and recovers by itself', async () => {
    await using endpoint = await Endpoint.start()
    using feed = new live.LiveFeed({ url: endpoint.url, path: PATH, interval: 1000 })
    using watch = feed.watch()
    expect(watch.state).toBeNull()
    expect((await watch.next()).value).toMatchObject({ kind: 'reading', value: 42.5, unit: null, at: null })
    endpoint.answer = [200, '{"current_power": "42.5"}']
    const failed = (await watch.next()).value
    if (failed?.kind !== 'connection_error') throw new Error(inspect(failed))
    expect(failed.cause.code).toBe('not_a_number')
    expect(failed.cause.message).not.toBe(failed.cause.messageFr)
    expect(failed.last).toMatchObject({ value: 42.5 })
    expect([failed.text, failed.textFr]).toEqual(['Connection error', 'Erreur de connexion'])
    endpoint.answer = [200, '{"current_power": 7}']
    await until(() => watch.state?.kind === 'reading')
  })

  test('tells that a value is stale', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = [200, '{"current_power": 1, "timestamp": "2024-01-15T10:30:00Z"}']
    using feed = new live.LiveFeed({ url: endpoint.url, path: PATH })
    using watch = feed.watch()
    expect((await watch.next()).value).toMatchObject({ kind: 'stale', value: 1 })
  })

  test('says who one is, and shows it nowhere', async () => {
    const ways: [live.Auth, (request: Endpoint['requests'][number]) => unknown, unknown][] = [
      [{ bearer: 's3cr3t' }, ({ headers }) => headers.authorization, 'Bearer s3cr3t'],
      [{ apiKey: 's3cr3t' }, ({ headers }) => headers['x-api-key'], 's3cr3t'],
      [{ query: { name: 'key', value: 's3cr3t' } }, ({ url }) => url, '/power?key=s3cr3t'],
      [
        { basic: { user: 'map', password: 's3cr3t' } },
        ({ headers }) => headers.authorization,
        'Basic bWFwOnMzY3IzdA==',
      ],
    ]
    for (const [auth, seen, wanted] of ways) {
      await using endpoint = await Endpoint.start()
      endpoint.answer = [500, 's3cr3t']
      using feed = new live.LiveFeed({ url: endpoint.url, path: PATH, auth })
      using watch = feed.watch()
      const { value: state } = await watch.next()
      expect(seen(endpoint.requests[0] as Endpoint['requests'][number])).toBe(wanted)
      expect(
        inspect([feed, watch, state], { depth: 9, showHidden: true }) + JSON.stringify([feed, state]),
      ).not.toContain('s3cr3t')
    }
  })

  test('is refused with settings that cannot be used, by their names', () => {
    const url = 'https://api.example/power'
    const cases: [object, string, 'in English alone'?][] = [
      [{ path: PATH }, 'url', 'in English alone'],
      [{ url }, 'path', 'in English alone'],
      [{ url, path: 'a..b' }, 'path'],
      [{ url: 'http://api.example/power', path: PATH }, 'url'],
      [{ url, path: PATH, interval: 200 }, 'interval'],
      [{ url, path: PATH, interval: '5 s' }, 'interval', 'in English alone'],
      [{ url, path: PATH, staleAfter: 1 }, 'staleAfter'],
      [{ url, path: PATH, unit: 'MW', showIn: 'Nm3/h' }, 'showIn'],
      [{ url, path: PATH, auth: { bearer: '' } }, 'auth'],
      [{ url, path: PATH, auth: { token: 'x' } }, 'auth', 'in English alone'],
      [{ url, path: PATH, caBundle: Buffer.from('none') }, 'caBundle'],
      [{ url, path: PATH, intervall: 1 }, 'intervall', 'in English alone'],
    ]
    for (const [options, setting, told] of cases) {
      const error = thrown<ConfigError>(() => new live.LiveFeed(options as live.LiveFeedOptions))
      expect(error, inspect(options)).toMatchObject({ code: 'QLOWER_CONFIG', setting })
      expect(toldInFrench(error), inspect(options)).toBe(told === undefined)
    }
    expect(new live.LiveFeed({ url: 'http://api.example/power', path: PATH, allowHttp: true }).url).toContain(
      'api.example',
    )
  })
})

describe('a watch', () => {
  test('is closed by leaving its loop, however it is left', async () => {
    await using endpoint = await Endpoint.start()
    const feed = new live.LiveFeed({ url: endpoint.url, path: PATH, interval: 1000 })
    const thrownIn = async (): Promise<void> => {
      for await (const _ of feed) throw new Error('of the loop')
    }
    await expect(thrownIn()).rejects.toThrow('of the loop')
    const returned = async (): Promise<string> => {
      for await (const { kind } of feed) return kind
      return 'none'
    }
    expect(await returned()).toBe('reading')
    const watch = feed.watch()
    await expect(watch.throw(new Error('told'))).rejects.toThrow('told')
    expect(await feed.watch().return()).toEqual({ done: true, value: undefined })
    expect(feed.watchers).toBe(0)
    await silent(endpoint)
  })

  test('ends for who waits when it is closed, and stays ended', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    const feed = new live.LiveFeed({ url: endpoint.url, path: PATH, timeout: 60_000, staleAfter: 1e9 })
    const watch = feed.watch()
    const waiting = [watch.next(), watch.next()]
    await until(() => endpoint.requests.length === 1)
    feed.close()
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    expect([watch.isClosed, watch.state]).toEqual([true, null])
    expect(thrown(() => feed.watch())).toMatchObject({ setting: 'feed' })
    watch.close()
    feed.close()
  })

  test('ends with an AbortError when its signal is aborted', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    const feed = new live.LiveFeed({ url: endpoint.url, path: PATH })
    const controller = new AbortController()
    const watch = feed.watch({ signal: controller.signal })
    const waiting = caught<Error>(watch.next())
    controller.abort(new Error('enough'))
    const error = await waiting
    expect(error).toBeInstanceOf(AbortError)
    expect(error.cause).toMatchObject({ message: 'enough' })
    expect([watch.isClosed, feed.watchers]).toEqual([true, 0])
    const late = feed.watch({ signal: controller.signal })
    expect(await caught(late.next())).toBeInstanceOf(AbortError)
    expect(feed.watchers).toBe(0)
  })

  test('stays open when one call is ended', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    using feed = new live.LiveFeed({ url: endpoint.url, path: PATH, timeout: 300 })
    using watch = feed.watch()
    expect(await caught(watch.next({ timeout: 20 }))).toBeInstanceOf(TimeoutError)
    expect(await caught(watch.next({ signal: AbortSignal.timeout(20) }))).toBeInstanceOf(AbortError)
    expect(watch.isClosed).toBe(false)
    expect((await watch.next()).value).toMatchObject({ kind: 'connection_error', cause: { code: 'timeout' } })
  })
})

describe('a probe', () => {
  test('finds what an endpoint lacks, and says what to do', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = [200, '{"data": {"power": {"value": 42.5}}}']
    const report = await live.probe(`${endpoint.url}?key=s3cr3t`, PATH)
    expect([report.isOk, report.value]).toEqual([false, null])
    const missed = report.requirements.filter(({ met }) => met === false).map(({ name }) => name)
    expect(missed).toEqual(expect.arrayContaining(['https', 'path', 'cors_origin', 'cors_preflight']))
    expect(report.requirement('path')?.detail).toContain('data')
    for (const it of report.requirements) {
      expect([it.label, it.labelFr, it.detail, it.detailFr]).not.toContain('')
    }
    expect(`${report}`).toContain('✗')
    expect(report.text('fr')).not.toBe(report.text())
    expect(report.toJSON()).toMatchObject({ is_ok: false, path: PATH })
    expect(inspect(report) + JSON.stringify(report)).not.toContain('s3cr3t')
  })

  test('finds nothing wrong with a producer of its own', async () => {
    const { servers } = await import('./live-servers.js')
    const producer = live.producer(() => ({ value: 42.5, unit: 'MW' }), {
      auth: { apiKey: 'k-1' },
      form: 'with_metadata',
    })
    for (const [name, start] of Object.entries(servers)) {
      await using served = await start(producer)
      const report = await live.probe(served.url, 'data.power.value', {
        unit: 'MW',
        auth: { apiKey: 'k-1' },
        allowHttp: true,
      })
      const missed = report.requirements.filter(({ met }) => met === false)
      expect(missed, `${name}\n${report}`).toEqual([])
      expect([report.isOk, report.value, report.unit], name).toEqual([true, 42.5, 'MW'])
      expect(report.latency, name).toBeGreaterThanOrEqual(0)
    }
  })

  test('is ended by its signal, and refuses settings by their names', async () => {
    await using endpoint = await Endpoint.start()
    endpoint.answer = 'never'
    expect(await caught(live.probe(endpoint.url, PATH, { signal: AbortSignal.timeout(50) }))).toBeInstanceOf(
      AbortError,
    )
    for (const [call, setting] of [
      [() => live.probe('nowhere', PATH), 'url'],
      [() => live.probe(7 as never, PATH), 'url'],
      [() => live.probe(endpoint.url, ''), 'path'],
      [() => live.probe(endpoint.url, PATH, { origin: 'quelia' }), 'origin'],
      [() => live.probe(endpoint.url, PATH, { timeout: -1 }), 'timeout'],
      [() => live.probe(endpoint.url, PATH, { auth: { bearer: 'a\nb' } }), 'auth'],
      [() => live.probe(endpoint.url, PATH, { intervall: 1 } as never), 'intervall'],
    ] as const) {
      expect(await caught(call()), setting).toMatchObject({ code: 'QLOWER_CONFIG', setting })
    }
    expect(thrown(() => new live.LiveFeed(null as never))).toMatchObject({ setting: 'options' })
  })
})

test('a document without a reading is told by what is there', () => {
  const error = thrown<live.ReadingError>(() => live.read('{"power": {"value": null}}', 'power.value'))
  expect(error).toBeInstanceOf(live.ReadingError)
  expect(error).toMatchObject({
    code: 'QLOWER_READING',
    reason: 'not_a_number',
    at: 'power.value',
    found: 'null',
  })
  expect(error.toJSON()).toMatchObject({
    name: 'ReadingError',
    code: 'QLOWER_READING',
    reason: 'not_a_number',
  })
  expect(thrown(() => live.read('{}', 'a'))).toMatchObject({ reason: 'path_missing', missing: 'a', keys: [] })
  expect(thrown(() => live.read('<html>', 'a'))).toMatchObject({ reason: 'html', at: null, keys: null })
  expect(live.read('{"a": 1, "unit": "MW"}', 'a', { unit: 'kW' }).agreed).toBe(1000)
  expect(thrown(() => live.read('{"a": 1, "unit": "MW"}', 'a', { unit: 'Nm3/h' }))).toMatchObject({
    reason: 'unit_mismatch',
  })
  expect(thrown(() => live.read({} as never, 'a'))).toBeInstanceOf(TypeError)
  expect(thrown(() => live.convert('1' as never, 'kW', 'MW'))).toMatchObject({ setting: 'value' })
})
