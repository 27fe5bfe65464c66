/** Finished payload files in a folder. */

import { inspect } from 'node:util'

import { type CallOptions, run } from './abort.js'
import type * as Binding from './binding.js'
import { configError, value } from './errors.js'
import { native } from './native.js'
import { type PathLike, pathOf } from './paths.js'
import { UploadReceipt } from './receipt.js'

/**
 * A file that holds a checked payload, as a {@link PayloadWriter} wrote it. `Client.upload` uploads it.
 *
 * Its size and hash are those of the content when it was written; an upload finds out if they no longer are.
 */
export class PayloadFile {
  readonly #native: Binding.PayloadFile

  private constructor(file: Binding.PayloadFile) {
    if (!(file instanceof native.PayloadFile))
      throw new TypeError('made by PayloadWriter, and found by Batch.open')
    this.#native = file
  }

  /** @internal */
  static of(file: Binding.PayloadFile): PayloadFile {
    return new PayloadFile(file)
  }

  /** What a file stands on; `undefined` of anything else. @internal */
  static nativeOf(file: unknown): Binding.PayloadFile | undefined {
    return typeof file === 'object' && file !== null && #native in file ? file.#native : undefined
  }

  /** Where it is. */
  get path(): string {
    return this.#native.path
  }

  /** Bytes of it. */
  get size(): number {
    return this.#native.size
  }

  /** SHA-256 of its content, in lower-case hexadecimal digits. */
  get sha256(): string {
    return this.#native.sha256
  }

  /** The partner's id in the header. */
  get partner(): string {
    return this.#native.partner
  }

  /** When the payload was made, as the header says: ISO 8601. */
  get createdAt(): string {
    return this.#native.createdAt
  }

  /** How many items with an id are in it. */
  get items(): number {
    return this.#native.items
  }

  /** Key of the S3 object for it: it has the time and the content's hash in it. */
  get objectKey(): string {
    return this.#native.objectKey
  }

  /** What is known of it, as plain data. */
  toJSON(): { path: string; size: number; sha256: string; items: number; objectKey: string } {
    const { path, size, sha256, items, objectKey } = this
    return { path, size, sha256, items, objectKey }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    const { path, items, size } = this
    return `PayloadFile ${inspect({ path, items, size }, options)}`
  }
}

/**
 * A folder of payload files that belong together, in the order in which they are to be uploaded.
 *
 * It survives the program: without its manifest, which is written last, nothing in the folder counts; what was uploaded is noted
 * there, so that after a crash it is known what is left to do. The files hold the access key; where the system can do that, only
 * their owner may read them. {@link Client.uploadBatch} uploads it.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs'
 * import { Batch, PayloadWriter } from 'qlower'
 *
 * const folder = mkdtempSync('batch-')
 * const writer = await PayloadWriter.folder(folder, { partner: 'acme', apiKey: 'k' })
 * await writer.writeTransactions([
 *   { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' },
 * ])
 * await writer.finish()
 *
 * const batch = await Batch.open(folder)
 * console.log(batch.pending.length, batch.pending[0]?.items, batch.uploaded) // 1 1 []
 * await batch.verify()
 * await batch.remove()
 * ```
 */
export class Batch {
  readonly #native: Binding.Batch
  readonly #files: readonly PayloadFile[]

  private constructor(batch: Binding.Batch) {
    if (!(batch instanceof native.Batch))
      throw new TypeError('made by PayloadWriter, and found by Batch.open')
    this.#native = batch
    this.#files = Object.freeze(wrapped(batch.files()))
  }

  /** @internal */
  static of(batch: Binding.Batch): Batch {
    return new Batch(batch)
  }

  /** What a batch stands on; `undefined` of anything else. @internal */
  static nativeOf(batch: unknown): Binding.Batch | undefined {
    return typeof batch === 'object' && batch !== null && #native in batch ? batch.#native : undefined
  }

  /**
   * Opens a finished batch. What is to be uploaded must be there in its full size; {@link verify} looks closer.
   *
   * @param folder its folder.
   * @throws {@link BatchError}, with `isUnfinished` if there is no manifest: it has to be written again. Or if a file is missing, or
   *   not what the manifest says.
   */
  static async open(folder: PathLike, options?: CallOptions): Promise<Batch> {
    const path = pathOf(folder, 'folder')
    return new Batch(
      await run(options, (stop, timeout) => native.Batch.open(path, stop, timeout), 'not_processed'),
    )
  }

  /** The folder. */
  get folder(): string {
    return this.#native.folder
  }

  /** All files, in the order in which they are to be uploaded: what one refers to stands in it or in one before it. */
  get files(): readonly PayloadFile[] {
    return this.#files
  }

  /**
   * The files that are still to be uploaded.
   *
   * @throws {@link BatchError} while the batch is being uploaded or verified, and when it was removed.
   */
  get pending(): PayloadFile[] {
    return wrapped(this.#native.pending())
  }

  /**
   * The files of which it is noted that they were uploaded.
   *
   * @throws {@link BatchError} while the batch is being uploaded or verified, and when it was removed.
   */
  get uploaded(): PayloadFile[] {
    return wrapped(this.#native.uploaded())
  }

  /** What was noted of a file's upload; `null` if it is still to be uploaded. */
  receipt(file: PayloadFile): UploadReceipt | null {
    const known = PayloadFile.nativeOf(file)
    if (known === undefined) throw configError('file', 'must be a PayloadFile')
    const noted = value(this.#native.receipt(known))
    return noted == null ? null : UploadReceipt.of(noted)
  }

  /**
   * Reads all files that are to be uploaded, and compares their hashes with the manifest.
   *
   * @throws {@link BatchError} that names the first file that is not what was written.
   */
  async verify(options?: CallOptions): Promise<void> {
    await run(options, (stop, timeout) => this.#native.verify(stop, timeout), 'not_processed')
  }

  /**
   * Removes the files of the batch from the disk, the manifest first. The folder itself stays.
   *
   * @throws {@link FileError} if something cannot be removed; the next writer clears the rest.
   */
  async remove(): Promise<void> {
    value(await this.#native.remove())
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    const { folder, files } = this
    return `Batch ${inspect({ folder, files: files.length }, options)}`
  }
}

function wrapped(files: Binding.Outcome<Binding.PayloadFile[]>): PayloadFile[] {
  return value(files).map((file) => PayloadFile.of(file))
}
