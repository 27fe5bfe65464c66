/** What a sandbox keeps and tells, and how it fails. */

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { ConfigError, type Payload, type S3Fault, Sandbox, type SandboxFault } from 'qlower'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { payload, post, TRANSACTION } from './loader-requests.js'

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await Sandbox.start({ partners: { acme: 'k-1' }, today: '2025-06-01' })
})
afterEach(() => sandbox.stop())

test('what was loaded is kept', async () => {
  const { amt: _, ...second } = { ...TRANSACTION, id: 'T2' }
  const { status, body } = await post(sandbox, payload({ transactions: [TRANSACTION, second] }))
  expect([status, JSON.parse(body).status]).toEqual([200, 'PARTIAL_SUCCESS'])
  const loaded = sandbox.loaded()
  expect([loaded.size, loaded.count('transactions'), loaded.count('documents')]).toEqual([1, 1, 0])
  expect(loaded.get('transactions', 'T1')).toEqual({
    model: 'transactions',
    id: 'T1',
    account: null,
    parent: null,
    data: TRANSACTION,
  })
  expect([...loaded].map((item) => item.id)).toEqual(['T1'])
  expect(loaded.get('transactions', 'T2')).toBeUndefined()
  expect(sandbox.loads()).toBe(1)
  // A snapshot.
  await post(sandbox, payload({ transactions: [{ ...TRANSACTION, id: 'T3' }] }))
  expect(loaded.size).toBe(1)
  expect(sandbox.loaded('acme').size).toBe(2)
  expect(sandbox.loaded('nobody').isEmpty).toBe(true)
})

test('many items are all told, in order', async () => {
  const ids = Array.from({ length: 2345 }, (_, at) => `T${at}`)
  await post(sandbox, payload({ transactions: ids.map((id) => ({ ...TRANSACTION, id })) }))
  expect([...sandbox.loaded()].map((item) => item.id)).toEqual(ids)
})

test('a model that is none is refused', async () => {
  const model = 'transaction' as 'transactions'
  expect(() => sandbox.loaded().count(model)).toThrow(
    /^model: there is no "transaction"; there are .*transactions/,
  )
  expect(() => sandbox.loaded().get(model, 'T1')).toThrow(ConfigError)
})

test('accounts, parents and erasures', async () => {
  const client = { email: 'Jean.Martin@example.fr', firstName: 'Jean', lastName: 'Martin' }
  const { status, body } = await post(
    sandbox,
    payload({ clients: [{ client, transactions: [TRANSACTION] }] }),
  )
  expect([status, JSON.parse(body).failed_count]).toEqual([200, 0])
  const loaded = sandbox.loaded()
  expect(loaded.accounts).toEqual([{ email: 'jean.martin@example.fr', data: client }])
  const own = loaded.ofAccount('JEAN.martin@example.fr')
  expect([...own].map((item) => item.account)).toEqual(['jean.martin@example.fr'])
  expect(loaded.ofAccount('other@example.fr').isEmpty).toBe(true)
  expect(loaded.erasureRequests).toEqual([])
})

test('requests tell what was seen, and no key', async () => {
  const before = Date.now()
  const document = payload({ transactions: [TRANSACTION] })
  await post(sandbox, document)
  const body = Buffer.from(JSON.stringify(document))
  const requests = sandbox.requests()
  expect(requests).toEqual([
    {
      method: 'POST',
      path: '/api/third_party/loader',
      bodyLength: body.length,
      bodySha256: createHash('sha256').update(body).digest('hex'),
      partner: 'acme',
      at: expect.any(Date),
      processed: true,
      status: 200,
      fault: null,
    },
  ])
  const at = requests[0]?.at.getTime() ?? 0
  expect(before <= at && at <= Date.now()).toBe(true)
  expect(
    inspect([sandbox, requests], { depth: 9, showHidden: true }) + JSON.stringify([sandbox, requests]),
  ).not.toContain('k-1')
  sandbox.reset()
  expect([sandbox.requests(), sandbox.loads(), sandbox.loaded().isEmpty]).toEqual([[], 0, true])
})

test('a fault fires once, and is told', async () => {
  sandbox.failNext('bad_gateway')
  sandbox.failNext({ name: 'too_many_requests', retryAfter: 7000 }, { times: 2 })
  expect(sandbox.pendingFaults()).toHaveLength(3)
  expect((await post(sandbox, payload())).status).toBe(502)
  const { status, headers } = await post(sandbox, payload())
  expect([status, headers['retry-after']]).toEqual([429, '7'])
  const second = { name: 'too_many_requests', retryAfter: 7000 }
  expect(sandbox.fired()).toEqual([{ name: 'bad_gateway' }, second])
  expect(sandbox.pendingFaults()).toEqual([second])
  expect(sandbox.requests().map((request) => request.fault)).toEqual(sandbox.fired())
})

const FAULTS: SandboxFault[] = [
  { name: 'timeout' },
  { name: 'reset_before_processing' },
  { name: 'reset_after_processing' },
  { name: 'close_before_processing' },
  { name: 'too_many_requests' },
  { name: 'too_many_requests', retryAfter: 3000 },
  { name: 'too_many_requests', retryAfter: new Date('2025-06-01T12:00:00Z') },
  { name: 'internal_server_error' },
  { name: 'bad_gateway' },
  { name: 'service_unavailable' },
  { name: 'slow', delay: 250 },
  { name: 'truncated_body' },
  { name: 'status', status: 418 },
]

test.each(FAULTS)('%j comes back as it was scripted', (fault) => {
  sandbox.failNext(fault)
  expect(sandbox.pendingFaults()).toStrictEqual([fault])
})

const S3_FAULTS: S3Fault[] = [
  { name: 'slow_down' },
  { name: 'internal_error' },
  { name: 'internal_error_inside_200' },
  { name: 'access_denied' },
  { name: 'invalid_access_key_id' },
  { name: 'signature_does_not_match' },
  { name: 'expired_token' },
  { name: 'request_time_too_skewed' },
  { name: 'no_such_bucket' },
  { name: 'permanent_redirect', region: 'us-east-1' },
  { name: 'precondition_failed' },
  { name: 'conditional_request_conflict' },
  { name: 'not_implemented' },
  { name: 'reset_during_part', partNumber: 2 },
  { name: 'reset_during_put' },
  { name: 'lost_put_reply' },
  { name: 'lost_complete_reply' },
  { name: 'slow', delay: 500 },
  { name: 'timeout' },
  { name: 'vanish' },
]

test.each(S3_FAULTS)('S3: %j comes back too', (fault) => {
  sandbox.failNextS3(fault, { times: 2 })
  sandbox.failNextS3(fault, { on: 'PutObject' })
  expect(sandbox.pendingS3Faults()).toStrictEqual([fault, fault, fault])
  expect(sandbox.firedS3()).toEqual([])
})

test('a Date of Retry-After is sent as one, to the second', async () => {
  sandbox.failNext({ name: 'too_many_requests', retryAfter: new Date('2025-06-01T12:00:00.789Z') })
  const { headers } = await post(sandbox, payload())
  expect(headers['retry-after']).toBe('Sun, 01 Jun 2025 12:00:00 GMT')
  expect(sandbox.fired()).toEqual([
    { name: 'too_many_requests', retryAfter: new Date('2025-06-01T12:00:00Z') },
  ])
})

test('a Date of another realm is one', () => {
  const retryAfter = runInNewContext("new Date('2025-06-01T12:00:00Z')") as Date
  sandbox.failNext({ name: 'too_many_requests', retryAfter })
  expect(sandbox.pendingFaults()).toEqual([
    { name: 'too_many_requests', retryAfter: new Date('2025-06-01T12:00:00Z') },
  ])
})

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse
const WRONG: [string, (to: any) => void, string, RegExp][] = [
  [
    'a name that is none',
    (to) => to.failNext('tiemout'),
    'name',
    /there is no fault "tiemout"; there are timeout, .*status$/,
  ],
  ['no name', (to) => to.failNext({}), 'name', /must be a text/],
  ['nothing', (to) => to.failNext(undefined), 'name', /must be a text/],
  ['a parameter too few', (to) => to.failNext('slow'), 'delay', /the fault slow needs it/],
  [
    'a parameter too many',
    (to) => to.failNext({ name: 'timeout', delay: 1 }),
    'delay',
    /the fault timeout takes none/,
  ],
  [
    'a time below 0',
    (to) => to.failNext({ name: 'slow', delay: -1 }),
    'delay',
    /must be a number of milliseconds/,
  ],
  [
    'no time at all',
    (to) => to.failNext({ name: 'slow', delay: Number.NaN }),
    'delay',
    /must be a number of milliseconds/,
  ],
  [
    'a status that is none',
    (to) => to.failNext({ name: 'status', status: 99_999 }),
    'status',
    /must be a whole number/,
  ],
  [
    'half a second',
    (to) => to.failNext({ name: 'too_many_requests', retryAfter: 1500 }),
    'retryAfter',
    /whole seconds/,
  ],
  [
    'no date',
    (to) => to.failNext({ name: 'too_many_requests', retryAfter: new Date(Number.NaN) }),
    'retryAfter',
    /must be milliseconds, or a Date/,
  ],
  ['half a time', (to) => to.failNext('timeout', { times: 0.5 }), 'times', /must be a whole number/],
  ['too many times', (to) => to.failNext('timeout', { times: 1e12 }), 'times', /must be a whole number/],
  [
    'a fault of the other side',
    (to) => to.failNextS3('bad_gateway'),
    'name',
    /there is no fault "bad_gateway"; there are slow_down/,
  ],
  ['no region', (to) => to.failNextS3('permanent_redirect'), 'region', /needs it/],
  [
    'an operation that is none',
    (to) => to.failNextS3('slow_down', { on: 'Put' }),
    'on',
    /there is no operation "Put"; there are PutObject/,
  ],
]

test.each(WRONG)('%s is refused', (_, script, setting, message) => {
  expect(() => script(sandbox)).toThrow(expect.objectContaining({ name: 'ConfigError', setting }))
  expect(() => script(sandbox)).toThrow(message)
  expect([sandbox.pendingFaults(), sandbox.pendingS3Faults()]).toEqual([[], []])
})

test('null means that nothing is given', async () => {
  sandbox.failNext({ name: 'too_many_requests', retryAfter: null }, null)
  expect(sandbox.pendingFaults()).toEqual([{ name: 'too_many_requests' }])
  await using other = await Sandbox.start({ partners: null, today: null, s3Permissions: null, signal: null })
  expect(other.partners).toEqual({ sandbox: 'sandbox-key' })
})

test('the options of a client', async () => {
  await using two = await Sandbox.start({ partners: { acme: 'k-1', dupont: 'k-2' }, s3Region: 'eu-west-3' })
  expect(two.clientOptions({ partner: 'dupont', s3: false })).toEqual({
    environment: two.url,
    partner: 'dupont',
    apiKey: 'k-2',
  })
  expect([two.partner, two.apiKey]).toEqual(['acme', 'k-1'])
  expect(two.clientOptions()).toMatchObject({
    partner: 'acme',
    region: 'eu-west-3',
    s3Endpoint: two.s3Endpoint,
    s3PathStyle: true,
  })
  expect(() => two.clientOptions({ partner: 'nobody' })).toThrow(
    expect.objectContaining({ setting: 'partner' }),
  )
})

test('objects of S3', async () => {
  expect(await sandbox.objects()).toEqual([])
  expect(await sandbox.objectBytes('none')).toBeUndefined()
  expect([
    sandbox.commits(),
    sandbox.openMultipartUploads(),
    sandbox.s3Loads(),
    sandbox.s3Requests(),
  ]).toEqual([{}, [], [], []])
  await fetch(`${sandbox.s3Endpoint}/ql-loader-acme/x`)
  expect(sandbox.s3Requests()).toMatchObject([
    { operation: 'GetObject', key: 'x', status: 403, at: expect.any(Date) },
  ])
})

const PAYLOAD: Payload = {
  partner: 'acme',
  apiKey: 'k-1',
  createdAt: '2025-02-01T08:00:00+01:00',
  transactions: [{ id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: '850.50', reference: 'Loyer' }],
}

test('a client of a sandbox sends and uploads to it', async () => {
  await using client = sandbox.client({ retry: { maxAttempts: 2, baseDelay: 1 }, timeout: null })
  sandbox.failNext('service_unavailable')
  expect(await client.send(PAYLOAD)).toMatchObject({ attempts: 2 })
  expect(sandbox.fired()).toEqual([{ name: 'service_unavailable' }])
  expect(sandbox.requests().map((request) => [request.status, request.processed])).toEqual([
    [null, false],
    [200, true],
  ])

  sandbox.holdS3Loads()
  sandbox.failNextS3('slow_down', { on: 'PutObject' })
  const receipt = await client.upload(PAYLOAD)
  expect(sandbox.firedS3()).toEqual([{ name: 'slow_down' }])
  const { key } = receipt
  const bytes = await sandbox.objectBytes(key)
  const sha256 = createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
  const etag = createHash('md5')
    .update(bytes ?? '')
    .digest('hex')
  expect(await sandbox.objects()).toEqual([
    { key, size: bytes?.length, sha256, etag, contentType: 'application/json', state: 'pending' },
  ])
  expect(sandbox.commits()).toEqual({ [key]: 1 })
  expect(sandbox.s3Loads()).toEqual([])
  sandbox.holdS3Loads(false)
  expect((await client.waitFor(receipt, { timeout: 10_000 })).status).toBe('success')
  const [load] = sandbox.s3Loads()
  // Its transaction was known already.
  expect(load).toMatchObject({ partner: 'acme', key, state: 'success', successCount: 1, failedCount: 0 })
  expect(load?.at).toBeInstanceOf(Date)
  expect(JSON.parse(load?.reply ?? '')).toMatchObject({ status: 'SUCCESS' })
  expect((await sandbox.objects()).map((object) => object.key)).toEqual([load?.movedTo])
})

test('an upload that broke off is open', async () => {
  await using client = sandbox.client({
    retry: { maxAttempts: 1 },
    s3PartSize: 5 * 2 ** 20,
    s3MultipartThreshold: 5 * 2 ** 20,
    s3Concurrency: 1,
  })
  const reference = 'x'.repeat(200)
  const rents = Array.from({ length: 20_000 }, (_, at) => ({
    id: `T${at}`,
    date: '2025-01-31',
    propertyId: 'P1',
    amount: 850,
    reference,
  }))
  sandbox.failNextS3({ name: 'reset_during_part', partNumber: 2 })
  sandbox.failNextS3('internal_error', { on: 'AbortMultipartUpload' })
  await expect(client.upload({ ...PAYLOAD, transactions: rents })).rejects.toThrow()
  expect(sandbox.firedS3()).toEqual([
    { name: 'reset_during_part', partNumber: 2 },
    { name: 'internal_error' },
  ])
  const parts = [{ number: 1, size: 5 * 2 ** 20 }]
  expect(sandbox.openMultipartUploads()).toEqual([
    { key: expect.any(String), uploadId: expect.any(String), parts },
  ])
  expect(sandbox.s3Requests().find((request) => request.fault !== null)).toMatchObject({
    operation: 'UploadPart',
    partNumber: 2,
    status: null,
  })
})

test('the environment of a sandbox', () => {
  expect(sandbox.environment.loaderUrl).toBe(`${sandbox.url}/api/third_party/loader`)
})
