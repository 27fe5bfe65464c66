/** The client: sending, receipts and replies. */

import { createServer } from 'node:http'

import {
  Client,
  type ConfigError,
  checked,
  Environment,
  type Payload,
  QlowerError,
  Sandbox,
  split,
  ValidationError,
} from 'qlower'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { answer, caught, KEY, PARTIAL, Raw, rent, text, thrown } from './servers.js'

let sandbox: Sandbox
let client: Client

beforeAll(async () => {
  sandbox = await Sandbox.start({ partners: { acme: KEY } })
  client = new Client({ environment: sandbox.url, partner: 'acme', apiKey: KEY })
})
beforeEach(() => sandbox.reset())
afterAll(async () => {
  await client.close()
  await sandbox.stop()
})

const PAYLOAD: Payload = {
  partner: 'acme',
  apiKey: KEY,
  createdAt: '2025-02-01T08:00:00+01:00',
  transactions: [
    { id: 'T1', date: new Date('2025-01-31'), propertyId: 'P1', amount: '850.50', reference: 'Loyer' },
    { id: 'T2', date: '2025-01-31', propertyId: 'P1', amount: 40, reference: 'C' },
  ],
}

test('what is sent arrives as it was checked', async () => {
  const receipt = await client.send(text(3))
  expect(sandbox.loaded('acme').count('transactions')).toBe(3)
  expect(receipt).toMatchObject({
    certainty: 'processed',
    attempts: 1,
    payloadSha256: checked(text(3)).sha256,
    earlierAttemptMayHaveBeenProcessed: false,
  })
  expect(sandbox.requests()[0]?.bodySha256).toBe(receipt.payloadSha256)
  expect(receipt.duration).toBeGreaterThan(0)
  const { reply } = receipt
  expect([reply.status, reply.totalCount, reply.successCount, reply.failedCount]).toEqual([
    'SUCCESS',
    3,
    3,
    0,
  ])
  expect(reply.hasFailures).toBe(false)
  expect(reply.errors).toEqual([])
  expect(reply.combinedResult).toEqual([{ model: 'transactions', success: 3, error: 0 }])
  expect(`${reply}`).toContain('every item')
})

test.each<[string, (text: string) => string | object]>([
  ['a string', (text) => text],
  ['a Buffer', (text) => Buffer.from(text)],
  ['a Uint8Array', (text) => new TextEncoder().encode(text)],
  ['an ArrayBuffer', (text) => new TextEncoder().encode(text).buffer],
  ['an object', (text) => JSON.parse(text)],
  ['what was checked', (text) => checked(text)],
])('%s can be sent', async (_, convert) => {
  const receipt = await client.send(convert(text()))
  expect(receipt.reply.successCount).toBe(1)
})

test('objects are sent', async () => {
  expect((await client.send(PAYLOAD)).reply.successCount).toBe(2)
  expect((await client.sendAll(PAYLOAD)).isComplete).toBe(true)
})

test('a buffer may be changed once send has copied it', async () => {
  const bytes = Buffer.from(text())
  const sent = client.send(bytes)
  bytes.fill(0)
  expect((await sent).payloadSha256).toBe(checked(text()).sha256)
})

test('nothing leaves if there is an error', async () => {
  const error = await caught<ValidationError>(
    client.send(text(1, { transactions: [rent(1, { amt: 'much' })] })),
  )
  expect(error).toBeInstanceOf(ValidationError)
  expect(error.report?.errorCount).toBe(1)
  expect(error.certainty).toBe('not_processed')
  await caught(client.sendAll(text(1, { transactions: [rent(1, { amt: 'much' })] })))
  expect(sandbox.requests()).toEqual([])
})

test('a reply with failures is a receipt', async () => {
  await using server = await Raw.start(answer('200 OK', PARTIAL))
  const receipt = await new Client({ environment: server.url }).send(text(2))
  const { reply } = receipt
  expect([reply.hasFailures, reply.allFailed, reply.unnamedFailures]).toEqual([true, false, 0])
  expect(reply.errors).toHaveLength(1)
  const [error] = reply.errors
  expect(error).toMatchObject({
    model: 'transactions',
    id: 'T2',
    type: 'ValidationError',
    pointer: '/transactions/1/amt',
    field: 'amt',
    reason: 'Field required',
    pointers: ['/transactions/1'],
  })
  expect(`${error}`).toMatch(/^transactions T2: Champ/)
  expect(JSON.parse(reply.raw.toString())).toEqual(JSON.parse(PARTIAL))
  expect(reply.summary('fr')).toContain('certains éléments')
  const json = JSON.parse(JSON.stringify(receipt))
  expect(json.reply.errors[0]).toMatchObject({ id: 'T2', created_at: null })
  expect(json).toHaveProperty('duration_seconds')
  expect(thrown<ConfigError>(() => reply.summary('de')).setting).toBe('lang')
})

test('what failed can be sent again', async () => {
  await using server = await Raw.start(answer('200 OK', PARTIAL))
  const { reply } = await new Client({ environment: server.url }).send(text(2))
  for (const sent of [text(2), checked(text(2)), JSON.parse(text(2))]) {
    for (const again of [reply.failedOnly(sent), await reply.failedOnlyAsync(sent)]) {
      expect(again.transactions?.map(({ id }) => id)).toEqual(['T2'])
      expect(again.apiKey).toBe(KEY)
    }
  }
  expect(thrown(() => reply.failedOnly('{}'))).toBeInstanceOf(ValidationError)
})

test('failures that may pass are tried again', async () => {
  sandbox.failNext('service_unavailable')
  sandbox.failNext('reset_after_processing')
  await using client = new Client({ environment: sandbox.url, retry: { maxAttempts: 3, baseDelay: 1 } })
  const receipt = await client.send(text())
  expect([receipt.attempts, receipt.earlierAttemptMayHaveBeenProcessed]).toEqual([3, true])
})

test('a Retry-After is kept, and told', async () => {
  sandbox.failNext({ name: 'too_many_requests', retryAfter: 1000 })
  const started = performance.now()
  expect((await client.send(text())).attempts).toBe(2)
  expect(performance.now() - started).toBeGreaterThanOrEqual(990)

  sandbox.failNext({ name: 'too_many_requests', retryAfter: 7000 })
  await using once = new Client({ environment: sandbox.url, retry: { maxAttempts: 1 } })
  const error = await caught<QlowerError>(once.send(text()))
  expect(error).toMatchObject({ code: 'QLOWER_API', status: 429, retryAfter: 7000, isRetryable: true })
})

test.each([
  ['reset_before_processing', 'unknown', 0],
  ['reset_after_processing', 'unknown', 1],
  ['close_before_processing', 'unknown', 0],
  ['truncated_body', 'unknown', 1],
  ['service_unavailable', 'unknown', 0],
  ['bad_gateway', 'unknown', 0],
] as const)('after %s it is %s whether it was treated', async (fault, certainty, loads) => {
  sandbox.failNext(fault)
  await using once = new Client({ environment: sandbox.url, retry: { maxAttempts: 1 } })
  const error = await caught<QlowerError>(once.send(text()))
  expect(error).toBeInstanceOf(QlowerError)
  expect([error.certainty, sandbox.loads(), error.attempts]).toEqual([certainty, loads, 1])
})

test('parts are sent, each after those that it needs', async () => {
  const parts = split(text(5), { maxItems: 2 })
  const sent = await client.sendAll(parts, { concurrency: 2, onFailure: 'continue' })
  expect([sent.isComplete, sent.certainty, sent.parts.length]).toEqual([true, 'processed', 3])
  expect(sent.reply?.successCount).toBe(5)
  expect(sent.processed.map(({ receipt }) => receipt?.reply.successCount)).toEqual([2, 2, 1])
  expect(`${sent}`).toBe('3 parts: 3 treated, 0 failed, 0 not sent')
  expect(sandbox.loaded('acme').count('transactions')).toBe(5)
})

test('parts that failed are told, and sent again', async () => {
  await using once = new Client({ environment: sandbox.url, retry: { maxAttempts: 1 } })
  sandbox.failNext('service_unavailable')
  const first = await once.sendAll(split(text(3), { maxItems: 1 }), { concurrency: 1 })
  expect([first.isComplete, first.certainty, first.reply]).toEqual([false, 'unknown', null])
  expect(first.failed.map(({ part, error }) => [part.number, error?.status])).toEqual([[0, 503]])
  expect(first.unsent.map(({ part, certainty }) => [part.number, certainty])).toEqual([
    [1, 'not_processed'],
    [2, 'not_processed'],
  ])
  expect(first.unsent[0]?.reason).toContain('part 0')
  const json = JSON.parse(JSON.stringify(first))
  expect(json.parts[0].error).toMatchObject({ code: 'QLOWER_API', status: 503 })

  const all = first.followedBy(await once.sendAll(first.remaining))
  expect([all.isComplete, all.certainty, all.parts.length, all.reply?.successCount]).toEqual([
    true,
    'processed',
    3,
    3,
  ])
})

test.each([
  [{ concurrency: 0 }, 'concurrency'],
  [{ concurrency: 1.5 }, 'concurrency'],
  [{ onFailure: 'explode' }, 'onFailure'],
  [{ onFailure: 1 }, 'onFailure'],
  [{ onfailure: 'stop' }, 'onfailure'],
  [{ timeout: -1 }, 'timeout'],
  [{ timeout: 'soon' }, 'timeout'],
  [{ signal: 'stop' }, 'signal'],
])('options that cannot be used are named: %o', async (options, setting) => {
  const error = await caught<ConfigError>(client.sendAll(text(), options as object))
  expect([error.code, error.setting]).toEqual(['QLOWER_CONFIG', setting])
  expect(sandbox.requests()).toEqual([])
})

test("another partner's payload is refused", async () => {
  for (const [settings, setting] of [
    [{ partner: 'other' }, 'partner'],
    [{ apiKey: 'k-2' }, 'apiKey'],
  ] as const) {
    const error = await caught<ConfigError>(
      new Client({ environment: sandbox.url, ...settings }).send(text()),
    )
    expect([error.setting, error.message.startsWith(`${setting}: `)]).toEqual([setting, true])
  }
  expect(sandbox.requests()).toEqual([])
})

test('a closed client sends nothing', async () => {
  const client = new Client({ environment: sandbox.url })
  await client.send(text())
  await client.close()
  await client.close()
  expect(client.isClosed).toBe(true)
  for (const call of [
    () => client.send(text()),
    () => client.sendAll(text()),
    () => client.upload(text()),
    () => client.uploadStatus('{}'),
    () => client.waitFor('{}', { timeout: 1 }),
  ]) {
    expect((await caught<QlowerError>(call())).message).toBe('the client is closed')
  }
  expect(client.environment.loaderUrl).toContain(sandbox.url)
})

test('what is under way goes on when the client is closed', async () => {
  sandbox.failNext({ name: 'slow', delay: 100 })
  const client = new Client({ environment: sandbox.url })
  const sent = client.send(text())
  await new Promise((resolve) => setTimeout(resolve, 30))
  await client.close()
  expect((await sent).certainty).toBe('processed')
})

test('connections are closed with the client', async () => {
  const server = createServer((_, response) => response.end(PARTIAL))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const closed = new Promise<number>((resolve) => {
    server.on('connection', (socket) => socket.on('close', () => resolve(performance.now())))
  })
  const client = new Client({
    environment: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
  })
  await client.send(text(2))
  const started = performance.now()
  await client.close()
  // One that is not closed stays open for four seconds.
  expect((await closed) - started).toBeLessThan(3500)
  server.close()
})

test('a client is closed at the end of await using', async () => {
  let used: Client
  {
    await using client = new Client({ environment: sandbox.url })
    used = client
    expect(client.isClosed).toBe(false)
  }
  expect(used.isClosed).toBe(true)
})

test('two clients, and many calls at once', async () => {
  await using other = new Client({ environment: sandbox.url })
  const counts = Array.from({ length: 200 }, (_, at) => 1 + (at % 3))
  const sent = await Promise.all(counts.map((count, at) => (at % 2 ? client : other).send(text(count))))
  expect(sent.map(({ reply }) => reply.totalCount)).toEqual(counts)
})

test('waiting does not hold up the event loop', async () => {
  await using server = await Raw.start()
  await using slow = new Client({ environment: server.url, timeout: 300, retry: { maxAttempts: 1 } })
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 5)
  await caught(slow.send(text()))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(20)
})

test('environments', () => {
  expect(new Environment('PROD').equals(Environment.PRODUCTION)).toBe(true)
  expect(Environment.PRODUCTION.equals(Environment.STAGING)).toBe(false)
  expect(`${Environment.STAGING}`).toBe('staging')
  expect(JSON.stringify(new Environment('http://127.0.0.1:1'))).toBe('"http://127.0.0.1:1/"')
  expect(Environment.PRODUCTION.bucket('acme')).toBe('ql-loader-prod-acme')
  const insecure = new Environment('http://example.com', { insecure: true })
  expect(new Client({ environment: insecure }).environment).toBe(insecure)
  expect(thrown<ConfigError>(() => Environment.PRODUCTION.bucket('Acme!')).setting).toBe('partner')
  expect(thrown<ConfigError>(() => new Environment('http://example.com')).setting).toBe('environment')
  expect(thrown<ConfigError>(() => new Environment(7 as never)).setting).toBe('environment')
})
