/** What passed the check. */

import { inspect } from 'node:util'

import { value } from './errors.js'
import { native } from './native.js'
import type { ReadPayload } from './read.js'
import { Report } from './report.js'
import { type Parts, type SplitOptions, split } from './split.js'

type Native = InstanceType<typeof native.Checked>

/**
 * A payload that passed the check: exactly the bytes that will be sent, their hash, and the report.
 *
 * Made by `checked`, `checkedAsync` and `checkedFile`. Neither `console.log` nor `JSON.stringify` shows its content, which holds the
 * access key.
 *
 * @example
 * ```ts
 * import { checked } from 'qlower'
 *
 * const text = '{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0"}'
 * const payload = checked(text)
 * console.log(payload.size, payload.partner, payload.createdAt.toISOString()) // 91 acme 2025-02-01T08:00:00.000Z
 * ```
 */
export class Checked {
  readonly #native: Native
  #report: Report | undefined

  private constructor(handle: Native) {
    if (!(handle instanceof native.Checked)) throw new TypeError('this is made by the function checked')
    this.#native = handle
  }

  /** @internal */
  static of(handle: Native): Checked {
    return new Checked(handle)
  }

  /**
   * What it holds; nothing of anything else.
   *
   * @internal
   */
  static held(source: unknown): Native | undefined {
    return typeof source === 'object' && source !== null && #native in source ? source.#native : undefined
  }

  /** A copy of the bytes that will be sent. They hold the access key. */
  toBuffer(): Buffer {
    return this.#native.copy()
  }

  /** How many bytes there are. */
  get size(): number {
    return this.#native.size
  }

  /** SHA-256 of the bytes, in lower-case hexadecimal digits. */
  get sha256(): string {
    return this.#native.sha256
  }

  /** What the check found: warnings at most. */
  get report(): Report {
    this.#report ??= Report.of(value(this.#native.report()))
    return this.#report
  }

  /** The partner's id in the header. */
  get partner(): string {
    return this.#native.partner
  }

  /** Key of the S3 object for it. */
  get objectKey(): string {
    return this.#native.objectKey
  }

  /** When the payload was made, as its header says. */
  get createdAt(): Date {
    return new Date(this.#native.createdAt)
  }

  /**
   * The payload as objects, read from the bytes: see `Payload.fromJSON`. It holds the access key.
   */
  payload(): ReadPayload {
    return JSON.parse(value(native.payloadOfChecked(this.#native))) as ReadPayload
  }

  /**
   * Cuts it into parts, each small enough for one request: see {@link split}.
   *
   * @throws {@link SplitError} if something in it fits into no part.
   */
  split(options?: SplitOptions | null): Parts {
    return split(this, options)
  }

  /** What may be logged: everything but the bytes. */
  toJSON(): { size: number; sha256: string; partner: string; objectKey: string; createdAt: string } {
    const { size, sha256, partner, objectKey, createdAt } = this
    return { size, sha256, partner, objectKey, createdAt: createdAt.toISOString() }
  }

  /** @internal */
  [inspect.custom](): string {
    return `Checked { ${this.size} bytes, sha256: ${this.sha256} }`
  }
}
