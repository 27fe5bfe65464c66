// Where rows come from, how far they are read ahead, and what becomes of them when something goes wrong.

import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

import { AbortError, ConfigError, PayloadWriter, TimeoutError, ValidationError, WriterError } from 'qlower'
import { beforeEach, expect, test } from 'vitest'

import { folder, HEADER, home, type Row, rejected, row, rows } from './loads.js'

type FolderWriter = Awaited<ReturnType<typeof PayloadWriter.folder>>

let writer: FolderWriter

beforeEach(async () => {
  writer = await PayloadWriter.folder(folder(), HEADER)
  return () => writer.discard()
})

async function* later(count: number): AsyncGenerator<Row, void> {
  for (const one of rows(count)) {
    if (Number(one.id.slice(1)) % 1000 === 0) await turn()
    yield one
  }
}

/** A source that says what is done to it. */
class Told {
  asked = 0
  returned = 0
  readonly #waits: Set<number>

  constructor(...waits: number[]) {
    this.#waits = new Set(waits)
  }

  [Symbol.asyncIterator](): AsyncIterator<Row> {
    return {
      next: () => {
        const number = this.asked++
        if (this.#waits.has(number)) return new Promise(() => {})
        return Promise.resolve({ done: false, value: row(number) })
      },
      return: async () => {
        this.returned += 1
        return { done: true, value: undefined }
      },
    }
  }
}

test.each([
  ['an array', () => [...rows(5000)]],
  ['a generator', () => rows(5000)],
  ['a set', () => new Set(rows(5000))],
  ['an asynchronous generator', () => later(5000)],
  ['a stream of Node', () => Readable.from(rows(5000))],
  ['an asynchronous stream of Node', () => Readable.from(later(5000))],
  ['a web stream', () => Readable.toWeb(Readable.from(rows(5000)))],
  [
    'something that iterates',
    () => ({ [Symbol.iterator]: () => [...rows(5000)][Symbol.iterator]() as Iterator<Row> }),
  ],
])('rows come from %s', async (_, source) => {
  await writer.writeTransactions(source() as Iterable<Row>)
  const { receipts } = await writer.finish()
  expect(receipts.map(({ items }) => items)).toEqual([5000])
})

test('no rows are no error', async () => {
  await writer.writeTransactions([])
  await writer.writeTransactions(later(0))
  expect(writer.pushed('transactions')).toBe(0)
})

test.each([
  ['text', 'T1'],
  ['a number', 3],
  ['nothing', undefined],
  ['null', null],
  ['an item', row(1)],
  ['bytes', new Uint8Array(3)],
  ['a function', () => rows(3)],
])('%s is no source of rows', async (_, source) => {
  const error = await rejected(writer.writeTransactions(source as never), ConfigError)
  expect(error.setting).toBe('rows')
})

test('a section that is none is refused before a row is read', async () => {
  const source = new Told()
  await rejected(writer.writeRows('tenants' as never, source as never), ConfigError)
  expect(() => writer.stream('tenants' as never)).toThrow(ConfigError)
  expect([source.asked, source.returned]).toEqual([0, 0])
})

test('what a source throws is thrown, and the rows before are taken', async () => {
  const gone = new Error('the database is gone')
  function* broken(): Generator<Row> {
    yield* rows(3000)
    throw gone
  }
  async function* brokenLater(): AsyncGenerator<Row> {
    yield* later(3000)
    throw gone
  }
  await expect(writer.writeTransactions(broken())).rejects.toBe(gone)
  expect(writer.pushed('transactions')).toBe(3000)
  await expect(writer.writeTransactions(brokenLater())).rejects.toBe(gone)
  expect(writer.pushed('transactions')).toBe(3000 + 3000)
  const stream = Readable.from(brokenLater())
  await expect(writer.writeTransactions(stream)).rejects.toBe(gone)
  expect(stream.destroyed).toBe(true)
})

test('a row that has no form in a payload ends it, and is named', async () => {
  let isClosed = false
  function* given(): Generator<Row> {
    try {
      yield row(0)
      yield row(1, { amount: Symbol('x') as never })
      yield row(2)
    } finally {
      isClosed = true
    }
  }
  const error = await rejected(writer.writeTransactions(given()), TypeError)
  expect(error.message).toMatch(/^\[1\]\.amount: /)
  expect(isClosed).toBe(true)
  expect(writer.pushed('transactions')).toBe(1)
  // Nothing of the half of a row is left.
  await writer.writeTransactions([row(3)])
  expect(writer.pushed('transactions')).toBe(2)
})

test('a source is told when no more rows are wanted', async () => {
  const one = await PayloadWriter.file(`${folder()}/payload.json`, { ...HEADER, maxItems: 3 })
  const source = new Told()
  const error = await rejected(one.writeTransactions(source), WriterError)
  expect(error.row).toBe(3)
  expect(source.returned).toBe(1)
  const stream = Readable.from(rows(1e9))
  await rejected(one.writeTransactions(stream), WriterError)
  expect(stream.destroyed).toBe(true)
  await one.discard()
})

test('an exhausted source is left alone', async () => {
  let returned = 0
  const iterator = [row(1)].values()
  const source = {
    [Symbol.iterator]: () => ({
      next: () => iterator.next(),
      return: () => ({ done: true, value: ++returned }),
    }),
  }
  await writer.writeTransactions(source as unknown as Iterable<Row>)
  expect(returned).toBe(0)
})

test('rows are not read further ahead than two chunks', async () => {
  let given = 0
  let ahead = 0
  function* counted(): Generator<Row, void> {
    for (const one of rows(40_000)) {
      given += 1
      ahead = Math.max(ahead, given - writer.pushed('transactions'))
      yield one
    }
  }
  await writer.writeTransactions(counted())
  expect(writer.pushed('transactions')).toBe(40_000)
  // One chunk is being taken while another one is encoded.
  expect(ahead).toBeLessThanOrEqual(2 * 2048)
})

test('a writer that does not come along holds up its source', async () => {
  // Nothing is taken while another call has the writer for itself.
  let given = 0
  async function* counted(): AsyncGenerator<Row, void> {
    for (const one of rows(100_000)) {
      given += 1
      yield one
    }
  }
  const control = new AbortController()
  const written = writer.writeTransactions(counted(), { signal: control.signal })
  await sleep(5)
  control.abort()
  await rejected(written, AbortError)
  const [seen, taken] = [given, writer.pushed('transactions')]
  expect(seen).toBeLessThan(100_000)
  expect(seen - taken).toBeLessThanOrEqual(2 * 2048)
  await sleep(20)
  expect(given).toBeLessThanOrEqual(seen + 1)
})

test('the event loop goes on while rows are written', async () => {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  await writer.writeTransactions(rows(5000))
  delays.enable()
  await writer.writeTransactions(rows(60_000))
  delays.disable()
  // In one piece it would take some hundred milliseconds; other tests run meanwhile.
  expect(delays.percentile(90) / 1e6).toBeLessThan(20)
  expect(delays.count).toBeGreaterThan(20)
})

test('calls may overlap, even from within a source', async () => {
  async function* given(): AsyncGenerator<Row> {
    for (const one of rows(3000)) {
      if (one.id === 'T1000') await writer.write('properties', home(1))
      yield one
    }
  }
  await Promise.all([
    writer.writeTransactions(given()),
    writer.writeTransactions([...rows(3000)].map((one) => ({ ...one, id: `U${one.id}` }))),
    ...[1, 2, 3].map((number) => writer.write('transactions', row(number, { id: `V${number}` }))),
  ])
  expect([writer.pushed('transactions'), writer.pushed('properties')]).toEqual([6003, 1])
  expect((await writer.finish()).report.warningCount).toBe(0)
})

test('a writer is not finished while rows are being written', async () => {
  const written = writer.writeTransactions(later(3000))
  await expect(writer.finish()).rejects.toThrow(/still being written/)
  await written
  expect((await writer.finish()).receipts[0]?.items).toBe(3000)
})

test('discarding ends what is under way', async () => {
  const source = new Told(500)
  const written = rejected(writer.writeTransactions(source), WriterError)
  const single = Array.from(rows(200), (one) => writer.write('transactions', { ...one, id: `S${one.id}` }))
  const singles = Promise.allSettled(single)
  await sleep(20)
  await writer.discard()
  expect((await written).message).toMatch(/discarded/)
  expect(source.returned).toBe(1)
  for (const { status, reason } of (await singles) as PromiseRejectedResult[]) {
    if (status === 'rejected') expect(reason).toBeInstanceOf(WriterError)
  }
})

test('an abort while a row is waited for ends it at once', async () => {
  for (const from of [
    (told: Told) => told,
    (told: Told) => Readable.from(told),
    (told: Told) => Readable.toWeb(Readable.from(told)),
  ]) {
    const told = new Told(3000)
    const source = from(told)
    const control = new AbortController()
    const reason = new Error('enough')
    const before = writer.pushed('transactions')
    const written = writer.writeTransactions(source as AsyncIterable<Row>, { signal: control.signal })
    while (told.asked <= 3000) await sleep(5)
    // What was read ahead is taken as well, and then it waits.
    await sleep(30)
    control.abort(reason)
    const error = await rejected(written, AbortError)
    expect([error.name, error.code, error.cause, error.certainty]).toEqual([
      'AbortError',
      'ABORT_ERR',
      reason,
      'not_processed',
    ])
    expect(getEventListeners(control.signal, 'abort')).toEqual([])
    if (source instanceof Told) expect(source.returned).toBe(1)
    if (source instanceof Readable) expect(source.destroyed).toBe(true)
    expect(writer.pushed('transactions')).toBeGreaterThan(before)
  }
  // The writer can be used further.
  await writer.writeTransactions([row(1)])
  await writer.finish()
})

test('a web stream is cancelled when no more rows are wanted', async () => {
  let reason: unknown
  let number = 0
  const source = new ReadableStream<Row>({
    pull: (control) => (number < 5 ? control.enqueue(row(number++)) : new Promise(() => {})),
    cancel: (why) => {
      reason = why
    },
  })
  const written = writer.writeTransactions(source as unknown as AsyncIterable<Row>, { timeout: 30 })
  expect(reason).toBeUndefined()
  const error = await rejected(written, TimeoutError)
  expect(reason).toBe(error)
})

test('an abort in the middle of a generator ends it', async () => {
  const control = new AbortController()
  let isClosed = false
  function* given(): Generator<Row, void> {
    try {
      yield* rows(1e9)
    } finally {
      isClosed = true
    }
  }
  setTimeout(() => control.abort(), 20)
  await rejected(writer.writeTransactions(given(), { signal: control.signal }), AbortError)
  expect(isClosed).toBe(true)
  expect(writer.pushed('transactions')).toBeGreaterThan(0)
})

test('a signal that was aborted before, and one that is not, are honoured', async () => {
  const source = new Told()
  const signal = AbortSignal.abort()
  await rejected(writer.writeTransactions(source, { signal }), AbortError)
  await rejected(writer.write('transactions', row(1), { signal }), AbortError)
  await rejected(writer.finish({ signal }), AbortError)
  expect([source.asked, writer.pushed('transactions')]).toEqual([0, 0])
  const control = new AbortController()
  const handled = () => {}
  control.signal.onabort = handled
  await writer.writeTransactions([row(1)], control)
  await writer.write('transactions', row(2), control)
  expect(control.signal.onabort).toBe(handled)
  expect(getEventListeners(control.signal, 'abort').length).toBeLessThanOrEqual(1)
  expect((await writer.finish(control)).receipts[0]?.items).toBe(2)
})

test('time runs out', async () => {
  const source = new Told(10)
  const error = await rejected(writer.writeTransactions(source, { timeout: 30 }), TimeoutError)
  expect([error.limit, error.certainty, error.isRetryable]).toEqual([30, 'not_processed', true])
  expect(source.returned).toBe(1)
  for (const timeout of [-1, Number.NaN]) {
    const refused = await rejected(writer.writeTransactions([], { timeout }), ConfigError)
    expect(refused.setting).toBe('timeout')
  }
  await writer.writeTransactions([row(20)], { timeout: Number.POSITIVE_INFINITY })
})

test('refused rows are told by their number whatever the chunk', async () => {
  const given = Array.from(rows(10_000), (one, at) => (at % 2500 === 1 ? { ...one, amount: 'x' } : one))
  const error = await rejected(writer.writeTransactions(Readable.from(given)), ValidationError)
  expect(error.report?.errors.map(({ pointer }) => pointer)).toEqual(
    [1, 2501, 5001, 7501].map((at) => `/transactions/${at}/amt`),
  )
  expect(writer.pushed('transactions')).toBe(9996)
})

test('a file is not there before the end', async () => {
  const place = folder()
  const one = await PayloadWriter.file(`${place}/payload.json`, HEADER)
  const names = new Set<string>()
  for (let number = 0; number < 5; number++) {
    await one.writeTransactions(rows(1000, {}))
    for (const name of readdirSync(place)) names.add(name)
  }
  expect([...names].every((name) => /^\.qlower-\w+\.part$/.test(name))).toBe(true)
  expect(names.size).toBe(1)
  await one.finish()
  expect(readdirSync(place)).toEqual(['payload.json'])
})
