/** What producers answer: to whom, in which unit, and for how long. */

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

import { live, TimeoutError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { servers } from './live-servers.js'
import { caught } from './servers.js'

const asking = (origin: string) => ({ headers: { Origin: origin } })
const headerOf = ({ headers }: live.Answer, name: string): string | undefined =>
  headers.find(([each]) => each === name)?.[1]

test('each site that may read is answered by its own name, and no other', async () => {
  const producer = live.producer(() => 1, { origins: ['https://a.example', 'https://b.example'] })
  const allowed = async (it: live.Producer, origin: string): Promise<string | undefined> =>
    headerOf(await it.answer(asking(origin)), 'Access-Control-Allow-Origin')
  expect(await allowed(producer, 'https://a.example')).toBe('https://a.example')
  expect(await allowed(producer, 'https://b.example')).toBe('https://b.example')
  expect(await allowed(producer, 'https://quelia.fr')).not.toBe('https://quelia.fr')
  expect(
    await allowed(
      live.producer(() => 1, { anyOrigin: true }),
      'https://c.example',
    ),
  ).toBe('*')
})

test('a value is given out in the unit of the producer', async () => {
  const producer = live.producer(() => ({ value: 42_500, unit: 'kW' }), { unit: 'MW' })
  expect((await producer.answer({})).body).toBe('{"current_power":42.5}')
})

test('a moment is told as it was given, or not', async () => {
  const form = 'with_metadata'
  const bodyOf = async (at: live.Measurement['at']): Promise<Record<string, unknown>> =>
    JSON.parse((await live.producer(() => ({ value: 1, at }), { form }).answer({})).body)
  const moment = '2024-01-15T10:30:00Z'
  expect((await bodyOf(new Date(moment)))['timestamp']).toBe(moment)
  expect(new Date((await bodyOf('2024-01-15T11:30:00+01:00'))['timestamp'] as string)).toEqual(
    new Date(moment),
  )
  expect(await bodyOf(null)).not.toHaveProperty('timestamp')
  const now = new Date((await bodyOf(undefined))['timestamp'] as string)
  expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000)
})

test.each([
  [{ value: 1, at: 'yesterday' }, 'at: '],
  [{ value: 1, at: new Date(Number.NaN) }, 'at: '],
  [{ value: 1, unit: '' }, 'unit: '],
  [{ value: '1' }, 'source: '],
  [true, 'source: '],
])('a source that gives %o is told so', async (given, said) => {
  const told: Error[] = []
  const producer = live.producer(() => given as never, { onError: (error) => told.push(error as Error) })
  expect((await producer.answer({})).status).toBe(503)
  expect(told.map(({ message }) => message.slice(0, said.length))).toEqual([said])
})

test('a failure is given out for as long as a value is', async () => {
  let calls = 0
  const source = (): number => {
    calls += 1
    throw new Error('off')
  }
  const producer = live.producer(source, { freshFor: 60_000, onError: () => {} })
  for (let n = 0; n < 3; n += 1) expect((await producer.answer({})).status).toBe(503)
  expect(calls).toBe(1)
})

test('what is told of failures breaks no answer', async () => {
  const onError = (): never => {
    throw new Error('of the hook')
  }
  const warned: string[] = []
  const listen = ({ message }: Error): void => void warned.push(message)
  process.on('warning', listen)
  const producer = live.producer(() => Promise.reject(new Error('off')), { onError })
  expect((await producer.answer({})).outcome).toBe('unavailable')
  await new Promise(setImmediate)
  process.off('warning', listen)
  expect(warned.filter((it) => it.includes('of the hook'))).toHaveLength(1)
})

test('without a limit of its own, a source has less time than readers wait', async () => {
  const told: unknown[] = []
  const producer = live.producer(() => new Promise<number>(() => {}), {
    onError: (error) => told.push(error),
  })
  expect((await producer.answer({})).status).toBe(503)
  expect(told[0]).toBeInstanceOf(TimeoutError)
  expect(told[0]).toMatchObject({ limit: 2800 })
})

describe.each(['node:http', 'Express', 'Fastify'])('in %s', (name) => {
  test('HEAD tells the length of the document that it leaves out', async () => {
    const start = servers[name] as (typeof servers)[string]
    await using served = await start(live.producer(() => 42.5))
    const length = `${'{"current_power":42.5}'.length}`
    const head = await fetch(served.url, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual([length, ''])
    const headers = { origin: 'https://quelia.fr', 'access-control-request-method': 'GET' }
    const preflight = await fetch(served.url, { method: 'OPTIONS', headers })
    expect([preflight.status, preflight.headers.get('content-length')]).toEqual([204, null])
  })

  test('a header that stands twice lets nobody in', async () => {
    const start = servers[name] as (typeof servers)[string]
    await using served = await start(live.producer(() => 1, { auth: { apiKey: 'k-1' } }))
    const status = (headers: string[]): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request(served.url, { headers: ['Host', new URL(served.url).host, ...headers] })
        asked
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    expect(await status(['X-API-Key', 'k-1'])).toBe(200)
    expect(await status(['X-API-Key', 'k-1', 'X-API-Key', 'k-2'])).toBe(401)
  })
})

test('whoever is gone before the answer breaks nothing', async () => {
  let release: (value: number) => void = () => {}
  let handled: Promise<void> | undefined
  const source = (): Promise<number> =>
    new Promise((resolve) => {
      release = resolve
    })
  const producer = live.producer(source, { timeout: 60_000 })
  const server = createServer((request, response) => {
    response.on('close', () => release(1))
    handled = producer.node(request, response) as Promise<void>
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const controller = new AbortController()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const gone = caught(fetch(url, { signal: controller.signal }))
  while (handled === undefined) await new Promise((later) => setTimeout(later, 5))
  controller.abort()
  await gone
  expect(await handled).toBeUndefined()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('a plugin without a path is refused', () => {
  const told: (Error | undefined)[] = []
  live.producer(() => 1).fastify({ route: () => {} }, {} as never, (error) => told.push(error))
  expect(told).toMatchObject([{ setting: 'path' }])
})
