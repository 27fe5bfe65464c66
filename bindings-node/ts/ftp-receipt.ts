/** What is known of a delivery, and what one would do. */

import type { Certainty } from './errors.js'

/** What became of one file of a delivery. */
export interface DeliveredFile {
  /** Its name on the server, with the folders, as seen from where the login lands. */
  readonly path: string
  /** Its bytes. */
  readonly size: number
  /** SHA-256 of its content, in lower-case hexadecimal digits. */
  readonly sha256: string
  /** Whether it stands there under its name: `processed` if it surely does, `not_processed` if it surely does not. */
  readonly certainty: Certainty
  /**
   * How it came there: `stored` (all of it was sent), `resumed` (what stood there of an earlier attempt was completed), or `kept` (a
   * file of this name was there, and was left). `null` if it did not.
   */
  readonly how: 'stored' | 'resumed' | 'kept' | null
  /** Whether the server told its size afterwards, and it was right. */
  readonly verified: boolean
}

/** A {@link Receipt} as JSON, the same from every language. */
export interface ReceiptJson {
  /** See {@link Receipt.certainty}. */
  certainty: Certainty
  /** See {@link Receipt.attempts}. */
  attempts: number
  /** {@link Receipt.duration}, in seconds. */
  duration_seconds: number
  /** See {@link Receipt.protection}. */
  protection: string | null
  /** See {@link Receipt.files}. */
  files: DeliveredFile[]
}

/** What is known of a delivery: made by {@link deliver}, and part of the error of one that failed. */
export class Receipt {
  readonly #json: ReceiptJson

  /** The least favourable of the files'. */
  readonly certainty: Certainty
  /** Connections that were tried. */
  readonly attempts: number
  /** Milliseconds from the start of the first attempt to the end, waits included. */
  readonly duration: number
  /** What protected the connection, such as `TLS 1.3`; `null` if nothing did. */
  readonly protection: string | null
  /** Each file, in the order in which they were sent. */
  readonly files: readonly DeliveredFile[]

  private constructor(json: ReceiptJson) {
    this.#json = json
    this.certainty = json.certainty
    this.attempts = json.attempts
    this.duration = json.duration_seconds * 1000
    this.protection = json.protection
    this.files = Object.freeze(json.files.map((file) => Object.freeze({ ...file })))
  }

  /** @internal */
  static of(json: ReceiptJson): Receipt {
    return new Receipt(json)
  }

  /** As plain data, the same from every language. */
  toJSON(): ReceiptJson {
    return structuredClone(this.#json)
  }
}
