/** Payloads of any size, in constant memory. */

import type { Writable } from 'node:stream'
import { inspect } from 'node:util'

import { type CallOptions, run } from './abort.js'
import { Batch, PayloadFile } from './batch.js'
import type * as Binding from './binding.js'
import { Call } from './call.js'
import { Client } from './client.js'
import { ItemEncoder } from './encode.js'
import { type Certainty, configError, errorOf, isFault, make, value, WriterError } from './errors.js'
import { native } from './native.js'
import { type PathLike, pathOf } from './paths.js'
import { UploadReceipt } from './receipt.js'
import { Report } from './report.js'
import { Feed, open, type Rows } from './rows.js'
import type { Item, Section } from './types.js'
import { type S3Options, settingsOf, type WriterOptions } from './writer-options.js'

/** What is known of the one file that {@link PayloadWriter.file} asked for. */
export interface WrittenFile {
  /** Where it is; `null` while it has no name yet. */
  readonly path: string | null
  /** Bytes of it. */
  readonly size: number
  /** SHA-256 of its content, in lower-case hexadecimal digits. */
  readonly sha256: string
  /** How many items with an id are in it. */
  readonly items: number
}

/** What a finished {@link PayloadWriter} gives. */
export interface Written<
  Receipt = PayloadFile | WrittenFile | UploadReceipt,
  Output = Batch | string | null,
> {
  /** What the check found: warnings at most. */
  readonly report: Report
  /** One for each file, in order. */
  readonly receipts: readonly Receipt[]
  /** The {@link Batch} in the folder, the path of the file, `null` for S3. */
  readonly output: Output
}

/** What each target knows of its files. */
interface Target<Receipt, Output> {
  /** What is known if a call is ended before it is done. */
  readonly certainty: Certainty
  receipt(kept: Binding.Kept): Receipt
  output(written: Binding.Written): Output
}

const FOLDER: Target<PayloadFile, Batch> = {
  certainty: 'not_processed',
  receipt: ({ file }) => PayloadFile.of(file as Binding.PayloadFile),
  output: ({ batch }) => Batch.of(batch as Binding.Batch),
}
const FILE: Target<WrittenFile, string> = {
  certainty: 'not_processed',
  receipt: ({ document }) => Object.freeze(JSON.parse(document as string)),
  output: ({ path }) => path as string,
}
const S3: Target<UploadReceipt, null> = {
  certainty: 'unknown',
  receipt: ({ uploaded }) => UploadReceipt.of(uploaded as Binding.Uploaded),
  output: () => null,
}

/**
 * Writes payloads of any number of items, in constant memory.
 *
 * * **Any order.** What an item refers to stands in the same file or in an earlier one, in whatever order items come.
 * * **Checked.** Each item is checked as it is written. Those with an error are not taken, and told with their rows; the others are
 *   taken, and the writer goes on.
 * * **Whole or not at all.** Nothing has its final name before {@link finish}. {@link discard}, which `await using` calls for a writer
 *   that is not finished, leaves nothing, but for what is in the bucket. So does the end of the program.
 * * **The same again.** The same header and the same items in the same order give the same bytes, and so the same object keys.
 * * **Back-pressure.** While a chunk of rows is checked and written, the next one is encoded, and no more are read until it can be
 *   handed over.
 *
 * Calls that write may overlap: then chunks of their rows take turns. {@link finish} is refused while one is under way.
 *
 * @typeParam Receipt what is known of each file.
 * @typeParam Output what {@link finish} gives besides.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs'
 * import { PayloadWriter } from 'qlower'
 *
 * function* rows() {
 *   for (let n = 0; n < 1000; n++) {
 *     yield { id: `T${n}`, date: '2025-01-31', propertyId: 'P1', amount: '850.00', reference: 'Loyer janvier' }
 *   }
 * }
 *
 * const writer = await PayloadWriter.folder(mkdtempSync('batch-'), {
 *   partner: 'acme',
 *   apiKey: 'key',
 *   createdAt: '2025-02-01T03:00:00+01:00',
 * })
 * await writer.writeTransactions(rows())
 * const written = await writer.finish()
 * console.log(written.receipts[0]?.items) // 1000
 * ```
 */
export class PayloadWriter<
  Receipt = PayloadFile | WrittenFile | UploadReceipt,
  Output = Batch | string | null,
> {
  readonly #native: Binding.PayloadWriter
  readonly #target: Target<Receipt, Output>
  readonly #onFile: ((receipt: Receipt) => unknown) | undefined
  readonly #single = new Map<Section, { encoder: ItemEncoder; rows: Binding.Rows }>()
  /** Calls that are under way. */
  readonly #calls = new Set<Call>()
  #finished: Promise<Written<Receipt, Output>> | undefined
  #written: Written<Receipt, Output> | undefined
  /** Of so many files the callback was told. */
  #told = 0

  private constructor(
    writer: Binding.PayloadWriter,
    target: Target<Receipt, Output>,
    onFile: ((receipt: Receipt) => unknown) | undefined,
  ) {
    if (!(writer instanceof native.PayloadWriter)) {
      throw new TypeError('made by PayloadWriter.folder, PayloadWriter.file and PayloadWriter.s3')
    }
    this.#native = writer
    this.#target = target
    this.#onFile = onFile
  }

  /**
   * One that writes files into a folder, made if need be, which become a {@link Batch}.
   *
   * @param folder the folder.
   * @throws {@link ValidationError} if the header has an error.
   * @throws {@link BatchError} if the folder holds a finished batch or foreign files, or another writer is at work there.
   */
  static async folder(folder: PathLike, options: WriterOptions): Promise<PayloadWriter<PayloadFile, Batch>> {
    const [path, settings] = [pathOf(folder, 'folder'), settingsOf(options)]
    return new PayloadWriter(
      await run(
        options,
        (stop, timeout) => native.PayloadWriter.folder(path, settings, stop, timeout),
        'not_processed',
      ),
      FOLDER,
      undefined,
    )
  }

  /**
   * One that writes one file, which has its name once it is whole; what was there before is replaced.
   *
   * @param path the file.
   * @throws {@link ValidationError} if the header has an error.
   * @throws {@link FileError} if nothing can be written there.
   */
  static async file(path: PathLike, options: WriterOptions): Promise<PayloadWriter<WrittenFile, string>> {
    const [file, settings] = [pathOf(path, 'path'), settingsOf(options)]
    return new PayloadWriter(
      await run(
        options,
        (stop, timeout) => native.PayloadWriter.file(file, settings, stop, timeout),
        'not_processed',
      ),
      FILE,
      undefined,
    )
  }

  /**
   * One that uploads each file as soon as it is full.
   *
   * A file is in the bucket whole or not at all. Files that were uploaded stay there whatever happens afterwards, and Qlower loads
   * them; who wants all files or none writes them into a {@link folder} first.
   *
   * @param client uploads the files. It must not be another partner's.
   * @throws {@link ValidationError} if the header has an error.
   * @throws {@link ConfigError} if the client is another partner's.
   */
  static async s3(client: Client, options: S3Options): Promise<PayloadWriter<UploadReceipt, null>> {
    if (!(client instanceof Client)) throw configError('client', 'must be a Client')
    const [uploader, settings] = [Client.nativeOf(client), settingsOf(options, true)]
    return new PayloadWriter(
      await run(
        options,
        (stop, timeout) => native.PayloadWriter.s3(uploader, settings, stop, timeout),
        'not_processed',
      ),
      S3,
      options.onFile ?? undefined,
    )
  }

  /**
   * Writes one item, and resolves when it was taken. For many, {@link writeRows} is far quicker.
   *
   * @param section where it belongs, such as `transactions`.
   * @param item the item, by readable names or wire keys.
   * @throws {@link ValidationError} if the item has an error: it was not taken, and the writer goes on.
   * @throws {@link WriterError} says why it cannot be taken.
   */
  async write<S extends Section>(section: S, item: Item<S>, options?: CallOptions): Promise<void> {
    const { encoder, rows } = this.#one(section)
    encoder.add(item)
    const items = encoder.take()
    await this.#during(options, (call) => this.#taken(rows.pushOne(items, call.stop)))
  }

  /**
   * Writes many items, and resolves when all were seen.
   *
   * Rows are asked for as they can be taken. A source that is not read to its end, because of an error or an abort, is told so:
   * `return()` of an iterator is called, a stream is destroyed. What it throws is thrown here; the rows before were taken.
   *
   * @param section where they belong, such as `transactions`.
   * @param rows an array or any other iterable or async iterable, such as a generator, a cursor or a stream in object mode.
   * @throws {@link ValidationError} once all rows were seen, with what is wrong with those that were not taken, and their rows. The
   *   others were taken, and the writer goes on.
   * @throws {@link WriterError} at the first row that cannot be placed, with its `row`; those before it were taken.
   * @throws TypeError at the first row that has no form in a payload, such as a function; those before it were taken.
   * @throws {@link AbortError} if the signal is aborted. Some of the rows were taken, and the writer can be used further.
   */
  async writeRows<S extends Section>(section: S, rows: Rows<Item<S>>, options?: CallOptions): Promise<void> {
    await this.#during(options, async (call) => {
      const [taker, encoder] = [this.#rows(section), new ItemEncoder(section)]
      const source = open(rows)
      const feed = new Feed(encoder, (items) => this.#taken(taker.push(items, call.stop)))
      const done = feed.take(source, call)
      // Once it was ended, what becomes of the rest is of no interest.
      done.catch(() => {})
      await Promise.race([done, call.ending()])
      if (call.ended !== undefined) {
        await feed.settled()
        await source.close(call.ended.error)
        throw call.ended.error
      }
      value(taker.finish())
    })
  }

  /** Writes many declarants; see {@link writeRows}. */
  async writeDeclarants(rows: Rows<Item<'declarants'>>, options?: CallOptions): Promise<void> {
    await this.writeRows('declarants', rows, options)
  }

  /** Writes many properties; see {@link writeRows}. */
  async writeProperties(rows: Rows<Item<'properties'>>, options?: CallOptions): Promise<void> {
    await this.writeRows('properties', rows, options)
  }

  /** Writes many transactions; see {@link writeRows}. */
  async writeTransactions(rows: Rows<Item<'transactions'>>, options?: CallOptions): Promise<void> {
    await this.writeRows('transactions', rows, options)
  }

  /** Writes many documents; see {@link writeRows}. */
  async writeDocuments(rows: Rows<Item<'documents'>>, options?: CallOptions): Promise<void> {
    await this.writeRows('documents', rows, options)
  }

  /** Writes many entries of the `clients` layout; see {@link writeRows}. */
  async writeClients(rows: Rows<Item<'clients'>>, options?: CallOptions): Promise<void> {
    await this.writeRows('clients', rows, options)
  }

  /**
   * A stream in object mode that takes rows, for `pipeline` of `node:stream/promises`. It ends when all were taken; what is wrong
   * with those that were not, it says then, as {@link writeRows} does. Destroyed, it leaves the writer as it is, with the rows that were
   * taken until then.
   *
   * @param section where they belong, such as `transactions`.
   *
   * @example
   * ```ts
   * import { mkdtempSync } from 'node:fs'
   * import { Readable } from 'node:stream'
   * import { pipeline } from 'node:stream/promises'
   * import { PayloadWriter } from 'qlower'
   *
   * const rows = [{ id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }]
   * const writer = await PayloadWriter.folder(mkdtempSync('batch-'), { partner: 'acme', apiKey: 'key' })
   * await pipeline(Readable.from(rows), writer.stream('transactions'))
   * const { output: batch } = await writer.finish()
   * console.log(batch.files.length) // 1
   * ```
   */
  stream(section: Section, options?: CallOptions): Writable {
    // Read when it is needed: streams of Node take their time to load.
    const { RowStream } = require('./stream.js') as typeof import('./stream.js')
    const [taker, encoder, call] = [this.#rows(section), new ItemEncoder(section), new Call()]
    return new RowStream({
      call,
      feed: new Feed(encoder, (items) => this.#taken(taker.push(items, call.stop))),
      watch: () => call.watch(options, this.#target.certainty),
      busy: (isBusy) => this.#busy(call, isBusy),
      finish: () => value(taker.finish()),
    })
  }

  /** How many items of a section were taken so far. While rows are being written, those of the chunks that were. */
  pushed(section: Section): number {
    return value(this.#native.pushed(section))
  }

  /** Bytes of memory that hold what is remembered of the items. */
  get indexBytes(): number {
    return this.#native.indexBytes
  }

  /** What is known of the files that were handed on so far, in order. */
  get receipts(): readonly Receipt[] {
    return this.#written?.receipts ?? this.#receipts(0)
  }

  /** What {@link finish} gave; `null` before that. */
  get written(): Written<Receipt, Output> | null {
    return this.#written ?? null
  }

  /**
   * Writes what still waits, and finishes: only then do the files have their names. Calling it again gives the same.
   *
   * @throws {@link ValidationError} if strict checking found something in the end, such as a reference without a target. Nothing is
   *   kept then.
   * @throws {@link WriterError} while rows are being written, which goes on; and if the writer was discarded.
   */
  async finish(options?: CallOptions): Promise<Written<Receipt, Output>> {
    if (this.#finished === undefined) {
      if (this.#calls.size > 0) {
        throw make(WriterError, 'rows are still being written: wait for that before finishing', {})
      }
      this.#finished = this.#finish(options)
      this.#finished.catch(() => {
        this.#finished = undefined
      })
    }
    return await this.#finished
  }

  /** Gives up: nothing is left of what was written, but for what is in the bucket. Without effect once it is finished. */
  async discard(): Promise<void> {
    const { certainty } = this.#target
    for (const call of this.#calls) call.end(make(WriterError, 'the writer was discarded', { certainty }))
    // One that is finishing is let finish.
    await this.#finished?.catch(() => {})
    value(await this.#native.discard())
  }

  /** Discards a writer that is not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard()
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    const shown = { isFinished: this.#written !== undefined, receipts: this.receipts.length }
    return `PayloadWriter ${inspect(shown, options)}`
  }

  async #finish(options: CallOptions | undefined): Promise<Written<Receipt, Output>> {
    const written = await run(
      options,
      (stop, timeout) => this.#native.finish(stop, timeout),
      this.#target.certainty,
    ).catch((error: unknown) => {
      // Those that are in the bucket are there all the same.
      this.#tell(error)
      throw error
    })
    this.#written = Object.freeze({
      report: Report.of(written.report),
      receipts: Object.freeze(written.receipts.map((kept) => this.#target.receipt(kept))),
      output: this.#target.output(written),
    })
    this.#tell()
    return this.#written
  }

  #one(section: Section): { encoder: ItemEncoder; rows: Binding.Rows } {
    let one = this.#single.get(section)
    if (one === undefined) {
      one = { rows: this.#rows(section), encoder: new ItemEncoder(section) }
      this.#single.set(section, one)
    }
    return one
  }

  #rows(section: Section): Binding.Rows {
    if (typeof section !== 'string') throw configError('section', 'must be a string')
    return value(this.#native.rows(section))
  }

  #receipts(from: number): Receipt[] {
    return value(this.#native.receipts(from)).map((kept) => this.#target.receipt(kept))
  }

  /** Waits until items were taken. */
  async #taken(pushed: Promise<Binding.Outcome<undefined>>): Promise<void> {
    const outcome = await pushed
    this.#tell()
    if (isFault(outcome)) throw errorOf(outcome)
  }

  /** Tells of files that are in the bucket. */
  #tell(instead?: unknown): void {
    if (this.#onFile === undefined) return
    for (const receipt of this.#receipts(this.#told)) {
      this.#told += 1
      try {
        this.#onFile(receipt)
      } catch (error) {
        if (instead === undefined) throw error
      }
    }
  }

  #busy(call: Call, isBusy: boolean): void {
    if (isBusy) this.#calls.add(call)
    else this.#calls.delete(call)
  }

  async #during(options: CallOptions | undefined, work: (call: Call) => Promise<void>): Promise<void> {
    const call = new Call()
    const unwatch = call.watch(options, this.#target.certainty)
    this.#calls.add(call)
    try {
      await work(call)
    } catch (error) {
      throw call.ended === undefined ? error : call.ended.error
    } finally {
      this.#calls.delete(call)
      unwatch()
    }
  }
}
