/** Rows on their way into a writer: from whatever gives them, in chunks. */

import type { Items } from './binding.js'
import type { ItemEncoder } from './encode.js'
import { configError } from './errors.js'
import { placed } from './values.js'

/**
 * Where rows come from: an array or any other iterable, a generator, an async generator, a cursor of a database, a stream of Node in
 * object mode, or a web stream.
 */
export type Rows<T> = Iterable<T> | AsyncIterable<T>

/** So many rows make a chunk: enough that handing it over costs little, and few enough that memory stays small. */
const CHUNK = 2048

/** After so many milliseconds a chunk is handed over as it is, and others have the event loop. */
const SLICE = 3

/** UTF-16 units that make a chunk as well, when rows are long. */
const UNITS = 1 << 19

/** Rows as they are asked for. */
export class Source {
  /** Whether rows have to be waited for. */
  readonly isAsync: boolean
  readonly #next: () => IteratorResult<unknown> | Promise<IteratorResult<unknown>>
  readonly #close: (reason: unknown) => unknown
  #isOver = false
  #waits = false

  constructor(
    isAsync: boolean,
    next: () => IteratorResult<unknown> | Promise<IteratorResult<unknown>>,
    close: (reason: unknown) => unknown,
  ) {
    this.isAsync = isAsync
    this.#next = next
    this.#close = close
  }

  /** Whether it was asked for a row, and has not answered. */
  get waits(): boolean {
    return this.#waits
  }

  /** The next row of one that is not asynchronous. */
  next(): IteratorResult<unknown> {
    let step: IteratorResult<unknown> | undefined
    try {
      step = this.#next() as IteratorResult<unknown>
    } finally {
      if (step === undefined || step.done === true) this.#isOver = true
    }
    return step
  }

  /** The next row of any. */
  async nextSoon(): Promise<IteratorResult<unknown>> {
    let step: IteratorResult<unknown> | undefined
    this.#waits = true
    try {
      step = await this.#next()
    } finally {
      this.#waits = false
      if (step === undefined || step.done === true) this.#isOver = true
    }
    return step
  }

  /** Tells that no more rows are wanted, unless there are none, and waits until that is done; not if a row is being waited for. */
  async close(reason: unknown): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    try {
      const closed = Promise.resolve(this.#close(reason))
      if (this.#waits) closed.catch(() => {})
      else await closed
    } catch {
      // Why it is closed says more.
    }
  }
}

/** What rows come from. Throws if it is nothing of the kind. */
export function open(rows: unknown): Source {
  if (typeof rows === 'object' && rows !== null && !ArrayBuffer.isView(rows)) {
    const given = rows as Partial<AsyncIterable<unknown> & Iterable<unknown>>
    if (typeof given[Symbol.asyncIterator] === 'function') {
      return asynchronous(given as AsyncIterable<unknown>)
    }
    if (typeof given[Symbol.iterator] === 'function') {
      const iterator = (given as Iterable<unknown>)[Symbol.iterator]()
      return new Source(
        false,
        () => iterator.next(),
        () => iterator.return?.(),
      )
    }
  }
  throw configError('rows', 'must be an iterable or async iterable of items, such as an array or a stream')
}

function asynchronous(
  rows: AsyncIterable<unknown> & { destroy?: unknown; pipe?: unknown; getReader?: unknown },
): Source {
  if (typeof rows.getReader === 'function') {
    // Its iterator does not end while it waits for a row; its reader does.
    const reader = (rows as unknown as ReadableStream<unknown>).getReader()
    return new Source(
      true,
      () => reader.read() as Promise<IteratorResult<unknown>>,
      (reason) => reader.cancel(reason),
    )
  }
  const iterator = rows[Symbol.asyncIterator]()
  const { destroy } = typeof rows.pipe === 'function' ? rows : {}
  const close = (): unknown => {
    // Nor does that of a stream of Node.
    if (typeof destroy === 'function') destroy.call(rows)
    return iterator.return?.()
  }
  return new Source(true, () => iterator.next(), close)
}

/** What keeps going until it is done, or ended by somebody else. */
export interface Going {
  /** Why it is to end. */
  readonly ended: { readonly error: unknown } | undefined
}

/** Encodes rows and has them pushed: while a chunk is taken, the next is encoded, and no further. */
export class Feed {
  readonly #encoder: ItemEncoder
  readonly #push: (items: Items) => Promise<void>
  /** How many rows were encoded. */
  #row = 0
  #pushing: Promise<void> | undefined

  constructor(encoder: ItemEncoder, push: (items: Items) => Promise<void>) {
    this.#encoder = encoder
    this.#push = push
  }

  /** Until nothing is under way; whatever came of it. */
  async settled(): Promise<void> {
    await this.#pushing?.catch(() => {})
  }

  /** Takes all that a source gives. If it throws, the rows before were pushed, unless the pushing failed, and the source is closed. */
  async take(source: Source, going: Going): Promise<void> {
    let fault: { error: unknown } | undefined
    try {
      for (let more = true; more; ) {
        try {
          more = source.isAsync ? await this.#fillSoon(source, going) : this.#fill(source)
        } catch (error) {
          fault = { error }
          more = false
        }
        await this.#pushing
        if (going.ended !== undefined) return
        this.#hand()
      }
      await this.#pushing
      if (fault !== undefined) throw fault.error
    } catch (error) {
      await source.close(error)
      throw error
    }
  }

  #hand(): void {
    if (this.#encoder.count === 0) return
    this.#pushing = this.#push(this.#encoder.take())
    // It is waited for when the next chunk is encoded; until then nobody needs to know.
    this.#pushing.catch(() => {})
  }

  /** Encodes a chunk. False if there are no more rows. */
  #fill(source: Source): boolean {
    const end = performance.now() + SLICE
    while (this.#hasRoom(end)) {
      const step = source.next()
      if (step.done === true) return false
      this.#add(step.value)
    }
    return true
  }

  async #fillSoon(source: Source, going: Going): Promise<boolean> {
    const end = performance.now() + SLICE
    while (this.#hasRoom(end)) {
      const step = await source.nextSoon()
      if (going.ended !== undefined || step.done === true) return false
      this.#add(step.value)
    }
    return true
  }

  #hasRoom(end: number): boolean {
    const { count, waiting } = this.#encoder
    return count === 0 || (count < CHUNK && waiting < UNITS && performance.now() < end)
  }

  #add(row: unknown): void {
    try {
      this.#encoder.add(row)
    } catch (error) {
      throw placed(error, `[${this.#row}]`)
    }
    this.#row += 1
  }
}
