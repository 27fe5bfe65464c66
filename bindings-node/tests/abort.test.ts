/** Ending calls: by a signal, or by time. */

import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  AbortError,
  Client,
  checkAsync,
  checkedAsync,
  checkedFile,
  checkFile,
  type QlowerError,
  type Receipt,
  Sandbox,
  splitAsync,
  type TimeoutError,
  type UploadReceipt,
} from 'qlower'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { answer, caught, KEY, PARTIAL, Raw, text } from './servers.js'

/** A payload that is not in the bucket yet. */
function fresh(): string {
  number += 1
  return text(number)
}

interface Limits {
  signal?: AbortSignal
  timeout?: number
}

const folder = mkdtempSync(join(tmpdir(), 'qlower-abort-'))
const file = join(folder, 'payload.json')
/** Long enough to be checked for a while. */
const LARGE = text(60_000)

let silent: Raw
let held: Sandbox
let client: Client
let uploads: Client
let uploaded: UploadReceipt
let partial: Receipt
let number = 10

beforeAll(async () => {
  writeFileSync(file, LARGE)
  silent = await Raw.start()
  held = await Sandbox.start({ partners: { acme: KEY }, s3HoldLoads: true })
  client = new Client({ environment: silent.url, maxBodyBytes: 1e9 })
  uploads = new Client(held.clientOptions())
  uploaded = await uploads.upload(text())
  await using server = await Raw.start(answer('200 OK', PARTIAL))
  partial = await new Client({ environment: server.url }).send(text(2))
})
afterAll(async () => {
  await Promise.all([client.close(), uploads.close()])
  await Promise.all([silent.stop(), held.stop()])
  rmSync(folder, { recursive: true })
})

/** Calls that go on until they are ended. */
const ENDLESS: [string, (limits: Limits) => Promise<unknown>, string][] = [
  ['send', (limits) => client.send(text(), limits), 'unknown'],
  ['sendAll', (limits) => client.sendAll(text(), limits), 'unknown'],
  [
    'upload',
    (limits) => {
      held.failNextS3({ name: 'slow', delay: 3000 })
      return uploads.upload(fresh(), limits)
    },
    'unknown',
  ],
  [
    'upload with progress',
    (limits) => {
      held.failNextS3({ name: 'slow', delay: 3000 })
      return uploads.upload(fresh(), { onProgress: () => {}, ...limits })
    },
    'unknown',
  ],
  [
    'uploadStatus',
    (limits) => {
      held.failNextS3({ name: 'slow', delay: 3000 })
      return uploads.uploadStatus(uploaded, limits)
    },
    'not_processed',
  ],
  [
    'waitFor',
    ({ signal }) => uploads.waitFor(uploaded, { timeout: 60_000, ...(signal && { signal }) }),
    'not_processed',
  ],
]

/** Calls that are over soon. */
const SHORT: [string, (limits: Limits) => Promise<unknown>][] = [
  ['checkAsync', (limits) => checkAsync(LARGE, limits)],
  ['checkedAsync', (limits) => checkedAsync(Buffer.from(LARGE), limits)],
  ['checkFile', (limits) => checkFile(file, limits)],
  ['checkedFile', (limits) => checkedFile(file, limits)],
  ['splitAsync', (limits) => splitAsync(LARGE, { maxItems: 10, ...limits })],
  ['failedOnlyAsync', (limits) => partial.reply.failedOnlyAsync(LARGE, limits)],
  ['send of something large', (limits) => client.send(LARGE, limits)],
]

const ALL = [...ENDLESS, ...SHORT]

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

test.each(ALL)('%s: a signal that was aborted before', async (_, call) => {
  const requests = [silent.requests, held.requests().length, held.s3Requests().length]
  const reason = new Error('the user left')
  const signal = AbortSignal.abort(reason)
  const error = await caught<AbortError>(call({ signal }))
  expect(error).toBeInstanceOf(AbortError)
  expect([error.name, error.code, error.certainty]).toEqual(['AbortError', 'ABORT_ERR', 'not_processed'])
  expect(error.cause).toBe(reason)
  expect(listeners(signal)).toBe(0)
  held.reset()
  expect([silent.requests, held.requests().length]).toEqual(requests.slice(0, 2))
})

test.each(ENDLESS)('%s: aborted in the middle', async (_, call, certainty) => {
  const controller = new AbortController()
  const { signal } = controller
  const before = vi.fn()
  signal.onabort = before
  const called = caught<AbortError>(call({ signal }))
  await new Promise((resolve) => setTimeout(resolve, 120))
  expect(listeners(signal), 'one of ours, one of onabort').toBe(2)
  const started = performance.now()
  controller.abort()
  const error = await called
  expect(performance.now() - started).toBeLessThan(20_000)
  expect([error.name, error.code, error.certainty]).toEqual(['AbortError', 'ABORT_ERR', certainty])
  expect(error.cause).toBe(signal.reason)
  expect(signal.onabort).toBe(before)
  expect(before).toHaveBeenCalledTimes(1)
  expect(listeners(signal)).toBe(1)
})

test.each(SHORT)('%s: aborted at once', async (_, call) => {
  const controller = new AbortController()
  const called = caught<AbortError>(call({ signal: controller.signal }))
  controller.abort('no more')
  const error = await called
  expect([error.name, error.certainty, error.cause]).toEqual(['AbortError', 'not_processed', 'no more'])
  expect(listeners(controller.signal)).toBe(0)
})

test('a connection is closed when its call is aborted', async () => {
  await using server = await Raw.start()
  const controller = new AbortController()
  const called = caught(new Client({ environment: server.url }).send(text(), { signal: controller.signal }))
  await server.arrived
  controller.abort()
  await called
  await server.closed
})

test('a client goes on after an aborted call', async () => {
  const controller = new AbortController()
  held.failNext({ name: 'slow', delay: 2000 })
  const called = caught(uploads.send(text(), { signal: controller.signal }))
  setTimeout(() => controller.abort(), 50)
  await called
  expect((await uploads.send(text())).certainty).toBe('processed')
})

test.each(ENDLESS.filter(([name]) => name !== 'waitFor'))('%s: out of time', async (_, call, certainty) => {
  const started = performance.now()
  const error = await caught<TimeoutError>(call({ timeout: 150 }))
  expect(performance.now() - started).toBeLessThan(20_000)
  expect(error).toMatchObject({ code: 'QLOWER_TIMEOUT', limit: 150, certainty, isRetryable: true })
  expect(error.message).toBe('it took longer than 150 ms')
})

test.each(SHORT)('%s: out of time before it began', async (_, call) => {
  const error = await caught<TimeoutError>(call({ timeout: 0 }))
  expect(error).toMatchObject({ code: 'QLOWER_TIMEOUT', limit: 0, certainty: 'not_processed' })
})

test('what was done before counts', { retry: 4 }, async () => {
  const long = text(20_000)
  let check = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3; turn += 1) {
    const started = performance.now()
    await checkedAsync(long)
    check = Math.min(check, performance.now() - started)
  }
  const limit = 4 * check
  const again = performance.now()
  const error = await caught<TimeoutError>(client.send(long, { timeout: limit }))
  expect([error.certainty, error.limit]).toEqual(['unknown', limit])
  expect(performance.now() - again).toBeLessThan(limit + 0.7 * check)
})

test("the client's own limit is told as such", async () => {
  const hasty = new Client({ environment: silent.url, timeout: 100, retry: { maxAttempts: 1 } })
  const error = await caught<TimeoutError>(hasty.send(text(), { timeout: 60_000 }))
  expect(error).toMatchObject({ code: 'QLOWER_TIMEOUT', limit: 100, stage: 'wait', attempts: 1 })
})

test('a timeout of the platform is a reason like others', async () => {
  const error = await caught<AbortError>(client.send(text(), { signal: AbortSignal.timeout(50) }))
  expect([error.name, (error.cause as DOMException).name]).toEqual(['AbortError', 'TimeoutError'])
})

test('no listener is left when a call has succeeded or failed', async () => {
  const { signal } = new AbortController()
  await uploads.send(text(), { signal })
  await uploads.sendAll(text(), { signal })
  await uploads.uploadStatus(uploaded, { signal })
  await uploads.waitFor(uploaded, { signal, timeout: 1 })
  await checkAsync(text(), { signal })
  await splitAsync(text(), { signal })
  await partial.reply.failedOnlyAsync(text(2), { signal })
  held.reset()
  await uploads.upload(text(4), { signal, onProgress: () => {} })
  await caught<QlowerError>(uploads.send('{}', { signal }))
  await caught<QlowerError>(uploads.send(text(1, { partner: 'other' }), { signal }))
  expect(listeners(signal)).toBe(0)
})

test('10 000 calls with one signal', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  const { signal } = new AbortController()
  let most = 0
  for (let round = 0; round < 100; round += 1) {
    const calls = Array.from({ length: 100 }, (_, at) =>
      checkAsync(at % 2 ? '{}' : { transactions: [] }, { signal }),
    )
    most = Math.max(most, listeners(signal))
    await Promise.all(calls)
    expect(listeners(signal)).toBe(0)
  }
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', warned)
  expect(warned).not.toHaveBeenCalled()
})

test('100 calls at once that wait with one signal give no warning', async () => {
  const warned = vi.fn()
  process.on('warning', warned)
  const controller = new AbortController()
  const calls = Array.from({ length: 100 }, () =>
    caught<AbortError>(client.send(text(), { signal: controller.signal })),
  )
  await new Promise((resolve) => setTimeout(resolve, 200))
  controller.abort()
  expect(new Set((await Promise.all(calls)).map(({ name }) => name))).toEqual(new Set(['AbortError']))
  expect(listeners(controller.signal)).toBe(0)
  process.off('warning', warned)
  expect(warned).not.toHaveBeenCalled()
})
