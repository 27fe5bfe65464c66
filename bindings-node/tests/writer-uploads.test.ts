// A writer with a bucket behind it, and batches on their way there.

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  AbortError,
  Batch,
  BatchError,
  Client,
  ConfigError,
  PayloadWriter,
  QlowerError,
  Sandbox,
  StoreError,
  UploadReceipt,
  WriterError,
} from 'qlower'
import { beforeEach, expect, test } from 'vitest'

import { folder, HEADER, rejected, row, rows } from './loads.js'

let sandbox: Sandbox
let client: Client

beforeEach(async () => {
  sandbox = await Sandbox.start({ partners: { acme: 'k-1' }, today: '2025-06-01', s3LoadDelay: 0 })
  client = new Client(sandbox.clientOptions())
  return async () => {
    await client.close()
    await sandbox.stop()
  }
})

async function batchOf(count: number): Promise<Batch> {
  const writer = await PayloadWriter.folder(folder(), { ...HEADER, maxItems: 10 })
  await writer.writeTransactions(rows(count))
  return (await writer.finish()).output
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo() && Date.now() < end; ) await sleep(5)
  expect(isSo()).toBe(true)
}

test('files go to the bucket as soon as they are full', async () => {
  const seen: UploadReceipt[] = []
  const writer = await PayloadWriter.s3(client, {
    ...HEADER,
    maxItems: 10,
    references: 'loaded_before',
    onFile: (receipt) => seen.push(receipt),
  })
  await writer.writeTransactions(rows(25))
  expect(writer.receipts.length).toBeGreaterThanOrEqual(1)
  const { receipts, output } = await writer.finish()
  expect(receipts).toHaveLength(3)
  expect(receipts[0]).toBeInstanceOf(UploadReceipt)
  expect(seen.map(({ key }) => key)).toEqual(receipts.map(({ key }) => key))
  expect(output).toBeNull()
  await until(() => sandbox.s3Loads().length === 3)
  expect(sandbox.loaded().count('transactions')).toBe(25)
  expect(sandbox.s3Loads().map(({ state }) => state)).toEqual(['success', 'success', 'success'])
})

test('what a callback throws is thrown by a call', async () => {
  const enough = new Error('no such job')
  const onFile = () => {
    throw enough
  }
  const writer = await PayloadWriter.s3(client, { ...HEADER, onFile })
  await writer.writeTransactions([row(1)])
  await expect(writer.finish()).rejects.toBe(enough)
})

test('a failed upload ends the writer', async () => {
  sandbox.failNextS3('access_denied', { times: 99 })
  const writer = await PayloadWriter.s3(client, HEADER)
  await writer.writeTransactions([row(1)])
  const error = await rejected(writer.finish(), StoreError)
  expect([error.storeCode, error.status]).toEqual(['AccessDenied', 403])
  expect(await sandbox.objects()).toEqual([])
  await expect(writer.finish()).rejects.toThrow(/closed/)
})

test('files that an earlier run has uploaded are found', async () => {
  const options = { ...HEADER, maxItems: 10, references: 'loaded_before' } as const
  const first = await PayloadWriter.s3(client, options)
  await first.writeTransactions(rows(20))
  const before = await first.finish()
  await until(() => sandbox.s3Loads().length === 2)
  const again = await PayloadWriter.s3(client, { ...options, resume: true })
  await again.writeTransactions(rows(20))
  const { receipts } = await again.finish()
  expect(receipts.map(({ key }) => key)).toEqual(before.receipts.map(({ key }) => key))
  expect(receipts.every(({ alreadyThere }) => alreadyThere)).toBe(true)
})

test('a closed client makes no writer', async () => {
  await client.close()
  await rejected(PayloadWriter.s3(client, HEADER), QlowerError)
})

test('an aborted finish ends the upload, and does not know what became of it', async () => {
  sandbox.failNextS3({ name: 'slow', delay: 60_000 })
  const writer = await PayloadWriter.s3(client, HEADER)
  await writer.writeTransactions([row(1)])
  const control = new AbortController()
  setTimeout(() => control.abort(), 50)
  const start = performance.now()
  const error = await rejected(writer.finish(control), AbortError)
  expect(error.certainty).toBe('unknown')
  expect(performance.now() - start).toBeLessThan(20_000)
})

test('a writer that waits for an upload can be aborted, and discarded', async () => {
  for (const end of ['abort', 'discard'] as const) {
    sandbox.failNextS3({ name: 'slow', delay: 60_000 })
    const options = { ...HEADER, maxItems: 10, references: 'loaded_before' } as const
    const writer = await PayloadWriter.s3(client, options)
    const control = new AbortController()
    const start = performance.now()
    const kind = end === 'abort' ? AbortError : WriterError
    const written = rejected(writer.writeTransactions(rows(1e9), control), kind)
    // The second file is full, and the first one is still on its way.
    await sleep(100)
    if (end === 'abort') control.abort()
    else await writer.discard()
    expect((await written).certainty).toBe('unknown')
    await writer.discard()
    expect(performance.now() - start).toBeLessThan(20_000)
  }
})

test('a stream that waits for an upload can be destroyed', async () => {
  sandbox.failNextS3({ name: 'slow', delay: 60_000 })
  const options = { ...HEADER, maxItems: 10, references: 'loaded_before' } as const
  const writer = await PayloadWriter.s3(client, options)
  const start = performance.now()
  const stream = writer.stream('transactions')
  for (const one of rows(100)) stream.write(one)
  await sleep(100)
  stream.destroy()
  await once(stream, 'close')
  expect(performance.now() - start).toBeLessThan(20_000)
  await writer.discard()
})

test('batches and single files are uploaded once', async () => {
  const batch = await batchOf(30)
  const steps: [number, number, number][] = []
  sandbox.holdS3Loads()
  const [one, second, third] = batch.files
  if (one === undefined || second === undefined || third === undefined) throw new Error('no files')
  const first = await client.upload(one)
  expect(first.key).toBe(one.objectKey)
  const receipts = await client.uploadBatch(batch, {
    onProgress: ({ file, done, total }) => steps.push([file, done, total]),
  })
  expect(receipts.map(({ key }) => key)).toEqual(batch.files.map(({ objectKey }) => objectKey))
  expect(receipts[0]?.alreadyThere).toBe(true)
  expect(steps).toContainEqual([0, 0, one.size])
  expect(steps).toContainEqual([2, third.size, third.size])
  expect(batch.pending).toEqual([])
  expect(batch.uploaded.map(({ path }) => path)).toEqual(batch.files.map(({ path }) => path))
  const again = await Batch.open(batch.folder)
  expect(again.pending).toEqual([])
  const noted = again.receipt(second)
  expect([noted?.key, noted?.etag]).toEqual([receipts[1]?.key, receipts[1]?.etag])
  expect(await client.uploadBatch(again)).toEqual([])
  expect(new Set(Object.values(sandbox.commits()))).toEqual(new Set([1]))
})

test('a batch goes on after a failure', async () => {
  const batch = await batchOf(30)
  const enough = new Error('enough')
  const onProgress = ({ file }: { file: number }) => {
    if (file === 1) throw enough
  }
  await expect(client.uploadBatch(batch, { onProgress })).rejects.toBe(enough)
  // The store may have had the second one before it was told to stop. Another run knows as well.
  const left = batch.pending.length
  expect([1, 2]).toContain(left)
  const again = await Batch.open(batch.folder)
  expect(again.pending).toHaveLength(left)
  await client.uploadBatch(again)
  await until(() => sandbox.loaded().count('transactions') === 30)
})

test('a signal ends the upload of a batch, and another call finishes it', async () => {
  const batch = await batchOf(20)
  sandbox.failNextS3({ name: 'slow', delay: 60_000 })
  const control = new AbortController()
  const uploaded = rejected(client.uploadBatch(batch, { signal: control.signal }), AbortError)
  await sleep(50)
  expect(() => batch.pending).toThrow(BatchError)
  await rejected(client.uploadBatch(batch), BatchError)
  await rejected(batch.remove(), BatchError)
  control.abort('enough')
  expect((await uploaded).cause).toBe('enough')
  expect(batch.pending.length).toBeGreaterThan(0)
  await rejected(client.uploadBatch(batch, { signal: AbortSignal.abort() }), AbortError)
  await client.uploadBatch(batch)
  expect(batch.pending).toEqual([])
})

test('a file that has changed is not uploaded', async () => {
  const batch = await batchOf(10)
  const [file] = batch.files
  if (file === undefined) throw new Error('no file')
  writeFileSync(file.path, readFileSync(file.path, 'utf8').replaceAll('Loyer', 'Rente'))
  await rejected(client.upload(file), QlowerError)
  await rejected(client.uploadBatch(batch), QlowerError)
  expect(await sandbox.objects()).toEqual([])
})

test('only batches are uploaded as such', async () => {
  for (const given of [undefined, null, 'x', {}, []]) {
    const error = await rejected(client.uploadBatch(given as never), ConfigError)
    expect(error.setting).toBe('batch')
  }
  const batch = await batchOf(1)
  const error = await rejected(client.uploadBatch(batch, { resume: true } as never), ConfigError)
  expect(error.setting).toBe('resume')
  await batch.remove()
  await rejected(client.uploadBatch(batch), BatchError)
})
