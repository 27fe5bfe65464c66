/** Producers of readings, in the servers that there are. */

import { type ConfigError, live, QlowerError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { servers } from './live-servers.js'
import { caught, thrown, toldInFrench } from './servers.js'

const BROWSER = { origin: 'https://quelia.fr' }

describe.each(Object.keys(servers))('in %s', (name) => {
  const start = servers[name] as (typeof servers)[string]

  test('the value is given to whoever may read, and to browsers of the site', async () => {
    const producer = live.producer(
      () => ({ value: 42.5, unit: 'MW', at: new Date('2024-01-15T10:30:00Z') }),
      {
        auth: [
          { apiKey: 'k-1' },
          { query: { name: 'key', value: 'k-2' } },
          { basic: { user: 'map', password: 'p4ss' } },
        ],
        form: 'with_metadata',
      },
    )
    await using served = await start(producer)
    const response = await fetch(served.url, { headers: { ...BROWSER, 'x-api-key': 'k-1' } })
    expect([response.status, await response.text()]).toEqual([
      200,
      '{"status":"ok","timestamp":"2024-01-15T10:30:00Z","data":{"power":{"value":42.5,"unit":"MW"}}}',
    ])
    expect(response.headers.get('access-control-allow-origin')).toBe('https://quelia.fr')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect((await fetch(`${served.url}?key=k-2`)).status).toBe(200)
    const basic = `Basic ${Buffer.from('map:p4ss').toString('base64')}`
    expect((await fetch(served.url, { headers: { authorization: basic } })).status).toBe(200)
  })

  test('others are refused, and told how to ask', async () => {
    const auth = [{ bearer: 'secret' }, { basic: { user: 'map', password: 'p4ss' } }]
    await using served = await start(live.producer(() => 1, { auth }))
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Bearer ' }]) {
      const response = await fetch(served.url, { headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/Bearer.*Basic/)
      expect(await response.text()).not.toContain('1')
    }
  })

  test('a browser may ask before it reads, and needs no credentials for that', async () => {
    await using served = await start(live.producer(() => 1, { auth: { apiKey: 'k-1' } }))
    const headers = {
      ...BROWSER,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-api-key',
    }
    const response = await fetch(served.url, { method: 'OPTIONS', headers })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(response.headers.get('access-control-allow-origin')).toBe('https://quelia.fr')
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, OPTIONS')
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-api-key')
  })

  test('HEAD is the same without the document, and other methods are refused', async () => {
    await using served = await start(live.producer(() => 42.5))
    const head = await fetch(served.url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const post = await fetch(served.url, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  test('without a value 503 is answered, and nothing that could be taken for one', async () => {
    const gone: [live.Source, string | undefined][] = [
      [() => null, undefined],
      [() => Number.NaN, undefined],
      [() => Promise.reject(new Error('the meter is off')), 'the meter is off'],
      [() => '42.5' as never, 'source: must give a measurement, a number or null'],
    ]
    for (const [source, why] of gone) {
      const told: unknown[] = []
      await using served = await start(live.producer(source, { onError: (error) => told.push(error) }))
      const response = await fetch(served.url, { headers: BROWSER })
      expect(response.status).toBe(503)
      expect(response.headers.get('access-control-allow-origin')).toBe('https://quelia.fr')
      expect(await response.text()).not.toMatch(/\d/)
      expect(told.map((error) => (error as Error).message)).toEqual(why === undefined ? [] : [why])
    }
  })
})

test('all who ask at the same time, and within a second, share one call of the source', async () => {
  let calls = 0
  let release: (value: number) => void = () => {}
  const source = (): Promise<number> => {
    calls += 1
    return new Promise((resolve) => {
      release = resolve
    })
  }
  const producer = live.producer(source, { freshFor: 200 })
  const answers = Array.from({ length: 50 }, () => producer.answer({}))
  await new Promise(setImmediate)
  release(7)
  expect(new Set((await Promise.all(answers)).map(({ body }) => body))).toEqual(
    new Set(['{"current_power":7.0}']),
  )
  await producer.answer({})
  expect(calls).toBe(1)
  await new Promise((later) => setTimeout(later, 220))
  const next = producer.answer({})
  await new Promise(setImmediate)
  expect(calls).toBe(2)
  release(8)
  expect((await next).body).toBe('{"current_power":8.0}')
})

test('a source that takes too long is given up, told so, and asked again by the next request', async () => {
  let calls = 0
  let given: AbortSignal | undefined
  const told: unknown[] = []
  const source: live.Source = ({ signal }) => {
    given = signal
    calls += 1
    return calls === 1 ? new Promise<number>(() => {}) : 5
  }
  const producer = live.producer(source, { timeout: 50, onError: (error) => told.push(error) })
  expect((await producer.answer({})).outcome).toBe('unavailable')
  expect(given?.aborted).toBe(true)
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ code: 'QLOWER_TIMEOUT', limit: 50 })
  expect((await producer.answer({})).body).toBe('{"current_power":5.0}')
})

test('what a source throws is told by a warning, once for each message, and never answered', async () => {
  const warned: Error[] = []
  const listen = (warning: Error): void => void warned.push(warning)
  process.on('warning', listen)
  let turn = 0
  const producer = live.producer(
    () => {
      turn += 1
      throw new Error(turn === 4 ? 'another' : 'the meter is off')
    },
    { freshFor: 0 },
  )
  for (let n = 0; n < 5; n += 1) expect((await producer.answer({})).body).not.toContain('meter')
  await new Promise(setImmediate)
  process.off('warning', listen)
  expect(warned.map(({ name, message }) => [name, message.includes('the meter is off')])).toEqual([
    ['QlowerLiveWarning', true],
    ['QlowerLiveWarning', false],
  ])
})

test('a header that stands twice lets nobody in', async () => {
  const producer = live.producer(() => 1, { auth: { apiKey: 'k-1' } })
  const twice = await producer.answer({
    headers: [
      ['X-API-Key', 'k-1'],
      ['x-api-key', 'k-1'],
    ],
  })
  expect(twice.status).toBe(401)
  expect((await producer.answer({ headers: { 'X-API-Key': ['k-1'] } })).status).toBe(200)
  expect((await producer.answer({ headers: new Headers({ 'x-api-key': 'k-1' }) })).status).toBe(200)
})

test('a secret is compared by its bytes', async () => {
  const producer = live.producer(() => 1, { auth: { apiKey: 'clé' } })
  const as = (encoding: BufferEncoding) => ({ 'x-api-key': Buffer.from('clé').toString(encoding) })
  expect((await producer.answer({ headers: as('latin1') })).status).toBe(200)
  expect((await producer.answer({ headers: { 'x-api-key': 'cle' } })).status).toBe(401)
})

test.each([
  [{ auth: { apiKey: '' } }, 'auth', true],
  [{ auth: [] }, 'auth'],
  [{ auth: [{ bearer: 'a' }, {}] }, 'auth[1]'],
  [{ auth: { bearer: 'a', apiKey: 'b' } }, 'auth'],
  [{ auth: { basic: { user: 'a', password: 'b' }, apiKey: 'c' } }, 'auth'],
  [{ auth: { basic: { user: 'a' } } }, 'auth.basic.password'],
  [{ auth: { basic: { user: 'a', pass: 'b' } } }, 'auth.basic.pass'],
  [{ auth: 'open' }, 'auth'],
  [{ origins: 'quelia.fr' }, 'origins', true],
  [{ origins: [] }, 'origins', true],
  [{ form: 'rich' }, 'form', true],
  [{ unit: '' }, 'unit', true],
  [{ timeout: 0 }, 'timeout'],
  [{ freshFor: -1 }, 'freshFor'],
  [{ onError: 1 }, 'onError'],
  [{ origin: '*' }, 'origin'],
] as [object, string, boolean?][])('settings %o are refused, by name', (options, setting, inFrench) => {
  const error = thrown(() => live.producer(() => 1, options)) as QlowerError & { setting: string }
  expect(error).toBeInstanceOf(QlowerError)
  expect([error.code, error.setting]).toEqual(['QLOWER_CONFIG', setting])
  expect(toldInFrench(error as ConfigError)).toBe(inFrench === true)
})

test('what was probably meant is told', async () => {
  const error = thrown(() => live.producer(() => 1, { origins: 'https://quelia.fr/' }))
  expect(error).toBeInstanceOf(live.SettingError)
  expect(error).toMatchObject({ problem: 'origin', suggestion: 'https://quelia.fr' })
  expect(thrown(() => live.producer(42 as never))).toMatchObject({ setting: 'source' })
  expect(await caught(live.producer(() => 1).answer({ method: 7 as never }))).toMatchObject({
    setting: 'method',
  })
})
