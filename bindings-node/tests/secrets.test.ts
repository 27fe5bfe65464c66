/** No secret in anything that is shown, thrown or kept: a sentinel is looked for in all of it. */

import { inspect } from 'node:util'

import {
  Client,
  type ClientOptions,
  checked,
  Environment,
  ftp,
  live,
  PayloadWriter,
  QlowerError,
  Sandbox,
  split,
  webhook,
} from 'qlower'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { answer, caught, Raw, rent, text, thrown } from './servers.js'

const MARK = 's3ntinel'
const KEY = 's3ntinel-api-key'
const S3 = {
  accessKeyId: 'id',
  secretAccessKey: 's3ntinel-secret-access-key',
  sessionToken: 's3ntinel-session-token',
}
const SECRETS = { apiKey: KEY, ...S3, proxy: 'http://agence:s3ntinel-password@127.0.0.1:1' }
const ONCE = { maxAttempts: 1 }

/** All that a program, a debugger or an error tracker shows of something, and of what is in it. */
function shown(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return [String(value)]
  if (seen.has(value) || seen.size > 500) return []
  seen.add(value)
  const texts = [
    inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true }),
    inspect(value, { customInspect: false, showHidden: true, depth: Number.POSITIVE_INFINITY }),
    JSON.stringify(value) ?? '',
    JSON.stringify({ ...value }),
  ]
  // Not everything can be text.
  try {
    texts.push(String(value))
  } catch {}
  if (value instanceof Error) texts.push(value.stack ?? '', value.message, ...shown(value.cause, seen))
  for (
    let of: object | null = value;
    of !== null && of !== Object.prototype;
    of = Object.getPrototypeOf(of)
  ) {
    for (const key of Reflect.ownKeys(of)) {
      texts.push(String(key))
      const property = Object.getOwnPropertyDescriptor(of, key)
      // What gives the payload, or the body as it came, is asked for by name.
      if (['raw', 'toBuffer', 'payload', '__proto__'].includes(String(key))) continue
      let found: unknown
      try {
        found = property?.get ? property.get.call(value) : property?.value
      } catch {}
      if (typeof found !== 'function') texts.push(...shown(found, seen))
    }
  }
  return texts
}

function clean<T>(value: T): T {
  for (const found of shown(value)) {
    const at = found.indexOf(MARK)
    expect(at, `…${found.slice(Math.max(0, at - 200), at + 60)}…`).toBe(-1)
  }
  return value
}

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await Sandbox.start({ partners: { acme: KEY }, s3SecretAccessKey: S3.secretAccessKey })
})
afterAll(() => sandbox.stop())

test('the sentinel is found where it is', () => {
  class Careless {
    key = KEY
  }
  class Getting {
    get key() {
      return KEY
    }
  }
  const hidden = Object.defineProperty({}, 'key', { value: KEY, enumerable: false })
  const caused = new Error('fine', { cause: new Error('fine', { cause: new Error(KEY) }) })
  const named = { [KEY]: 1 }
  const symbol = { [Symbol('x')]: { deep: [[[[KEY]]]] } }
  const json = { toJSON: () => KEY }
  const custom = { [inspect.custom]: () => KEY }
  for (const bad of [
    new Careless(),
    new Getting(),
    hidden,
    caused,
    named,
    symbol,
    json,
    custom,
    new Error(KEY),
    new Map([[1, KEY]]),
  ]) {
    expect(() => clean(bad), inspect(bad)).toThrow()
  }
})

test('clients show none', () => {
  const client = clean(new Client({ environment: 'staging', ...SECRETS }))
  expect(inspect(client)).toBe("Client { environment: 'staging', apiKey: '***' }")
  expect(JSON.stringify(client)).toBe('{"environment":"staging","apiKey":"***"}')
  clean(client.environment)
  clean(Environment.PRODUCTION)
  // Its keys are asked for by name.
  expect(inspect(sandbox, { depth: 9 }) + JSON.stringify(sandbox)).not.toContain(MARK)
})

test.each([
  { timeout: MARK },
  { proxy: MARK },
  { proxy: 'ftp://agence:s3ntinel@127.0.0.1' },
  { proxy: ['http://agence:s3ntinel@127.0.0.1'] },
  { apiKey: [KEY] },
  { secretAccessKey: { key: KEY } },
  { environment: 'https://me:s3ntinel@example.com' },
  { environment: { url: MARK } },
  { s3Endpoint: 'http://me:s3ntinel@127.0.0.1' },
  { userAgent: 's3ntinel\n' },
  { s3PartSize: MARK },
  { caBundle: Buffer.from(MARK) },
  { retry: MARK },
  { retry: { maxAttempts: MARK } },
] as object[])('a setting that cannot be used is not repeated: %o', (settings) => {
  clean(thrown(() => new Client({ environment: 'staging', ...settings })))
})

test('what is sent and answered shows none', async () => {
  const options = {
    ...sandbox.clientOptions(),
    ...S3,
    accessKeyId: sandbox.clientOptions().accessKeyId,
    retry: ONCE,
  }
  await using client = clean(new Client(options as ClientOptions))
  const source = text(2, { key: KEY })
  const object = JSON.parse(source)
  for (const given of [source, Buffer.from(source), object]) clean((await client.send(given)).reply)
  const receipt = clean(await client.send(source))
  clean(receipt.toJSON())
  clean(receipt.reply.summary('fr'))
  await using plain = new Client(sandbox.clientOptions())
  const uploaded = clean(await plain.upload(source, { onProgress: (progress) => void clean(progress) }))
  clean(await plain.uploadStatus(uploaded))
  clean(await plain.waitFor(uploaded, { timeout: 10_000 }))
  const parts = clean(split(source, { maxItems: 1 }))
  for (const part of parts) {
    clean(part)
    clean(part.checked)
    clean(part.checked.report)
  }
  const sent = clean(await client.sendAll(parts))
  clean(sent.remaining)
  clean(sent.followedBy(sent))
  clean(sent.parts.map((part) => clean(part)))
  clean(checked(source))
})

test('what is written shows none', async () => {
  await using client = new Client({ ...sandbox.clientOptions(), retry: ONCE })
  const writer = clean(await PayloadWriter.s3(client, { partner: 'acme', apiKey: KEY }))
  const error = await caught(writer.writeTransactions([rent(1, { amt: 'much' })]))
  clean(error)
  await writer.writeTransactions([rent()])
  clean(await writer.finish())
  clean(writer)
})

const ECHO = JSON.stringify({
  status: 'ERROR',
  type: `Kind ${KEY}`,
  message: `clé ${KEY} refusée`,
  errors: [{ model: 'transactions', id: KEY, error: `pas ${KEY}`, input: { apiKey: KEY } }],
  end_date: KEY,
  combined_result: [{ model: KEY, item: { success: 0, error: 1 } }],
})

test.each(['200 OK', '400 Bad Request', '403 Forbidden', '413 Too Large', '500 Oops', '302 Found'])(
  'an answer of %s that repeats the key',
  async (status) => {
    for (const body of [ECHO, `<html><title>${KEY}</title></html>`, KEY, '']) {
      await using server = await Raw.start(answer(status, body))
      const client = new Client({ environment: server.url, retry: ONCE })
      const sent = await client.send(text(1, { key: KEY })).catch((error: unknown) => error)
      if (sent instanceof Error) expect(sent).toBeInstanceOf(QlowerError)
      clean(sent)
      if ('reply' in (sent as object)) {
        const { reply } = sent as Awaited<ReturnType<Client['send']>>
        expect(reply.raw.includes(KEY), 'this alone is as it came').toBe(true)
        clean(reply)
        for (const item of reply.errors) clean(item)
      }
    }
  },
)

test('errors of every way show none', async () => {
  const source = checked(text(1, { key: KEY }))
  const dead: ClientOptions = { environment: 'http://127.0.0.1:1', retry: ONCE, apiKey: KEY, ...S3 }
  const calls: (() => Promise<unknown>)[] = [
    () => new Client(dead).send(source),
    () => new Client({ ...dead, proxy: SECRETS.proxy }).send(source),
    () => new Client({ ...dead, s3Endpoint: 'http://127.0.0.1:1' }).upload(source),
    () => new Client({ ...dead, maxBodyBytes: 1 }).send(source),
    () => new Client({ ...dead, apiKey: 's3ntinel-2' }).send(source),
    () => new Client({ ...dead, apiKey: 's3ntinel-2' }).upload(source),
    () => new Client(dead).send(text(1, { key: KEY, transactions: [{ id: 'T1', amt: 'much' }] })),
    () => new Client(dead).send({ apiKey: KEY, transactions: [{ id: 'T1', amount: 'much' }] }),
    () => new Client(dead).send(source, { signal: AbortSignal.abort() }),
    () => new Client(dead).send(source, { timeout: 0 }),
    () => new Client(dead).uploadStatus({ key: KEY } as never),
    () => PayloadWriter.folder('/proc/none', { partner: 'acme', apiKey: KEY }),
    () => PayloadWriter.folder('/tmp', { partner: 'acme', apiKey: [KEY] } as never),
  ]
  for (const fault of [
    'access_denied',
    'signature_does_not_match',
    'internal_error',
    'no_such_bucket',
  ] as const) {
    calls.push(() => {
      sandbox.failNextS3(fault)
      return new Client({ ...sandbox.clientOptions(), retry: ONCE }).upload(source)
    })
  }
  const errors: Error[] = []
  for (const call of calls) errors.push(clean(await caught<Error>(call())))
  expect(new Set(errors.map(({ name }) => name)).size).toBeGreaterThanOrEqual(6)
})

test('webhooks show none', async () => {
  const secret = 's3ntinel-webhook-secret'
  const key = 's3ntinel-webhook-key'
  const body = '{"event_type": "order.paused", "event_id": "evt_1"}'
  const header = webhook.sign(body, secret)
  clean(webhook.verify(body, header, secret))
  clean(webhook.explain(body, webhook.sign(body, `${secret} `), [secret, key]))
  for (const call of [
    () => webhook.verify(body, header, key),
    () => webhook.verify(body, `${secret},${header.slice(0, -1)}`, secret),
    () => webhook.verify(body, header, [{ secret }] as never),
    () => webhook.verify({ secret } as never, header, secret),
    () => webhook.sign(body, { secret } as never),
    () => webhook.verifyBasic(`Basic ${Buffer.from(`a:${secret}`).toString('base64')}`, { a: key }),
    () => webhook.verifyBasic(secret, { a: [secret] } as never),
    () => webhook.parse(`{"event_type": "order.created", "event_id": {"${secret}": "${secret}"}}`),
    () => webhook.vehicle.parse('new_data', `{"${secret}`),
    () => new webhook.MemoryStore({ capacity: secret } as never),
    () => new webhook.Receiver({ secrets: [secret, 7] } as never),
    () =>
      new webhook.Receiver({ secrets: secret, handler: () => {}, dedupe: null, apiKey: { key } } as never),
    () => new webhook.Receiver({ secrets: secret, handler: () => {}, dedupe: null, timeout: 30_000 }),
  ]) {
    clean(thrown(call))
  }
  const told: unknown[] = []
  const given: webhook.ReceiverOptions = {
    secrets: secret,
    apiKey: key,
    dedupe: new webhook.MemoryStore(),
    handler: () => {},
    onAnswer: (answered) => told.push(answered),
  }
  const receiver = clean(new webhook.Receiver(given))
  clean([receiver.node, receiver.fetch, receiver.fastify, receiver.express()])
  const post = (signature: string, apiKey: string) => {
    const headers = {
      'content-type': 'application/json',
      'x-qlower-signature': signature,
      'x-api-key': apiKey,
    }
    return receiver.fetch(new Request('http://127.0.0.1/', { method: 'POST', body, headers }))
  }
  const statuses: number[] = []
  for (const [signature, apiKey] of [
    [header, key],
    [header, secret],
    [secret, key],
  ] as const) {
    const response = await post(signature, apiKey)
    statuses.push(response.status)
    clean([...response.headers, await response.text()])
  }
  expect(statuses).toEqual([200, 401, 401])
  expect(clean(told)).toHaveLength(3)
})

test('deliveries show none', async () => {
  const given = { host: '127.0.0.1', port: 1, user: 'dms', password: 's3ntinel-password', retry: ONCE }
  const fingerprint = `SHA256:${'A'.repeat(43)}`
  const destination = clean(new ftp.Destination({ ...given, protocol: 'ftp' }))
  const file = { name: 'a.json', content: '{"apiKey": "s3ntinel"}' }
  clean(await destination.plan(file))
  clean(await caught(ftp.deliver(destination, file, {}, { details: { key: 's3ntinel' } })))
  clean(await caught(destination.check()))
  for (const call of [
    () => new ftp.Destination({ ...given, protocol: 's3ntinel' as never }),
    () => new ftp.Destination({ ...given, password: ['s3ntinel'] as never }),
    () => new ftp.Destination({ ...given, password: 's3ntinel\r\nQUIT' }),
    () => new ftp.Destination({ ...given, host: 'ftp.example.com', protocol: 'ftp' }),
    () => new ftp.Destination({ ...given, protocol: 'sftp', hostKey: fingerprint, key: 's3ntinel' }),
    () =>
      new ftp.Destination({
        ...given,
        protocol: 'sftp',
        hostKey: fingerprint,
        keyFile: '/none',
        keyPassphrase: MARK,
      }),
    () => new ftp.Destination({ ...given, caBundle: Buffer.from(MARK) }),
    () => ftp.Fleet.parse(`[users.a]\nhost = "a"\nuser = "a"\npassword = ["${MARK}"]\npasword = "${MARK}"\n`),
    () => ftp.Fleet.parse(`[users.a]\npassword = "${MARK}`),
  ]) {
    clean(thrown(call))
  }
  const fleet = clean(
    ftp.Fleet.parse(
      `[users.a]\nhost = "127.0.0.1"\nport = 1\nuser = "a"\npassword = "${MARK}"\nprotocol = "ftp"\n`,
    ),
  )
  clean(fleet.destination('a'))
  const summary = clean(await fleet.deliver([{ destination: 'a', files: file }]))
  expect(clean(`${summary}`)).toContain('1')
  clean(summary.jobs)
})

test('live readings show none', async () => {
  const url = `http://127.0.0.1:1/power?key=${MARK}`
  const auths: live.Auth[] = [
    { bearer: MARK },
    { apiKey: MARK },
    { query: { name: 'token', value: MARK } },
    { basic: { user: 'map', password: MARK } },
  ]
  for (const auth of auths) {
    using feed = clean(new live.LiveFeed({ url, path: 'a', auth }))
    using watch = clean(feed.watch())
    clean(await watch.next())
    clean(watch.state)
    clean(await live.probe(url, 'a', { auth }))
    const producer = clean(live.producer(() => 1, { auth }))
    clean([producer.node, producer.fetch, producer.fastify, producer.express()])
    clean(await producer.answer({ query: `key=${MARK}`, headers: { authorization: `Bearer ${MARK}x` } }))
  }
  for (const call of [
    () => new live.LiveFeed({ url, path: 'a', auth: { bearer: [MARK] as never } }),
    () => new live.LiveFeed({ url, path: 'a', auth: { bearer: `${MARK}\n` } }),
    () => new live.LiveFeed({ url: `http://me:${MARK}@127.0.0.1/`, path: 'a' }),
    () => new live.LiveFeed({ url, path: 'a', proxy: `ftp://me:${MARK}@127.0.0.1` }),
    () => live.producer(() => 1, { auth: [{ basic: { user: 'a:b', password: MARK } }] }),
    () => live.producer(() => 1, { auth: { key: MARK } as never }),
    () => live.read(`{"a": "${MARK}"}`, 'a'),
    () => live.read(`{"${'b'.repeat(200)}": "${MARK}"}`, 'a'),
  ]) {
    clean(thrown(call))
  }
})
