/** Errors of deliveries and live readings. */

import { ConfigError, known, QlowerError } from './errors.js'
import { type Mistake, type MistakeJson, mistakeOf } from './ftp-mistake.js'
import { type NamingFault, type NamingFaultJson, namingFault } from './ftp-naming.js'
import { Receipt, type ReceiptJson } from './ftp-receipt.js'

/** What kind of failure a {@link DeliveryError} is. */
export type DeliveryFailure =
  | 'file'
  | 'transport'
  | 'timeout'
  | 'refused'
  | 'untrusted'
  | 'session_reuse'
  | 'size_differs'
  | 'exists'

/** How far a delivery had come. */
export type DeliveryStage =
  | 'resolve'
  | 'connect'
  | 'secure'
  | 'login'
  | 'folder'
  | 'transfer'
  | 'verify'
  | 'rename'

/**
 * A delivery did not come to its end. `certainty` tells whether its files stand on the server all the same, `receipt` what is known of
 * each. It shows no password, and nothing of a server's own words, which may repeat what was sent.
 */
export class DeliveryError extends QlowerError {
  /**
   * What kind of failure it is: `file` (one on this machine could not be read), `transport` (no connection, or one that broke),
   * `timeout`, `refused` (the server answered so), `untrusted` (its certificate or key), `session_reuse` (it wants the data connection to
   * continue the TLS session, and took none), `size_differs` (what stands there is not what was sent), or `exists` (a file of this name
   * does, and was to be left).
   */
  declare readonly kind: DeliveryFailure
  /** How far it had come; `null` if nothing was connected. */
  declare readonly stage: DeliveryStage | null
  /** The server's reply code (FTP) or status (SFTP), if it refused. */
  declare readonly replyCode: number | null
  /** The file on this machine that could not be read. */
  declare readonly path: string | null
  /** What is known of each file. */
  declare readonly receipt: Receipt
  /** The message in French, with what caused it: the errors in `cause` are English. */
  declare readonly messageFr: string
}

/** Names on the server that cannot be made, or not be used: all that is wrong with them. Nothing was connected. */
export class NamingError extends QlowerError {
  /** What is wrong, all of it. */
  declare readonly errors: readonly NamingFault[]
  /** The message in French. */
  declare readonly messageFr: string
}

/** A fleet's file cannot be used. It quotes no value that may be a secret. */
export class FleetError extends QlowerError {
  /** All its mistakes, by line; none if it could not be read. */
  declare readonly mistakes: readonly Mistake[]
  /** The message in French: a line, and one more for each mistake. */
  declare readonly messageFr: string
}

/**
 * A setting of a reading or of a producer cannot be used: a {@link ConfigError} that knows more, with the same code.
 */
export class SettingError extends ConfigError {
  /** What is wrong with it, for programs: such as `empty_segment` of a path, or `origin`. */
  declare readonly problem: string
  /** Where in the text, in characters from 1; `null` if it is about the whole. */
  declare readonly position: number | null
  /** What was probably meant; `null` if that cannot be told. */
  declare readonly suggestion: string | null
}

/** A document holds no reading at a path. */
export class ReadingError extends QlowerError {
  /** Why, such as `html`, `path_missing`, `not_a_number` or `status_not_ok`: it stays the same from version to version. */
  declare readonly reason: string
  /** The message in French. */
  declare readonly messageFr: string
  /** How far the path leads; `null` where that does not matter. */
  declare readonly at: string | null
  /** The part of the path that is not there. */
  declare readonly missing: string | null
  /** What is there in its place: the first keys. */
  declare readonly keys: readonly string[] | null
  /** What is there instead of a number: `object`, `array`, `string`, `numeric_string`, `boolean` or `null`. */
  declare readonly found: string | null
  /** A path that was probably meant. */
  declare readonly suggestion: string | null
  /** The line in the document, from 1, where it is about a place in it. */
  declare readonly line: number | null
  /** The column in the line, from 1. */
  declare readonly column: number | null
}

const NOTHING: ReceiptJson = {
  certainty: 'not_processed',
  attempts: 0,
  duration_seconds: 0,
  protection: null,
  files: [],
}

known(
  'delivery',
  DeliveryError,
  'QLOWER_DELIVERY',
  {
    kind: 'transport',
    stage: null,
    replyCode: null,
    path: null,
    receipt: Receipt.of(NOTHING),
    messageFr: '',
  },
  (facts) => {
    facts['receipt'] = Receipt.of(facts['receipt'] as ReceiptJson)
  },
)
known('naming', NamingError, 'QLOWER_NAMING', { errors: [], messageFr: '' }, (facts) => {
  facts['errors'] = (facts['errors'] as NamingFaultJson[]).map(namingFault)
})
known('fleet', FleetError, 'QLOWER_FLEET', { mistakes: [], messageFr: '' }, (facts) => {
  facts['mistakes'] = (facts['mistakes'] as MistakeJson[]).map(mistakeOf)
})
known('reading', ReadingError, 'QLOWER_READING', {
  reason: '',
  messageFr: '',
  at: null,
  missing: null,
  keys: null,
  found: null,
  suggestion: null,
  line: null,
  column: null,
})
known('live_setting', SettingError, 'QLOWER_CONFIG', {
  setting: '',
  messageFr: null,
  problem: '',
  position: null,
  suggestion: null,
})
