/** What is known after sending. */

import type { Receipt as NativeReceipt, StatusFacts, Uploaded } from './binding.js'
import { type Certainty, configError, value } from './errors.js'
import { native } from './native.js'
import { Reply, type ReplyJson } from './reply.js'

/** What every receipt knows. */
interface Delivered {
  certainty: Certainty
  attempts: number
  duration: number
  payloadSha256: string
  earlierAttemptMayHaveBeenProcessed: boolean
}

interface Put extends Delivered {
  bucket: string
  key: string
  etag: string | null
  size: number
  alreadyThere: boolean
}

/** What every receipt has as JSON, the same from every language. */
interface DeliveredJson {
  /** See {@link Receipt.certainty}. */
  certainty: Certainty
  /** See {@link Receipt.attempts}. */
  attempts: number
  /** {@link Receipt.duration}, in seconds. */
  duration_seconds: number
  /** See {@link Receipt.payloadSha256}. */
  payload_sha256: string
  /** See {@link Receipt.earlierAttemptMayHaveBeenProcessed}. */
  earlier_attempt_may_have_been_processed: boolean
}

/** A {@link Receipt} as JSON, the same from every language. */
export interface ReceiptJson extends DeliveredJson {
  /** See {@link Receipt.reply}. */
  reply: ReplyJson
}

/** An {@link UploadReceipt} as JSON, the same from every language. */
export interface UploadReceiptJson extends DeliveredJson {
  /** See {@link UploadReceipt.bucket}. */
  bucket: string
  /** See {@link UploadReceipt.key}. */
  key: string
  /** See {@link UploadReceipt.etag}. */
  etag: string | null
  /** See {@link UploadReceipt.size}. */
  size: number
  /** See {@link UploadReceipt.alreadyThere}. */
  already_there: boolean
}

/** An {@link UploadStatus} as JSON, the same from every language. */
export interface UploadStatusJson {
  /** See {@link UploadStatus.status}. */
  status: 'pending' | 'success' | 'failure' | 'unknown'
  /** See {@link UploadStatus.key}. */
  key?: string
  /** See {@link UploadStatus.reason}. */
  reason?: string
}

/**
 * What is known of a payload that was delivered. Made by {@link Client.send}.
 *
 * @example
 * ```ts
 * import { Client, checked, Sandbox } from 'qlower'
 *
 * const rent = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
 * const payload = checked({ partner: 'acme', apiKey: 'k-1', createdAt: '2025-02-01T08:00:00+01:00', transactions: [rent] })
 * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
 * const client = new Client({ environment: sandbox.url })
 * const receipt = await client.send(payload)
 * console.log(receipt.certainty, receipt.attempts, receipt.reply.status) // processed 1 SUCCESS
 * console.log(receipt.payloadSha256 === payload.sha256) // true
 * await client.close()
 * await sandbox.stop()
 * ```
 */
export class Receipt {
  readonly #native: NativeReceipt

  /** Whether Qlower has treated the payload. */
  readonly certainty: Certainty
  /** How many attempts were made, from 1. */
  readonly attempts: number
  /** Milliseconds from the start of the first attempt to the end of the answer, waits included. */
  readonly duration: number
  /** SHA-256 of the bytes that were sent, in lower-case hexadecimal digits. */
  readonly payloadSha256: string
  /**
   * Whether an attempt before the last one may have been treated too. Nothing is created twice then, but the counts of this reply
   * may reflect that items existed already.
   */
  readonly earlierAttemptMayHaveBeenProcessed: boolean
  /** What Qlower answered, its errors tied to the items that were sent. */
  readonly reply: Reply

  private constructor(handle: NativeReceipt) {
    const facts = JSON.parse(value(handle.facts())) as Delivered
    this.#native = handle
    this.certainty = facts.certainty
    this.attempts = facts.attempts
    this.duration = facts.duration
    this.payloadSha256 = facts.payloadSha256
    this.earlierAttemptMayHaveBeenProcessed = facts.earlierAttemptMayHaveBeenProcessed
    this.reply = Reply.of(value(handle.reply()))
  }

  /** @internal */
  static of(handle: NativeReceipt): Receipt {
    return new Receipt(handle)
  }

  /** As plain data, the same from every language. */
  toJSON(): ReceiptJson {
    return JSON.parse(value(this.#native.json())) as ReceiptJson
  }
}

/**
 * The receipt of an upload. Made by {@link Client.upload}. It can be kept as JSON, and asked for its status later.
 *
 * @example
 * ```ts
 * import { Client, Sandbox, UploadReceipt } from 'qlower'
 *
 * const rent = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
 * const payload = { partner: 'acme', apiKey: 'k-1', createdAt: '2025-02-01T08:00:00+01:00', transactions: [rent] }
 * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
 * const client = new Client(sandbox.clientOptions())
 * const kept = JSON.stringify(await client.upload(payload))
 * // Later, perhaps in another program:
 * const receipt = UploadReceipt.fromJSON(kept)
 * const status = await client.waitFor(receipt, { timeout: 10_000 })
 * console.log(receipt.bucket, status.status, status.isFinal) // ql-loader-stg-acme success true
 * await client.close()
 * await sandbox.stop()
 * ```
 */
export class UploadReceipt {
  readonly #json: string

  /** Whether the store has the payload, whole. */
  readonly certainty: Certainty
  /** How many attempts were made, from 1; in parts, the most that any one request took. */
  readonly attempts: number
  /** Milliseconds from the start of the first attempt to the end of the answer, waits included. */
  readonly duration: number
  /** SHA-256 of the bytes that were sent, in lower-case hexadecimal digits. */
  readonly payloadSha256: string
  /** Whether an attempt before the last one may have made the object. */
  readonly earlierAttemptMayHaveBeenProcessed: boolean
  /** Name of the bucket. */
  readonly bucket: string
  /** Key of the object in the bucket. */
  readonly key: string
  /** The store's tag of the content, with its quotation marks; `null` if an earlier upload made the object. */
  readonly etag: string | null
  /** Bytes of the object. */
  readonly size: number
  /** Whether the object, which has this content's hash in its key, was there before the last attempt. */
  readonly alreadyThere: boolean

  private constructor(uploaded: Uploaded) {
    const facts = JSON.parse(uploaded.facts) as Put
    this.#json = uploaded.json
    this.certainty = facts.certainty
    this.attempts = facts.attempts
    this.duration = facts.duration
    this.payloadSha256 = facts.payloadSha256
    this.earlierAttemptMayHaveBeenProcessed = facts.earlierAttemptMayHaveBeenProcessed
    this.bucket = facts.bucket
    this.key = facts.key
    this.etag = facts.etag
    this.size = facts.size
    this.alreadyThere = facts.alreadyThere
  }

  /** @internal */
  static of(uploaded: Uploaded): UploadReceipt {
    return new UploadReceipt(uploaded)
  }

  /**
   * A receipt that was kept.
   *
   * @param kept what {@link toJSON} gave, or its text.
   * @throws {@link ConfigError} if it is no receipt.
   */
  static fromJSON(kept: UploadReceiptJson | string): UploadReceipt {
    return new UploadReceipt(value(native.keptReceipt(keptText(kept))))
  }

  /** As plain data, the same from every language. */
  toJSON(): UploadReceiptJson {
    return JSON.parse(this.#json) as UploadReceiptJson
  }
}

/**
 * A receipt as text, for the native module to read.
 *
 * @internal
 */
export function keptText(receipt: UploadReceipt | UploadReceiptJson | string): string {
  if (typeof receipt === 'string') return receipt
  // What has an iterator or a cycle in it is no receipt either.
  let text: unknown
  try {
    text = JSON.stringify(receipt)
  } catch {}
  if (typeof text === 'string') return text
  throw configError('receipt', 'must be one that upload gave, or its toJSON()')
}

/** What became of an upload, as far as the bucket tells. `toString()` is one line. */
export class UploadStatus {
  readonly #text: string
  readonly #json: string

  /**
   * `pending`: Qlower has not finished with the object. `success`: it loaded every item. `failure`: at least one item was not
   * loaded, the others were; Qlower tells the partner by e-mail what is wrong. `unknown`: it cannot be told.
   */
  readonly status: 'pending' | 'success' | 'failure' | 'unknown'
  /** Where Qlower archived the object, once it is done with it. */
  readonly key: string | null
  /** Why it cannot be told. */
  readonly reason: string | null
  /** Whether Qlower is done with the object. */
  readonly isFinal: boolean

  private constructor(facts: StatusFacts) {
    this.status = facts.status as UploadStatus['status']
    this.key = facts.key ?? null
    this.reason = facts.reason ?? null
    this.isFinal = facts.isFinal
    this.#text = facts.text
    this.#json = facts.json
  }

  /** @internal */
  static of(facts: StatusFacts): UploadStatus {
    return new UploadStatus(facts)
  }

  /** As one line. */
  toString(): string {
    return this.#text
  }

  /** As plain data, the same from every language. */
  toJSON(): UploadStatusJson {
    return JSON.parse(this.#json) as UploadStatusJson
  }
}

/** How far an upload has come. */
export interface UploadProgress {
  /** Bytes that the store has acknowledged. */
  readonly done: number
  /** Bytes in all. */
  readonly total: number
}
