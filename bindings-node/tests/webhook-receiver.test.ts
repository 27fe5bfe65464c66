/** What a receiver answers, in every server. */

import { ConfigError, InvalidEventError, SignatureError, TimeoutError, webhook } from 'qlower'
import { afterEach, describe, expect, test } from 'vitest'

import { type Answer, type Served, send, servers, writeFirst } from './webhook-servers.js'
import { gate, type Noted, noting, ORDER, order, SECRET, signed, until } from './webhooks.js'

const PING = '{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}'
const body = (status: string) => `{"status":"${status}"}`

describe.each(Object.entries(servers))('%s', (name, start) => {
  let served: Served | undefined
  afterEach(async () => {
    await served?.stop()
    served = undefined
  })

  type Options = Parameters<typeof noting>[0]

  /** A receiver in this server, and how to send something to it. */
  async function serving(options?: Options) {
    const noted: Noted = noting(options)
    const { url, stop } = await start(noted.receiver)
    served = { url, stop }
    const post = (
      given: string | Uint8Array = ORDER,
      headers: Record<string, string> = {},
    ): Promise<Answer> => send(url, { headers: { ...signed(given), ...headers }, body: [given] })
    return { ...noted, url, post }
  }

  test('handles an event, and answers 200', async () => {
    const { post, handled, told } = await serving()
    const answer = await post()
    expect([answer.status, answer.body]).toEqual([200, body('handled')])
    expect(answer.headers['content-type']).toMatch(/^application\/json\b/)
    expect(handled).toEqual(['evt_1'])
    expect(told).toMatchObject([
      {
        answer: 'handled',
        status: 200,
        step: null,
        error: null,
        type: 'order.created',
        key: 'evt_1',
        isLate: false,
      },
    ])
  })

  test('gives the handler the event, and the bytes as they came', async () => {
    const given: [unknown, webhook.Delivery][] = []
    const { url } = await serving({ handler: (event, delivery) => given.push([event, delivery]) })
    const text = ORDER.replace('Marie', 'M\\u00e1rie  🏠')
    // In pieces that split a character.
    const bytes = Buffer.from(text)
    const at = bytes.indexOf(Buffer.from('🏠')) + 2
    const parts = [bytes.subarray(0, at), bytes.subarray(at)]
    expect((await send(url, { headers: signed(text), body: parts, pause: 20 })).status).toBe(200)
    const [[event, delivery]] = given as [[webhook.OrderCreated, webhook.Delivery]]
    expect(event).toBeInstanceOf(webhook.OrderCreated)
    expect(event.customer.firstName).toBe('Márie  🏠')
    expect(delivery.body.equals(bytes)).toBe(true)
    expect([delivery.key, delivery.verified?.secret]).toEqual(['evt_1', 0])
  })

  test('handles an event once', async () => {
    const { post, handled } = await serving()
    expect((await post()).body).toBe(body('handled'))
    expect(await post()).toMatchObject({ status: 200, body: body('duplicate') })
    expect((await post(order('evt_2'))).body).toBe(body('handled'))
    expect(handled).toEqual(['evt_1', 'evt_2'])
  })

  test('handles an event once that comes several times at once, and answers each by the outcome', async () => {
    const { opened, open } = gate()
    const { post, handled, told } = await serving({ work: () => opened })
    const answers = Promise.all([1, 2, 3, 4].map(() => post()))
    await until(() => handled.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told).toEqual([])
    open()
    expect((await answers).map((it) => it.status)).toEqual([200, 200, 200, 200])
    expect(handled).toEqual(['evt_1'])
  })

  test('answers 500 when the handler fails, also those that wait for it, and tries again', async () => {
    const { opened, open } = gate()
    const failure = new Error('database gone')
    let tries = 0
    const { post, handled, told } = await serving({
      work: async () => {
        await opened
        tries += 1
        if (tries === 1) throw failure
      },
    })
    const answers = Promise.all([post(), post()])
    await until(() => handled.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    open()
    expect((await answers).map((it) => [it.status, it.body])).toEqual([
      [500, body('failed')],
      [500, body('failed')],
    ])
    expect(told.map((it) => it.error)).toEqual(expect.arrayContaining([failure, null]))
    expect(told.find((it) => it.error !== null)).toMatchObject({
      answer: 'failed',
      step: 'handle',
      key: 'evt_1',
    })
    expect((await post()).body).toBe(body('handled'))
    expect(handled).toEqual(['evt_1', 'evt_1'])
  })

  test('a handler that throws at once fails too', async () => {
    const { post } = await serving({
      work: () => {
        throw null
      },
    })
    expect((await post()).status).toBe(500)
  })

  test('refuses what is not genuine, without a detail', async () => {
    const { post, url, handled, told } = await serving()
    const cases: [Promise<Answer>, string][] = [
      [send(url, { headers: { 'content-type': 'application/json' }, body: [ORDER] }), 'missing'],
      [post(ORDER, { 'x-qlower-signature': 't=1' }), 'malformed'],
      [post(ORDER, { 'x-qlower-signature': webhook.sign(ORDER, 'other') }), 'mismatch'],
      [post(ORDER, { 'x-qlower-signature': webhook.sign(ORDER, SECRET, { now: 1 }) }), 'expired'],
      [post(`${ORDER} `, { 'x-qlower-signature': webhook.sign(ORDER, SECRET) }), 'mismatch'],
    ]
    for (const [answer, reason] of cases) {
      const { status, body: text } = await answer
      expect([status, text]).toEqual([401, body('refused')])
      expect(
        told.some(({ error, step }) => step === 'verify' && (error as SignatureError).reason === reason),
      ).toBe(true)
    }
    expect(told.every(({ error }) => error instanceof SignatureError)).toBe(true)
    expect(handled).toEqual([])
  })

  test('asks for another try while a secret is rolled out', async () => {
    const { post } = await serving({ secrets: 'not yet', retryRefused: true })
    expect(await post()).toMatchObject({ status: 503, body: body('busy') })
  })

  test('verifies a key, and a key with a signature', async () => {
    const key = `${'k'.repeat(31)}é`
    const raw = Buffer.from(key).toString('latin1')
    const { post } = await serving({ secrets: ['old', SECRET], apiKey: key })
    expect((await post()).status).toBe(401)
    expect((await post(ORDER, { 'x-api-key': raw })).status).toBe(200)
    expect((await post(ORDER, { 'x-api-key': `${raw}x` })).status).toBe(401)
    await served?.stop()
    const keyed = await serving({ secrets: null, apiKey: ['other', key] })
    const plain = { 'content-type': 'application/json', 'x-api-key': raw }
    expect((await send(keyed.url, { headers: plain, body: [ORDER] })).status).toBe(200)
  })

  test('answers a ping without the handler or the store', async () => {
    const fails = () => {
      throw new Error('not for pings')
    }
    const { post, handled } = await serving({ dedupe: { claim: fails, complete: fails, release: fails } })
    expect(await post(PING)).toMatchObject({ status: 200, body: body('pong') })
    expect(handled).toEqual([])
  })

  test('handles what has no key each time', async () => {
    const { post, handled } = await serving()
    const unknown = '{"event_type": "order.paused"}'
    expect((await post(unknown)).body).toBe(body('handled'))
    expect((await post(unknown)).body).toBe(body('handled'))
    expect(handled).toEqual([null, null])
  })

  test('answers 500 to what is genuine and cannot be read', async () => {
    const { post, told, handled } = await serving()
    for (const [given, pointer] of [
      [Buffer.from([0x7b, 0xff]), ''],
      ['', ''],
      ['{}', '/event_type'],
      [ORDER.replace('"order_id": 3051,', ''), '/order_id'],
    ] as [string | Buffer, string][]) {
      expect(await post(given)).toMatchObject({ status: 500, body: body('unreadable') })
      const { error, step } = told.at(-1) as webhook.Answered
      expect(error).toBeInstanceOf(InvalidEventError)
      expect([step, (error as InvalidEventError).pointer]).toEqual(['read', pointer])
    }
    expect(handled).toEqual([])
  })

  test('takes POST alone', async () => {
    const { url, handled } = await serving()
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await send(url, { method })
      expect([answer.status, answer.body, answer.headers.allow]).toEqual([405, body('not_post'), 'POST'])
    }
    expect((await send(url, { method: 'HEAD' })).status).toBe(405)
    expect(handled).toEqual([])
  })

  test('takes JSON alone', async () => {
    const { post, url } = await serving()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      expect(await post(ORDER, { 'content-type': type })).toMatchObject({
        status: 415,
        body: body('not_json'),
      })
    }
    const { 'x-qlower-signature': signature = '' } = signed(ORDER)
    const bare = await send(url, { headers: { 'x-qlower-signature': signature }, body: [ORDER] })
    expect(bare.status, 'none is as good').toBe(200)
    expect((await post(ORDER, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200)
    if (name !== 'Express with express.raw') {
      expect((await post(ORDER, { 'content-type': 'application/cloudevents+json' })).status).toBe(200)
    }
  })

  test('refuses a body that is too large, by its length or as it comes', async () => {
    const { url, post, handled } = await serving({ maxBody: 2_000 })
    const fits = `${ORDER}${' '.repeat(2_000 - Buffer.byteLength(ORDER))}`
    expect((await post(fits)).status).toBe(200)
    expect(await post(`${fits} `)).toMatchObject({ status: 413, body: body('too_large') })
    const chunk = 'x'.repeat(1_000)
    const headers = { ...signed('x') }
    expect(await send(url, { headers, body: [chunk, chunk, chunk] })).toMatchObject({
      status: 413,
      body: body('too_large'),
    })
    if (name !== 'Express with express.raw') {
      // Nothing of it has to come.
      const open = { headers: { ...headers, 'content-length': '3000' }, body: ['x'], open: true }
      expect((await send(url, open)).status).toBe(413)
      // It need not end.
      expect((await send(url, { headers, body: [chunk, chunk, chunk], open: true })).status).toBe(413)
      // Much more than fits into the buffers on the way.
      const parts = Array.from({ length: 64 }, () => 'x'.repeat(65_536))
      const { status } = await send(url, { headers, body: parts }).catch((error) => ({ status: error.code }))
      expect([413, 'ECONNRESET', 'EPIPE']).toContain(status)
    }
    expect(handled).toEqual(['evt_1'])
  })

  test.skipIf(name === 'Express with express.raw')('is heard by a sender that first writes all', async () => {
    const { url } = await serving({ maxBody: 2_000 })
    const body = Array.from({ length: 20 }, () => 'x'.repeat(1_000))
    expect(await writeFirst(url, signed('x'), body)).toMatch(/^HTTP\/1.1 413 /)
    expect(await writeFirst(url, { 'content-type': 'text/plain' }, body)).toMatch(/^HTTP\/1.1 415 /)
  })

  test.skipIf(name === 'Express with express.raw')('answers 408 to a body that does not come', async () => {
    const { url, handled } = await serving({ bodyTimeout: 150 })
    const headers = { ...signed(ORDER), 'content-length': String(Buffer.byteLength(ORDER)) }
    const began = performance.now()
    const answer = await send(url, { headers, body: [ORDER.slice(0, 9)], open: true })
    expect([answer.status, answer.body]).toEqual([408, body('too_slow')])
    expect(performance.now() - began).toBeGreaterThan(140)
    expect(handled).toEqual([])
  })

  test('answers 503 to work that takes too long, which goes on', async () => {
    const { opened, open } = gate()
    const { post, handled, told, receiver } = await serving({ work: () => opened, timeout: 150 })
    expect(await post()).toMatchObject({ status: 503, body: body('busy') })
    expect(told[0]).toMatchObject({ answer: 'busy', step: 'handle', isLate: false })
    expect(told[0]?.error).toBeInstanceOf(TimeoutError)
    expect((await post()).status, 'while it goes on').toBe(503)
    open()
    await receiver.idle()
    await until(() => told.some((it) => it.isLate))
    expect(told.at(-1)).toMatchObject({ answer: 'handled', isLate: true, key: 'evt_1' })
    expect((await post()).body).toBe(body('duplicate'))
    expect(handled).toEqual(['evt_1'])
  })

  test('work that fails after its time is told, and tried again', async () => {
    const { opened, open } = gate()
    let tries = 0
    const { post, told, receiver } = await serving({
      work: async () => {
        tries += 1
        if (tries > 1) return
        await opened
        throw new Error('late')
      },
      timeout: 100,
    })
    expect((await post()).status).toBe(503)
    open()
    await receiver.idle()
    expect(told.at(-1)).toMatchObject({ answer: 'failed', isLate: true, error: new Error('late') })
    expect((await post()).body).toBe(body('handled'))
  })

  test('a caller that hangs up does not end the work', async () => {
    const { opened, open } = gate()
    const { url, post, handled, receiver } = await serving({ work: () => opened })
    const gone = new AbortController()
    const lost = send(url, { headers: signed(ORDER), body: [ORDER], signal: gone.signal })
    await until(() => handled.length === 1)
    gone.abort()
    await expect(lost).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 30))
    open()
    await receiver.idle()
    expect((await post()).body).toBe(body('duplicate'))
    expect(handled).toEqual(['evt_1'])
  })

  test('a caller that hangs up over the body does no harm', async () => {
    const { url, post, handled, told } = await serving()
    const gone = new AbortController()
    const headers = { ...signed(ORDER), 'content-length': '900' }
    const lost = send(url, { headers, body: [ORDER.slice(0, 9)], open: true, signal: gone.signal })
    await new Promise((resolve) => setTimeout(resolve, 50))
    gone.abort()
    await expect(lost).rejects.toThrow()
    if (name !== 'Express with express.raw') await until(() => told.length === 1)
    expect((await post()).status).toBe(200)
    expect(handled).toEqual(['evt_1'])
  })

  test('a store that fails asks for another try', async () => {
    const store = new webhook.MemoryStore()
    let step = ''
    const failing = (method: 'claim' | 'complete' | 'release') => (key: string, lease: number) => {
      if (step === method) throw new Error(`no ${method}`)
      return store[method](key, lease) as never
    }
    const dedupe = { claim: failing('claim'), complete: failing('complete'), release: failing('release') }
    let fails = false
    const { post, handled, told } = await serving({
      dedupe,
      work: () => {
        if (fails) throw new Error('work')
      },
    })
    step = 'claim'
    expect((await post()).status).toBe(503)
    expect(handled).toEqual([])
    step = 'complete'
    expect((await post()).status).toBe(503)
    expect(told.map((it) => [it.step, (it.error as Error).message])).toEqual([
      ['claim', 'no claim'],
      ['complete', 'no complete'],
    ])
    step = 'release'
    fails = true
    expect((await post(order('evt_2'))).status).toBe(500)
    expect(told.at(-1)?.error).toMatchObject({ errors: [new Error('work'), new Error('no release')] })
    expect((await post(order('evt_2'))).status, 'another one is at it, for all the store knows').toBe(503)
  })
})

test('Express behind a parser tells which order is wrong', async () => {
  const { default: express } = await import('express')
  const { createServer } = await import('node:http')
  for (const parser of [express.json(), express.text({ type: '*/*' })]) {
    const { receiver, told, handled } = noting()
    const app = express()
    app.use(parser)
    app.post('/', receiver.express())
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const answer = await send(`http://127.0.0.1:${port}/`, { headers: signed(ORDER), body: [ORDER] })
    expect([answer.status, answer.body]).toEqual([500, body('failed')])
    expect(told[0]?.error).toBeInstanceOf(ConfigError)
    expect(String(told[0]?.error)).toMatch(/before express\.json\(\).*express\.raw/)
    expect(handled).toEqual([])
    server.close()
  }
})

test('a request whose body was read is told as such', async () => {
  const { receiver, told } = noting()
  const request = new Request('http://127.0.0.1/', { method: 'POST', headers: signed(ORDER), body: ORDER })
  await request.text()
  expect((await receiver.fetch(request)).status).toBe(500)
  expect(told[0]?.error).toBeInstanceOf(ConfigError)
})
