// Streams of Node that end in a writer.

import { once } from 'node:events'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { AbortError, PayloadWriter, ValidationError, WriterError } from 'qlower'
import { beforeEach, expect, test } from 'vitest'

import { content, folder, HEADER, home, type Row, rejected, row, rows } from './loads.js'

type FolderWriter = Awaited<ReturnType<typeof PayloadWriter.folder>>

let writer: FolderWriter

beforeEach(async () => {
  writer = await PayloadWriter.folder(folder(), HEADER)
  return () => writer.discard()
})

async function* endless(): AsyncGenerator<Row, void> {
  for (const one of rows(1e9)) {
    if (Number(one.id.slice(1)) % 500 === 0) await sleep(1)
    yield one
  }
}

test('a pipeline ends when all rows were taken', async () => {
  const upper = new Transform({
    objectMode: true,
    transform: (one: Row, _, done) => done(null, { ...one, reference: one.reference.toUpperCase() }),
  })
  await pipeline(Readable.from(rows(10_000)), upper, writer.stream('transactions'))
  expect(writer.pushed('transactions')).toBe(10_000)
  const { receipts } = await writer.finish()
  const written = content(receipts[0]?.path ?? '').transactions
  expect(written.map(({ id }: Row) => id)).toEqual(Array.from(rows(10_000), ({ id }) => id))
  expect(written[0].ref).toBe('LOYER')
})

test('several streams may go at once', async () => {
  await Promise.all([
    pipeline(Readable.from(rows(5000)), writer.stream('transactions')),
    pipeline(Readable.from([home(1), home(2)]), writer.stream('properties')),
  ])
  expect((await writer.finish()).receipts[0]?.items).toBe(5002)
})

test('refused rows are told at the end, and the others are taken', async () => {
  const given = [...rows(5000)]
  given[1234] = row(1234, { amount: 'x' })
  given[4999] = row(4999, { date: '31/01/2025' })
  const error = await rejected(pipeline(Readable.from(given), writer.stream('transactions')), ValidationError)
  expect(error.report?.errors.map(({ pointer }) => pointer)).toEqual([
    '/transactions/1234/amt',
    '/transactions/4999/reqdExctnDt',
  ])
  expect((await writer.finish()).receipts[0]?.items).toBe(4998)
})

test('a row that cannot be placed ends the pipeline', async () => {
  const one = await PayloadWriter.file(`${folder()}/payload.json`, { ...HEADER, maxItems: 3000 })
  const source = Readable.from(rows(1e9))
  const error = await rejected(pipeline(source, one.stream('transactions')), WriterError)
  expect(error.row).toBe(3000)
  expect(source.destroyed).toBe(true)
  expect((await one.finish()).receipts[0]?.items).toBe(3000)
})

test('a row that has no form in a payload ends the pipeline, and is named', async () => {
  const given = [...rows(3000)]
  given[2000] = row(2000, { amount: Symbol('x') as never })
  const error = await rejected(pipeline(Readable.from(given), writer.stream('transactions')), TypeError)
  expect(error.message).toMatch(/^\[2000\]\.amount: /)
  expect(writer.pushed('transactions')).toBe(2000)
})

test('what the source throws ends the pipeline, and leaves the writer usable', async () => {
  const gone = new Error('the cursor is gone')
  async function* broken(): AsyncGenerator<Row> {
    yield* rows(3000)
    throw gone
  }
  const stream = writer.stream('transactions')
  await expect(pipeline(broken(), stream)).rejects.toBe(gone)
  expect(stream.destroyed).toBe(true)
  const taken = writer.pushed('transactions')
  expect(taken).toBeLessThanOrEqual(3000)
  await writer.writeTransactions([row(3000)])
  expect((await writer.finish()).receipts[0]?.items).toBe(taken + 1)
})

test('a destroyed stream changes nothing any more', async () => {
  const stream = writer.stream('transactions')
  for (const one of rows(5000)) stream.write(one)
  stream.on('error', () => {})
  stream.destroy()
  await once(stream, 'close')
  const taken = writer.pushed('transactions')
  await sleep(20)
  expect(writer.pushed('transactions')).toBe(taken)
  expect((await writer.finish()).report.isValid).toBe(true)
})

test('a signal ends a pipeline', async () => {
  const control = new AbortController()
  setTimeout(() => control.abort(), 20)
  const piped = pipeline(endless(), writer.stream('transactions'), { signal: control.signal })
  await expect(piped).rejects.toMatchObject({ name: 'AbortError' })
  expect(writer.pushed('transactions')).toBeGreaterThan(0)
})

test('a signal ends a stream', async () => {
  const control = new AbortController()
  const stream = writer.stream('transactions', { signal: control.signal })
  setTimeout(() => control.abort('enough'), 20)
  const error = await rejected(pipeline(endless(), stream), AbortError)
  expect(error.cause).toBe('enough')
  expect(() => writer.stream('transactions', { signal: AbortSignal.abort() })).toThrow(AbortError)
  await writer.finish()
})

test('discarding the writer ends its streams', async () => {
  const piped = rejected(pipeline(endless(), writer.stream('transactions')), WriterError)
  await sleep(20)
  await writer.discard()
  await piped
  const late = writer.stream('transactions')
  await rejected(pipeline(Readable.from(rows(3)), late), WriterError)
})

test('a stream takes rows no faster than the writer', async () => {
  const stream = writer.stream('transactions')
  let ahead = 0
  for (let given = 1; given <= 20_000; given++) {
    const goesOn = stream.write(row(given))
    ahead = Math.max(ahead, given - writer.pushed('transactions'))
    if (!goesOn) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
  expect(writer.pushed('transactions')).toBe(20_000)
  // What waits in it, and what is being taken.
  expect(ahead).toBeLessThanOrEqual(2 * 1024)
})
