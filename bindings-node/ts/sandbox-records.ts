/** What a sandbox tells: faults, requests, objects, and what was loaded. */

import type { SandboxLoaded } from './binding.js'
import { value } from './errors.js'
import type { ModelName } from './types.js'

/** The name of a model that items have: that of their section, or a word of its own. */
export type ItemModel = Exclude<ModelName, 'payload'>

/** A fault of {@link Sandbox.failNext} that takes no parameters; {@link SandboxFault} tells what they do. */
export type PlainSandboxFault =
  | 'timeout'
  | 'reset_before_processing'
  | 'reset_after_processing'
  | 'close_before_processing'
  | 'internal_server_error'
  | 'bad_gateway'
  | 'service_unavailable'
  | 'truncated_body'

/**
 * A way in which one load goes wrong; see {@link Sandbox.failNext}.
 *
 * | name                      | what happens                                            | treated |
 * | ------------------------- | ------------------------------------------------------- | ------- |
 * | `timeout`                 | no answer, until the client gives up                    | no      |
 * | `reset_before_processing` | the connection is reset (TCP RST)                       | no      |
 * | `reset_after_processing`  | the connection is reset instead of an answer            | yes     |
 * | `close_before_processing` | the connection is closed (TCP FIN) without an answer    | no      |
 * | `too_many_requests`       | 429; `retryAfter`: milliseconds, a `Date`, or none      | no      |
 * | `internal_server_error`   | 500 in the documented form                              | no      |
 * | `bad_gateway`             | 502 with a page of HTML, as a proxy does                | no      |
 * | `service_unavailable`     | 503 with an empty body                                  | no      |
 * | `slow`                    | the right answer, late by `delay` milliseconds          | yes     |
 * | `truncated_body`          | 200, and then half of the body                          | yes     |
 * | `status`                  | this `status` with an empty body                        | no      |
 *
 * After a fault that treats, the items are loaded although the client saw a failure. The header that
 * `retryAfter` becomes counts whole seconds: other milliseconds are refused, those of a `Date` are cut off.
 */
export type SandboxFault =
  | { readonly name: PlainSandboxFault }
  | { readonly name: 'too_many_requests'; readonly retryAfter?: number | Date | null | undefined }
  | { readonly name: 'slow'; readonly delay: number }
  | { readonly name: 'status'; readonly status: number }

/** A fault of {@link Sandbox.failNextS3} that takes no parameters; {@link S3Fault} tells what they do. */
export type PlainS3Fault =
  | 'slow_down'
  | 'internal_error'
  | 'internal_error_inside_200'
  | 'access_denied'
  | 'invalid_access_key_id'
  | 'signature_does_not_match'
  | 'expired_token'
  | 'request_time_too_skewed'
  | 'no_such_bucket'
  | 'precondition_failed'
  | 'conditional_request_conflict'
  | 'not_implemented'
  | 'reset_during_put'
  | 'lost_put_reply'
  | 'lost_complete_reply'
  | 'timeout'
  | 'vanish'

/**
 * A way in which one request to the S3 side goes wrong; see {@link Sandbox.failNextS3}.
 *
 * `slow_down` (503), `internal_error` (500), `internal_error_inside_200` (of completing an upload),
 * `access_denied`, `invalid_access_key_id`, `signature_does_not_match`, `expired_token`,
 * `request_time_too_skewed`, `no_such_bucket`, `permanent_redirect` (to `region`), `precondition_failed` (412),
 * `conditional_request_conflict` (409), `not_implemented` (501, to a conditional write), `reset_during_part` (of
 * `partNumber`, from 1), `reset_during_put`, `lost_put_reply` and `lost_complete_reply` (stored, then the
 * connection is reset), `slow` (done, and answered late by `delay` milliseconds), `timeout` (never answered),
 * `vanish` (the port is closed until {@link Sandbox.restoreS3}).
 */
export type S3Fault =
  | { readonly name: PlainS3Fault }
  | { readonly name: 'permanent_redirect'; readonly region: string }
  | { readonly name: 'reset_during_part'; readonly partNumber: number }
  | { readonly name: 'slow'; readonly delay: number }

/** What a request to the S3 side asks for. */
export type S3Operation =
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'HeadObject'
  | 'GetObject'
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'ListMultipartUploads'
  | 'DeleteObject'
  | 'Other'

/** Something that the key of a partner may be allowed to do. */
export type S3Permission = 'put' | 'abort' | 'list' | 'head' | 'get'

/** Where an object is: `pending` at the root, `success`, `failure`, or `elsewhere`, by the folder in its key. */
export type ObjectState = 'pending' | 'success' | 'failure' | 'elsewhere'

/** One request as the sandbox saw it. It holds no content and no access key. */
export interface SandboxRequest {
  /** Method, such as `POST`. */
  readonly method: string
  /** Path without the query, at most its first 200 characters. */
  readonly path: string
  /** How many bytes of body were received. */
  readonly bodyLength: number
  /** Their SHA-256, in lower-case hexadecimal digits; that of a `Checked` if it is what was sent. */
  readonly bodySha256: string
  /** The partner that the payload names, if the sandbox knows it. Its key may have been wrong. */
  readonly partner: string | null
  /** When it had been received, by this machine's clock. */
  readonly at: Date
  /** Whether the load was treated, that is: reached the items. */
  readonly processed: boolean
  /** The HTTP status of the answer; `null` after a fault, or if the client went away. */
  readonly status: number | null
  /** The fault that fired. */
  readonly fault: SandboxFault | null
}

/** One request to the S3 side. It holds no content and no secret. */
export interface S3Request {
  /** What was asked. */
  readonly operation: S3Operation
  /** The bucket in the request's path; empty where there is none. */
  readonly bucket: string
  /** The key in the request's path, at most its first 1024 characters; empty if about a bucket. */
  readonly key: string
  /** Number of the part, from 1, for `UploadPart`. */
  readonly partNumber: number | null
  /** Whether the write was conditional (`If-None-Match`). */
  readonly conditional: boolean
  /** How many bytes of body were received, the framing of signed chunks included. */
  readonly bodyLength: number
  /** When its head had been received, by this machine's clock. */
  readonly at: Date
  /** The HTTP status of the answer; `null` after a fault, or if the connection ended before. */
  readonly status: number | null
  /** The fault that fired. */
  readonly fault: S3Fault | null
}

/** One object of a bucket at one moment. */
export interface StoredObject {
  /** Its key now. */
  readonly key: string
  /** Its size in bytes. */
  readonly size: number
  /** Its ETag without the quotes: the MD5 of its bytes, or that of its parts, a hyphen, their number. */
  readonly etag: string
  /** SHA-256 of its bytes, in lower-case hexadecimal digits. */
  readonly sha256: string
  /** Its `Content-Type`, if one was given. */
  readonly contentType: string | null
  /** Where it is by now. */
  readonly state: ObjectState
}

/** An upload in parts that is neither complete nor given up. */
export interface OpenUpload {
  /** The key that it will have. */
  readonly key: string
  /** The id that the store gave it. */
  readonly uploadId: string
  /** Number, from 1, and size in bytes of each part so far, in order. */
  readonly parts: ReadonlyArray<{ readonly number: number; readonly size: number }>
}

/** One load of a file that had arrived. */
export interface S3Load {
  /** Whose bucket it was. */
  readonly partner: string
  /** The key under which the file arrived. */
  readonly key: string
  /** Its key since. */
  readonly movedTo: string
  /** When it was loaded, by this machine's clock. */
  readonly at: Date
  /** `success`, or `failure` if one item failed or the file was refused as a whole. */
  readonly state: ObjectState
  /** How many items were loaded; 0 for a file refused as a whole. */
  readonly successCount: number
  /** How many items failed; 0 for a file refused as a whole. */
  readonly failedCount: number
  /** What the REST endpoint would have answered, as JSON. */
  readonly reply: string
}

/** One item that was created. */
export interface LoadedItem {
  /** Its model, by the name of its section: `transactions`. */
  readonly model: ItemModel
  /** Its id. */
  readonly id: string
  /** E-mail address of the account that it belongs to, in the `clients` layout. */
  readonly account: string | null
  /** ModelName and id of the item that it stood in: of an associate, its declarant. */
  readonly parent: { readonly model: ItemModel; readonly id: string } | null
  /** What was sent, in its wire form, without the items that stand in it. */
  readonly data: { readonly [key: string]: unknown }
}

/** An account that the `clients` layout created. */
export interface LoadedAccount {
  /** E-mail address in lower case: what identifies an account here. */
  readonly email: string
  /** The `client` block, in its wire form. */
  readonly data: { readonly [key: string]: unknown }
}

/** So many items are taken over at once. */
const BATCH = 1000

/** What a partner has loaded: a snapshot, which later loads do not change. To iterate gives every item. */
export class Loaded {
  readonly #native: SandboxLoaded

  private constructor(native: SandboxLoaded) {
    this.#native = native
  }

  /** @internal */
  static of(native: SandboxLoaded): Loaded {
    return new Loaded(native)
  }

  /** How many items there are, of all models. */
  get size(): number {
    return this.#native.size()
  }

  /** Whether neither an item nor an account was created. */
  get isEmpty(): boolean {
    return this.#native.isEmpty()
  }

  /** Every item, in the order of creation. */
  *[Symbol.iterator](): IterableIterator<LoadedItem> {
    for (let from = 0; from < this.size; from += BATCH)
      yield* read<LoadedItem[]>(this.#native.items(from, BATCH))
  }

  /**
   * How many items of a model there are.
   *
   * @throws {@link ConfigError} for the name of no model
   */
  count(model: ItemModel): number {
    return value(this.#native.count(`${model}`))
  }

  /**
   * One item, or `undefined`. Where several accounts use the same id, that of the first.
   *
   * @throws {@link ConfigError} for the name of no model
   */
  get(model: ItemModel, id: string): LoadedItem | undefined {
    const item = value(this.#native.get(`${model}`, `${id}`))
    return item == null ? undefined : (JSON.parse(item) as LoadedItem)
  }

  /** Only what was loaded for one account of the `clients` layout, by its e-mail address in any case. */
  ofAccount(email: string): Loaded {
    return new Loaded(value(this.#native.ofAccount(`${email}`)))
  }

  /** The accounts that the `clients` layout created. */
  get accounts(): LoadedAccount[] {
    return read<LoadedAccount[]>(this.#native.accounts())
  }

  /** Ids of the properties whose erasure was asked for (`remove` is `'R'`), in order. */
  get erasureRequests(): string[] {
    return this.#native.erasureRequests()
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Loaded { ${this.size} items }`
  }
}

/** @internal What the native module told as JSON. */
export function read<T>(told: Parameters<typeof value<string>>[0]): T {
  return JSON.parse(value(told), revived) as T
}

/** Moments are told as milliseconds since 1970; where a duration could stand as well, in a text. */
function revived(this: unknown, key: string, told: unknown): unknown {
  if (key === 'at' && typeof told === 'number') return new Date(told)
  if (key === 'retryAfter' && typeof told === 'string') return new Date(Number(told))
  return told
}

/** @internal Options for the native module. Numbers that JSON cannot write become texts, which it knows. */
export function written(options: object): string {
  return JSON.stringify(options, (_, given: unknown) => {
    if (typeof given === 'number' && !Number.isFinite(given)) return `${given}`
    if (typeof given === 'bigint' || typeof given === 'symbol' || typeof given === 'function')
      return String(given)
    return given
  })
}
