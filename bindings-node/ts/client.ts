/** The client. */

import { inspect } from 'node:util'

import { type CallOptions, limitsOf, run, throwIfAborted } from './abort.js'
import { Batch, PayloadFile } from './batch.js'
import type { Client as NativeClient, PayloadFile as NativeFile, Stop } from './binding.js'
import { Environment } from './environment.js'
import { configError, QlowerError, value } from './errors.js'
import { checkedOfAsync, type Source } from './input.js'
import { native } from './native.js'
import { count, known } from './options.js'
import { telling } from './progress.js'
import {
  keptText,
  Receipt,
  type UploadProgress,
  UploadReceipt,
  type UploadReceiptJson,
  UploadStatus,
} from './receipt.js'
import { SentAll } from './sent.js'
import { type ClientOptions, settingsOf } from './settings.js'
import { Part, Parts, splitAsync } from './split.js'

/** How parts are sent. */
export interface SendAllOptions extends CallOptions {
  /** How many parts are under way at once. Default: 4. */
  concurrency?: number | null | undefined
  /**
   * `stop` begins nothing more after a failure, `continue` goes on with what does not need the failed part. Default: `stop`.
   */
  onFailure?: 'stop' | 'continue' | null | undefined
}

/** How something is uploaded. */
export interface UploadOptions extends CallOptions {
  /** Another key. An object that is there already is then an error. Default: one with the content's hash in it. */
  key?: string | null | undefined
  /** Looks first whether an earlier run has uploaded it, also where Qlower moves what it has loaded. Default: `false`. */
  resume?: boolean | null | undefined
  /**
   * Is called at the start, whenever the store has acknowledged a part, and at the end, by the event loop. What it throws, or what
   * its promise is rejected with, ends the upload, which is then rejected with it.
   */
  onProgress?: ((progress: UploadProgress) => unknown) | null | undefined
}

/** How a batch is uploaded. */
export interface UploadBatchOptions extends CallOptions {
  /**
   * Is called at the start of each file, whenever the store has acknowledged a part of it, and at its end, by the event loop. What it
   * throws, or what its promise is rejected with, ends the upload, which is then rejected with it.
   */
  onProgress?: ((progress: BatchProgress) => unknown) | null | undefined
}

/** How far the upload of a batch has come. */
export interface BatchProgress extends UploadProgress {
  /** Which file is being uploaded: counted from 0 among those of this call. */
  readonly file: number
}

/** How long {@link Client.waitFor} waits. */
export interface WaitOptions {
  /** How many milliseconds at most. What was seen last is then the result: this is no error. */
  timeout: number
  /** Ends the waiting when it is aborted, with an {@link AbortError}. */
  signal?: AbortSignal | null | undefined
}

const CALL = new Set(['signal', 'timeout'])
const SEND_ALL = new Set([...CALL, 'concurrency', 'onFailure'])
const UPLOAD = new Set([...CALL, 'key', 'resume', 'onProgress'])
const UPLOAD_BATCH = new Set([...CALL, 'onProgress'])

/**
 * Sends checked payloads to one environment of Qlower.
 *
 * Calls do not hold up the event loop, and any number may be under way at once; they share the connections. A client may be made in
 * any worker thread. It shows no secret.
 *
 * @example
 * ```ts
 * import { Client } from 'qlower'
 *
 * const client = new Client({ environment: 'staging', partner: 'acme', apiKey: 'k-1' })
 * console.log(client) // Client { environment: 'staging', partner: 'acme', apiKey: '***' }
 * await client.close()
 * ```
 */
export class Client {
  readonly #native: NativeClient
  readonly #environment: Environment
  readonly #shown: Record<string, unknown>
  #isClosed = false

  /**
   * Makes a client. Nothing is sent or connected yet.
   *
   * @throws {@link ConfigError} if a setting cannot be used, or does not exist; it names the setting.
   */
  constructor(options?: ClientOptions | null) {
    const settings = settingsOf(options)
    this.#native = value(native.openClient(settings))
    const { environment, partner, apiKey } = options ?? {}
    this.#environment =
      environment instanceof Environment
        ? environment
        : new Environment(value(this.#native.environment()).text)
    this.#shown = {
      environment: this.#environment.toString(),
      ...(partner != null && { partner }),
      ...(apiKey != null && { apiKey: '***' }),
    }
  }

  /**
   * What it stands on. Throws if it is closed.
   *
   * @internal
   */
  static nativeOf(client: Client): NativeClient {
    return client.#open()
  }

  /** Where this client sends to. */
  get environment(): Environment {
    return this.#environment
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * Checks a payload, sends it by REST, and waits until Qlower has treated it.
   *
   * Failures that may pass are tried again. A reply in which items failed is a receipt, not an error.
   *
   * @param source a payload in any form, or what was checked, which is not checked again. It must not be changed meanwhile.
   * @throws {@link ValidationError} before anything leaves, with the whole report.
   * @throws {@link QlowerError}: one of its kinds; its `certainty` tells whether Qlower may have treated the payload.
   *
   * @example
   * ```ts
   * import { Client, Sandbox } from 'qlower'
   *
   * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
   * const client = new Client({ environment: sandbox.url, partner: 'acme' })
   * const receipt = await client.send({
   *   partner: 'acme',
   *   apiKey: 'k-1',
   *   createdAt: new Date(),
   *   transactions: [{ id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: '850.50', reference: 'Loyer' }],
   * })
   * console.log(receipt.reply.successCount) // 1
   * await client.close()
   * await sandbox.stop()
   * ```
   */
  async send(source: Source, options?: CallOptions | null): Promise<Receipt> {
    const open = this.#open()
    const limits = limitsOf(known(options, CALL))
    const began = performance.now()
    const checked = await checkedOfAsync(source, limits)
    const send = (stop: Stop, timeout?: number) => open.send(checked, stop, timeout)
    return Receipt.of(await run(limits, send, 'unknown', began))
  }

  /**
   * Sends a payload in parts, several at once, each after those that it needs; and says of each what became of it.
   *
   * @param source parts, as `split` makes them, or a payload, which is cut by its defaults.
   * @throws {@link ValidationError} if a payload is given that has errors. Failures of parts are told, not thrown.
   * @throws {@link AbortError} and {@link TimeoutError} if it is ended before: it is then not known what became of the parts.
   */
  async sendAll(source: Parts | Source, options?: SendAllOptions | null): Promise<SentAll> {
    const open = this.#open()
    const { concurrency, onFailure } = known(options, SEND_ALL) ?? {}
    const atOnce = concurrency == null ? undefined : count('concurrency', concurrency)
    if (onFailure != null && typeof onFailure !== 'string') {
      throw configError('onFailure', 'must be "stop" or "continue"')
    }
    const limits = limitsOf(options)
    const began = performance.now()
    throwIfAborted(limits)
    const parts = source instanceof Parts ? source : await splitAsync(source, limits)
    const handles = parts.map((part) => Part.held(part))
    const sent = await run(
      limits,
      (stop, timeout) => open.sendAll(handles, atOnce, onFailure ?? undefined, stop, timeout),
      'unknown',
      began,
    )
    return SentAll.of(sent)
  }

  /**
   * Checks a payload and uploads it to the partner's bucket by S3. Its arrival starts a load on Qlower's side.
   *
   * The key has the content's hash in it, and the object is made only if there is none with this key: the same payload is in the
   * bucket once, however often the answer to an upload is lost.
   *
   * @param source what {@link send} takes, or a {@link PayloadFile}, which is read as it is uploaded.
   * @throws {@link QlowerError}: one of its kinds; {@link StoreError} tells what to do about a refusal.
   *
   * @example
   * ```ts
   * import { Client, Sandbox } from 'qlower'
   *
   * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
   * const client = new Client(sandbox.clientOptions())
   * const rent = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
   * const payload = { partner: 'acme', apiKey: 'k-1', createdAt: '2025-02-01T08:00:00+01:00', transactions: [rent] }
   * const receipt = await client.upload(payload, {
   *   onProgress: ({ done, total }) => console.log(`${done} of ${total} bytes`),
   * })
   * const status = await client.waitFor(receipt, { timeout: 10_000 })
   * console.log(status.status) // success
   * await client.close()
   * await sandbox.stop()
   * ```
   */
  async upload(source: Source | PayloadFile, options?: UploadOptions | null): Promise<UploadReceipt> {
    const open = this.#open()
    const { key, resume, onProgress } = known(options, UPLOAD) ?? {}
    if (key != null && typeof key !== 'string') throw configError('key', 'must be a string')
    if (resume != null && typeof resume !== 'boolean') throw configError('resume', 'must be true or false')
    const tell = callable(onProgress)
    const settings = { ...(key != null && { key }), resume: resume === true }
    const limits = limitsOf(options)
    const began = performance.now()
    const file = PayloadFile.nativeOf(source)
    const checked = file === undefined ? await checkedOfAsync(source as Source, limits) : undefined
    const uploaded = await telling(tell && (({ done, total }) => tell({ done, total })), (progress, alsoBy) =>
      run(
        limits,
        (stop, timeout) => {
          alsoBy(stop)
          if (checked !== undefined) return open.upload(checked, settings, progress, stop, timeout)
          return (file as NativeFile).upload(open, settings, progress, stop, timeout)
        },
        'unknown',
        began,
      ),
    )
    return UploadReceipt.of(uploaded)
  }

  /**
   * Uploads the files of a batch that are not yet noted as uploaded, one after the other, and notes each on the disk once it is in the
   * bucket.
   *
   * After a crash, at whatever moment, {@link Batch.open} and another call finish the job without a second copy: what is noted is not
   * uploaded again; what was uploaded but not noted any more is recognised, by its key or, if Qlower has moved it meanwhile, by a look
   * at where it moves it to. That look needs permission to list; without it, such a file is loaded a second time, which creates
   * nothing.
   *
   * @param batch the batch. It cannot be looked at or changed meanwhile.
   * @returns a receipt for each file that was uploaded by this call, in order.
   * @throws {@link QlowerError}, as {@link upload}; what was uploaded before is noted. A file that is no longer what was written is not
   *   uploaded.
   * @throws {@link BatchError} if the batch was removed, or is being uploaded already.
   *
   * @example
   * ```ts
   * import { mkdtempSync } from 'node:fs'
   * import { Client, PayloadWriter, Sandbox } from 'qlower'
   *
   * const writer = await PayloadWriter.folder(mkdtempSync('batch-'), { partner: 'acme', apiKey: 'k-1', maxItems: 1 })
   * await writer.writeTransactions([
   *   { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' },
   *   { id: 'T2', date: '2025-02-28', propertyId: 'P1', amount: 850, reference: 'Loyer' },
   * ])
   * const { output: batch } = await writer.finish()
   *
   * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
   * const client = new Client(sandbox.clientOptions())
   * const receipts = await client.uploadBatch(batch)
   * console.log(receipts.length, batch.pending.length) // 2 0
   * await client.close()
   * await sandbox.stop()
   * ```
   */
  async uploadBatch(batch: Batch, options?: UploadBatchOptions | null): Promise<UploadReceipt[]> {
    const open = this.#open()
    const { onProgress } = known(options, UPLOAD_BATCH) ?? {}
    const handle = Batch.nativeOf(batch)
    if (handle === undefined) throw configError('batch', 'must be a Batch')
    const tell = callable(onProgress)
    const limits = limitsOf(options)
    const uploaded = await telling(
      tell && (({ file, done, total }) => tell({ file, done, total })),
      (progress, alsoBy) =>
        run(limits, (stop, timeout) => {
          alsoBy(stop)
          return handle.upload(open, progress, stop, timeout)
        }),
    )
    return uploaded.map((receipt) => UploadReceipt.of(receipt))
  }

  /**
   * Looks where an uploaded object is by now: Qlower moves it when it has loaded it.
   *
   * @param receipt what {@link upload} gave, or its JSON.
   * @throws {@link QlowerError} if the store could not be asked. That it may not be asked is no error, but `unknown`.
   */
  async uploadStatus(
    receipt: UploadReceipt | UploadReceiptJson | string,
    options?: CallOptions | null,
  ): Promise<UploadStatus> {
    const open = this.#open()
    const limits = limitsOf(known(options, CALL))
    const text = keptText(receipt)
    // Nothing is sent by looking.
    const status = await run(
      limits,
      (stop, timeout) => open.uploadStatus(text, stop, timeout),
      'not_processed',
    )
    return UploadStatus.of(status)
  }

  /**
   * Looks again and again until Qlower is done with an uploaded object, or time is up; gives what was seen last.
   *
   * The waits grow from a quarter of a second to 15 s. If the credentials may not list, it does not wait at all.
   *
   * @param receipt what {@link upload} gave, or its JSON.
   * @throws {@link QlowerError} if the store could not be asked.
   */
  async waitFor(
    receipt: UploadReceipt | UploadReceiptJson | string,
    options: WaitOptions,
  ): Promise<UploadStatus> {
    const open = this.#open()
    const { timeout, signal } = known(options, CALL) ?? {}
    if (typeof timeout !== 'number')
      throw configError('timeout', 'must be a number of milliseconds, 0 or more')
    const text = keptText(receipt)
    const status = await run({ signal }, (stop) => open.waitFor(text, timeout, stop), 'not_processed')
    return UploadStatus.of(status)
  }

  /** Closes the connections. What is under way goes on; another call then is an error; closing again is none. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#native.close()
  }

  /** Closes the client at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What may be logged. */
  toJSON(): Record<string, unknown> {
    return { ...this.#shown }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    return `Client ${inspect(this.#shown, options)}`
  }

  #open(): NativeClient {
    if (this.#isClosed) throw new QlowerError('the client is closed')
    return this.#native
  }
}

function callable<F extends (...args: never[]) => unknown>(given: F | null | undefined): F | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'function') throw configError('onProgress', 'must be a function')
  return given
}
