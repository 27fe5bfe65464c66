import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import {
  AbortError,
  ConfigError,
  type Payload,
  type S3Fault,
  Sandbox,
  SandboxError,
  type SandboxFault,
} from 'qlower'
import { afterEach, beforeEach, expect, test } from 'vitest'

const HERE = import.meta.dirname
const TRANSACTION = { id: 'T1', reqdExctnDt: '2025-01-31', 'id-prty': 'P1', amt: 850.5, ref: 'Loyer' }

function payload(sections: object = {}): object {
  const header = { inigPtynm: 'acme', apiKey: 'k-1', creDtTm: '2025-02-01T08:00:00+01:00', versionId: '2.0' }
  return { ...header, ...sections }
}

async function post(to: Sandbox, document: unknown, path = '/api/third_party/loader') {
  const sent = request(`${to.url}${path}`, { method: 'POST', agent: false })
  sent.end(JSON.stringify(document))
  const [answer] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return {
    status: answer.statusCode as number,
    headers: answer.headers,
    body: Buffer.concat(chunks).toString(),
  }
}

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

/** How many turns the event loop makes meanwhile, timers of a few milliseconds included. */
async function turns(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 5)
  await work()
  clearInterval(timer)
  return turns
}

test('slow answers come late, and leave the event loop alone', async () => {
  sandbox.failNext({ name: 'slow', delay: 300 })
  const start = performance.now()
  expect(await turns(() => post(sandbox, payload()))).toBeGreaterThan(10)
  expect(performance.now() - start).toBeGreaterThanOrEqual(300)
})

test.each(['2029-01-01', new Date('2029-01-01'), new Date(2029, 0, 1, 12)])('the day %s', async (today) => {
  await using small = await Sandbox.start({ partners: { acme: 'k-1' }, today })
  const late = { ...TRANSACTION, id: 'L', reqdExctnDt: '2030-01-31' }
  const { body } = await post(small, payload({ transactions: [TRANSACTION, late] }))
  expect(JSON.parse(body).failed_count, 'a warning keeps no item back').toBe(0)
})

test.each<[string, object]>([
  ['today', { today: 'tomorrow' }],
  ['today', { today: new Date(Number.NaN) }],
  ['readTimeout', { readTimeout: -1 }],
  ['readTimeout', { readTimeout: 7n }],
  ['maxBodyBytes', { maxBodyBytes: 1.5 }],
  ['maxConnections', { maxConnections: 'many' }],
  ['partners', { partners: { acme: 5 } }],
  ['partners', { partners: 'acme' }],
  ['s3Permissions', { s3Permissions: ['delete'] }],
  ['s3RepeatedComplete', { s3RepeatedComplete: 'no' }],
  ['s3HoldLoads', { s3HoldLoads: 'yes' }],
  ['s3LoadDelay', { s3LoadDelay: () => 5 }],
  ['maxBodybytes', { maxBodybytes: 5 }],
  ['timeout', { timeout: 'x' }],
])('%s that cannot be used is named', async (setting, options) => {
  const error = await Sandbox.start(options as never).catch((error: unknown) => error)
  expect(error).toMatchObject({
    name: 'ConfigError',
    setting,
    message: expect.stringMatching(`^${setting}: `),
  })
})

test('times without an end are taken', async () => {
  await using patient = await Sandbox.start({
    partners: { acme: 'k-1' },
    readTimeout: Number.POSITIVE_INFINITY,
  })
  expect((await post(patient, payload())).status).toBe(200)
})

test('limits are taken', async () => {
  await using small = await Sandbox.start({
    partners: { acme: 'k-1' },
    maxBodyBytes: 64,
    s3Permissions: Sandbox.UPLOAD_ONLY,
  })
  expect((await post(small, payload())).status).toBe(413)
  expect((await post(sandbox, payload())).status).toBe(200)
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

async function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    return false
  } finally {
    socket.destroy()
  }
}

test('the S3 side goes and comes back', async () => {
  const endpoint = sandbox.s3Endpoint
  await sandbox.vanishS3()
  expect([await isOpen(endpoint), await isOpen(sandbox.url)]).toEqual([false, true])
  await sandbox.restoreS3()
  expect(await isOpen(endpoint)).toBe(true)
})

test('stopping frees the ports, and ends its methods', async () => {
  const { url, s3Endpoint } = sandbox
  await Promise.all([sandbox.stop(), sandbox.stop()])
  await sandbox.stop()
  expect([await isOpen(url), await isOpen(s3Endpoint)]).toEqual([false, false])
  expect(() => sandbox.requests()).toThrow(SandboxError)
  expect(() => sandbox.loaded()).toThrow('the sandbox is stopped')
  await expect(sandbox.objects()).rejects.toThrow('the sandbox is stopped')
  await expect(sandbox.vanishS3()).rejects.toMatchObject({ code: 'QLOWER_SANDBOX' })
  expect(inspect(sandbox)).toBe(`Sandbox { ${url}: acme }`)
})

test('a start that was aborted starts nothing', async () => {
  const reason = new Error('no more')
  await expect(Sandbox.start({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    name: 'AbortError',
    cause: reason,
  })
})

test('a start that is aborted ends', async () => {
  // One that is up before the signal comes stays up.
  for (let round = 0; round < 200; round++) {
    const controller = new AbortController()
    const starting = Sandbox.start({ signal: controller.signal })
    controller.abort()
    const end: unknown = await starting.catch((error: unknown) => error)
    if (end instanceof AbortError) return expect(end.certainty).toBe('not_processed')
    await (end as Sandbox).stop()
  }
  expect.fail('none of them was ended')
})

test('stopping it waits for its thread, and leaves the event loop alone', async () => {
  const transactions = Array.from({ length: 20_000 }, (_, at) => ({ ...TRANSACTION, id: `T${at}` }))
  const large = Buffer.from(JSON.stringify(payload({ transactions })))
  const sent = request(`${sandbox.url}/api/third_party/loader`, { method: 'POST', agent: false })
  sent.on('error', () => {})
  sent.end(large)
  // It is about to be treated, or is being treated.
  await once(sent, 'finish')
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  await sandbox.stop()
  // The turn that was held up, if one was.
  await new Promise((resolve) => setTimeout(resolve, 10))
  clearInterval(timer)
  expect(longest).toBeLessThan(100)
})

const RUN = { cwd: join(HERE, '..'), encoding: 'utf8', timeout: 30_000 } as const

test('one that is not stopped does not keep the process alive', () => {
  const program = `
    const { Sandbox } = require('qlower')
    Sandbox.start().then((sandbox) => console.log(sandbox.requests().length))`
  const done = spawnSync(process.execPath, ['-e', program], RUN)
  expect([done.stdout, done.stderr, done.status]).toEqual(['0\n', '', 0])
})

test('dropping it frees its ports', () => {
  const program = `
    const { Sandbox } = require('qlower')
    const { connect } = require('node:net')
    const { setTimeout } = require('node:timers/promises')
    const refused = (port) => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(false)))
      socket.on('error', () => resolve(true))
    })
    const start = async () => new URL((await Sandbox.start()).url).port
    start().then(async (port) => {
      for (let turn = 0; turn < 500; turn++) {
        await setTimeout(10)
        gc()
        if (await refused(port)) return console.log('gone')
      }
    })`
  const done = spawnSync(process.execPath, ['--expose-gc', '-e', program], RUN)
  expect([done.stdout, done.stderr, done.status]).toEqual(['gone\n', '', 0])
})

test('workers that are terminated take theirs with them', async () => {
  const program = `
    const { Sandbox } = require('qlower')
    const { parentPort, workerData } = require('node:worker_threads')
    Sandbox.start().then((sandbox) => {
      parentPort.postMessage(sandbox.url)
      if (workerData % 2) sandbox.stop()
      else setInterval(() => sandbox.requests(), 1)
      Sandbox.start()
      sandbox.objects().catch(() => {})
    })`
  for (let round = 0; round < 12; round++) {
    const worker = new Worker(program, { eval: true, workerData: round })
    const [url] = await once(worker, 'message')
    expect(await worker.terminate()).toBe(1)
    while (await isOpen(url)) await new Promise((resolve) => setTimeout(resolve, 10))
  }
})

test('a program of node:test', () => {
  const done = spawnSync(process.execPath, ['--test', join(HERE, 'programs/sandbox-node-test.mjs')], RUN)
  expect(done.stdout, done.stderr).toMatch(/pass 2\b/)
  expect(done.status, done.stdout).toBe(0)
})
