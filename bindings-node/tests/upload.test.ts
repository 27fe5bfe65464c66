/** Uploads by S3, and what became of them. */

import { Client, type ConfigError, checked, Sandbox, type StoreError, UploadReceipt } from 'qlower'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { caught, KEY, text, thrown } from './servers.js'

let sandbox: Sandbox
let client: Client

beforeEach(async () => {
  sandbox = await Sandbox.start({ partners: { acme: KEY } })
  client = new Client(sandbox.clientOptions())
})
afterEach(async () => {
  await client.close()
  await sandbox.stop()
})

test('an upload and its load', async () => {
  const receipt = await client.upload(text(3))
  expect(receipt).toBeInstanceOf(UploadReceipt)
  expect(receipt).toMatchObject({
    certainty: 'processed',
    bucket: 'ql-loader-stg-acme',
    key: checked(text(3)).objectKey,
    size: text(3).length,
    alreadyThere: false,
    etag: expect.stringMatching(/^"/),
  })
  const status = await client.waitFor(receipt, { timeout: 10_000 })
  expect(status).toMatchObject({
    status: 'success',
    isFinal: true,
    reason: null,
    key: expect.stringMatching(/^success\//),
  })
  expect(`${status}`).toBe(`success (${status.key})`)
  expect(JSON.parse(JSON.stringify(status))).toEqual({ status: 'success', key: status.key })
  expect(sandbox.loaded().count('transactions')).toBe(3)
})

test('the same payload is there once', async () => {
  sandbox.holdS3Loads()
  const first = await client.upload(text())
  const again = await client.upload(JSON.parse(text()))
  const third = await client.upload(text())
  expect([first.alreadyThere, third.alreadyThere, third.etag]).toEqual([false, true, null])
  expect(again.key).toBeTruthy()
  const pending = { status: 'pending', key: null, reason: null, isFinal: false }
  expect(await client.uploadStatus(first)).toMatchObject(pending)
  expect(await client.waitFor(first, { timeout: 10 })).toMatchObject(pending)
})

test('what was loaded is not uploaded again', async () => {
  const receipt = await client.upload(text())
  expect((await client.waitFor(receipt, { timeout: 10_000 })).isFinal).toBe(true)
  expect((await client.upload(text(), { resume: true })).alreadyThere).toBe(true)
})

test("a key of one's own", async () => {
  sandbox.holdS3Loads()
  expect((await client.upload(text(), { key: 'mine.json' })).key).toBe('mine.json')
  const error = await caught<StoreError>(client.upload(text(2), { key: 'mine.json' }))
  expect(error).toMatchObject({ code: 'QLOWER_STORE', storeCode: 'PreconditionFailed', status: 412 })
})

test('receipts can be kept', async () => {
  const receipt = await client.upload(text())
  const kept = JSON.stringify(receipt)
  for (const again of [UploadReceipt.fromJSON(kept), UploadReceipt.fromJSON(JSON.parse(kept))]) {
    expect(again).toEqual(receipt)
    expect(JSON.stringify(again)).toBe(kept)
    expect((await client.waitFor(again, { timeout: 10_000 })).isFinal).toBe(true)
  }
  expect((await client.uploadStatus(kept)).isFinal).toBe(true)
  expect((await client.uploadStatus(JSON.parse(kept))).isFinal).toBe(true)
  const cycle: { self?: object } = {}
  cycle.self = cycle
  for (const wrong of [{ key: 'x' }, '{}', 'no JSON', null, undefined, 7, cycle, { a: 1n }]) {
    expect((await caught<ConfigError>(client.uploadStatus(wrong as never))).setting).toBe('receipt')
    expect((await caught<ConfigError>(client.waitFor(wrong as never, { timeout: 1 }))).setting).toBe(
      'receipt',
    )
    expect(thrown<ConfigError>(() => UploadReceipt.fromJSON(wrong as never)).setting).toBe('receipt')
  }
})

test('progress is told, in the event loop', async () => {
  const seen: unknown[] = []
  await client.upload(text(20), { onProgress: (progress) => seen.push(progress) })
  const total = text(20).length
  expect(seen).toEqual([
    { done: 0, total },
    { done: total, total },
  ])
})

test('progress of parts', async () => {
  sandbox.holdS3Loads()
  const large = Buffer.from(text(150_000))
  const mebibytes = 5 << 20
  const options = { ...sandbox.clientOptions(), s3PartSize: mebibytes, s3MultipartThreshold: mebibytes }
  const seen: number[] = []
  const receipt = await new Client(options).upload(large, { onProgress: ({ done }) => seen.push(done) })
  expect(receipt.size).toBe(large.length)
  expect(seen.length).toBeGreaterThan(3)
  expect([seen[0], seen.at(-1)]).toEqual([0, large.length])
  expect(seen).toEqual([...seen].sort((one, other) => one - other))
})

test.each([
  [
    'throws',
    () => {
      throw new RangeError('enough')
    },
  ],
  [
    'rejects',
    async () => {
      throw new RangeError('enough')
    },
  ],
])('a callback that %s ends the upload', async (_, onProgress) => {
  sandbox.failNextS3({ name: 'slow', delay: 60_000 })
  const started = performance.now()
  const error = await caught<Error>(client.upload(text(), { onProgress }))
  expect([error.name, error.message]).toEqual(['RangeError', 'enough'])
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('what a callback throws at the very end counts, too', async () => {
  const onProgress = ({ done }: { done: number }) => {
    if (done > 0) throw new RangeError('too late')
  }
  expect((await caught<Error>(client.upload(text(), { onProgress }))).message).toBe('too late')
})

test('a callback may use the client', async () => {
  const seen: string[] = []
  await client.upload(text(), { onProgress: async () => seen.push((await client.send(text())).certainty) })
  expect(seen).toEqual(['processed', 'processed'])
})

test('nothing is told any more once the upload has ended', async () => {
  const controller = new AbortController()
  sandbox.holdS3Loads()
  sandbox.failNextS3({ name: 'slow', delay: 5000 }, { on: 'CompleteMultipartUpload' })
  const mebibytes = 5 << 20
  const options = { ...sandbox.clientOptions(), s3PartSize: mebibytes, s3MultipartThreshold: mebibytes }
  const seen: number[] = []
  const uploaded = new Client(options).upload(text(150_000), {
    signal: controller.signal,
    onProgress: async ({ done }) => {
      // By then, other steps wait to be told.
      if (done === 0) setTimeout(() => controller.abort(), 700)
      seen.push(done)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    },
  })
  const error = await caught<Error>(uploaded)
  expect(error.name).toBe('AbortError')
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(seen).toEqual([0])
})

test('a failure before the first step ends the telling', async () => {
  await expect(client.upload('{}', { onProgress: () => {} })).rejects.toMatchObject({
    code: 'QLOWER_VALIDATION',
  })
  sandbox.failNextS3('access_denied')
  const error = await caught<StoreError>(client.upload(text(), { onProgress: () => {} }))
  expect(error).toMatchObject({
    storeCode: 'AccessDenied',
    status: 403,
    operation: 'PutObject',
    bucket: 'ql-loader-stg-acme',
    isRejected: true,
    isRetryable: false,
  })
})

test('settings in messages are named as in the options', async () => {
  sandbox.failNextS3('signature_does_not_match')
  const error = await caught<StoreError>(client.upload(text()))
  expect(error.message).toContain('see that secretAccessKey belongs to accessKeyId, ')
})

test('missing credentials', async () => {
  const { accessKeyId: _, secretAccessKey: __, ...options } = sandbox.clientOptions()
  const error = await caught<ConfigError>(new Client(options).upload(text()))
  expect([error.setting, error.message.startsWith('accessKeyId: ')]).toEqual(['accessKeyId', true])
})

test('a lost answer is made good', async () => {
  sandbox.holdS3Loads()
  sandbox.failNextS3('lost_put_reply')
  const receipt = await new Client({ ...sandbox.clientOptions(), retry: { baseDelay: 1 } }).upload(text())
  expect(receipt).toMatchObject({ attempts: 2, alreadyThere: true, earlierAttemptMayHaveBeenProcessed: true })
})

test.each([
  [{ key: 7 }, 'key'],
  [{ resume: 'yes' }, 'resume'],
  [{ onProgress: 'tell' }, 'onProgress'],
  [{ onprogress: () => {} }, 'onprogress'],
])('options that cannot be used are named: %o', async (options, setting) => {
  expect((await caught<ConfigError>(client.upload(text(), options as object))).setting).toBe(setting)
  expect(await sandbox.objects()).toEqual([])
})

test('waiting needs a time', async () => {
  const receipt = await client.upload(text())
  for (const options of [undefined, {}, { timeout: '1' }, { timeout: -1 }]) {
    expect((await caught<ConfigError>(client.waitFor(receipt, options as never))).setting).toBe('timeout')
  }
})
