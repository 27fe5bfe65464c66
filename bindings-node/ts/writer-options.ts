/** Options of writers. */

import { isDate } from 'node:util/types'

import type { CallOptions } from './abort.js'
import { configError } from './errors.js'
import { dayOf } from './options.js'
import { type PathLike, pathOf } from './paths.js'
import type { UploadReceipt } from './receipt.js'

/** What a {@link PayloadWriter} is made with. */
export interface WriterOptions extends CallOptions {
  /** The partner's id (`inigPtynm`). */
  partner: string
  /** The access key (`apiKey`). */
  apiKey: string
  /**
   * When the payload was made (`creDtTm`): ISO 8601 with an offset, or a `Date`. It is part of the files and of their object keys: a
   * job that may have to be run again takes one that stays the same, such as the day's beginning. Default: now.
   */
  createdAt?: string | Date | null | undefined
  /** No file gets larger than this, in bytes. Default: 64 MiB. */
  maxBytes?: number | null | undefined
  /** So many items go into one file at most. Default: any number. */
  maxItems?: number | null | undefined
  /**
   * `deferred`: an item that refers to one that was not written yet waits on the disk. `loaded_before`: it is written at once, as what
   * it refers to has been loaded before. Default: `deferred`.
   */
  references?: 'deferred' | 'loaded_before' | null | undefined
  /** Where temporary files are made. Default: the system's folder for them. */
  spoolDir?: PathLike | null | undefined
  /** Warnings become errors. Default: `false`. */
  strict?: boolean | null | undefined
  /**
   * The day of the check, after which a transaction lies in the future: `YYYY-MM-DD`, or a `Date`, of which the day counts in UTC if
   * it is midnight there, else here. Default: today in Paris.
   */
  today?: string | Date | null | undefined
  /** How many findings are kept in detail; the others are counted. Default: 100 000. */
  maxFindings?: number | null | undefined
}

/** What a {@link PayloadWriter} that uploads is made with. */
export interface S3Options extends WriterOptions {
  /** Looks for each file before uploading it, for one that an earlier run has uploaded. Default: `false`. */
  resume?: boolean | null | undefined
  /**
   * Is called with the receipt of each file that is in the bucket, by the call under way or the next one. What it throws is thrown by
   * that call.
   */
  onFile?: ((receipt: UploadReceipt) => unknown) | null | undefined
}

/** The options as the native module takes them. */
export function settingsOf(options: WriterOptions & S3Options, isS3 = false): string {
  if (typeof options !== 'object' || options === null) throw configError('options', 'must be an object')
  const { signal, timeout, onFile, createdAt, spoolDir, today, ...others } = options
  if (onFile !== undefined && onFile !== null && typeof onFile !== 'function') {
    throw configError('onFile', 'must be a function')
  }
  if (!isS3 && ((onFile ?? undefined) !== undefined || (others.resume ?? undefined) !== undefined)) {
    throw configError(onFile == null ? 'resume' : 'onFile', 'is for uploads by S3')
  }
  const settings = {
    ...others,
    createdAt: momentOf(createdAt),
    spoolDir: spoolDir == null ? null : pathOf(spoolDir, 'spoolDir'),
    today: today == null ? null : dayOf(today),
  }
  return JSON.stringify(settings, (_name, given: unknown) => {
    if (given === Infinity) return Number.MAX_SAFE_INTEGER
    // What has no form in JSON becomes something that is refused.
    return Number.isNaN(given) || ['bigint', 'function', 'symbol'].includes(typeof given) ? {} : given
  })
}

function momentOf(given: unknown): unknown {
  if (!isDate(given)) return given
  if (Number.isNaN(given.getTime())) throw configError('createdAt', 'must be a moment')
  return given.toISOString()
}
