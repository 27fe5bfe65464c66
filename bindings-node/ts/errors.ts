/** Errors: one tree under {@link QlowerError}. */

import { getSystemErrorMap } from 'node:util'

import type { Cause, Fault } from './binding.js'
import { Report } from './report.js'

/**
 * Whether Qlower has treated a payload, as far as it could be seen from here: `processed`, `not_processed`, or `unknown`. If it is
 * unknown, sending again does no harm: what exists is not created again.
 */
export type Certainty = 'processed' | 'not_processed' | 'unknown'

/**
 * How far an attempt had come: `resolve`, `connect`, `tls`, `send` (the server does not have all of the payload), `wait` (it may
 * have) or `reply`.
 */
export type Stage = 'resolve' | 'connect' | 'tls' | 'send' | 'wait' | 'reply' | 'unknown'

/** An error as JSON. */
export interface ErrorJson {
  /** The class, such as `ApiError`. */
  name: string
  /** The stable code, such as `QLOWER_API`. */
  code: string
  /** What happened, for people. */
  message: string
  /** The errors of the layers below, outermost first, if there are any. */
  causes?: { message: string; code?: string; errno?: number }[]
  /** The other properties of the error, by their names. */
  [property: string]: unknown
}

/**
 * Base of everything that the package throws on purpose.
 *
 * The message says what happened and what to do; what lay below is in `cause`. Neither holds a secret, nor do the properties:
 * an error can be logged, and made JSON.
 *
 * @example
 * ```ts
 * import { Client, QlowerError } from 'qlower'
 *
 * try {
 *   new Client({ environment: 'staging', timeout: 0 })
 * } catch (error) {
 *   if (!(error instanceof QlowerError)) throw error
 *   console.log(error.code, error.certainty, error.isRetryable) // QLOWER_CONFIG not_processed false
 * }
 * ```
 */
export class QlowerError extends Error {
  /** What kind of error it is, for programs: it stays the same from version to version. */
  readonly code: string

  /** The report of the check, of a {@link ValidationError}; else `null`. */
  declare readonly report: Report | null

  /** The HTTP status, if there was an answer. */
  declare readonly status: number | null

  /** Whether Qlower has treated the payload, over all attempts. */
  declare readonly certainty: Certainty

  /** Whether the same payload may succeed later, unchanged and with the same settings. */
  declare readonly isRetryable: boolean

  /**
   * Whether the payload is too large, for the limit set here or for the server (413). `split` cuts it into parts for
   * `Client.sendAll`.
   */
  declare readonly isTooLarge: boolean

  /** Whether there was no connection: name, TCP, proxy or TLS, time-outs included. */
  declare readonly isConnect: boolean

  /** Whether the server refused the payload as a whole: a 4xx status. From a store, a redirection is a refusal too. */
  declare readonly isRejected: boolean

  /** Whether the server failed: a 5xx status. */
  declare readonly isServerError: boolean

  /** How many attempts were made; 0 if the failure came before the first. */
  declare readonly attempts: number

  /** Milliseconds from the start of the first attempt to the failure, waits included. */
  declare readonly duration: number

  /** How many milliseconds the last answer asked to wait before another try (`Retry-After`). */
  declare readonly retryAfter: number | null

  /**
   * @param message what happened.
   * @param options `cause`: what lay below.
   */
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
    this.code = codes.get(new.target) ?? 'QLOWER_ERROR'
  }

  /** The error as plain data: name, code, message, properties, and the messages of the layers below. It holds no secret. */
  toJSON(): ErrorJson {
    const own = Object.entries(this).filter(([name]) => name !== 'cause' && name !== 'stack')
    const particular = (particulars.get(this.constructor) ?? []).map((name) => [
      name,
      this[name as keyof this],
    ])
    const json: ErrorJson = {
      name: this.name,
      code: this.code,
      message: this.message,
      status: this.status,
      certainty: this.certainty,
      isRetryable: this.isRetryable,
      ...Object.fromEntries([...particular, ...own]),
    }
    const causes = [...chain(this.cause)]
    if (causes.length > 0) json.causes = causes
    return json
  }
}

/** The payload has errors, so nothing was sent; or an item has, so it was not taken. `report` is everything that was found. */
export class ValidationError extends QlowerError {
  declare readonly report: Report
}

/** A setting or an argument cannot be used, or does not fit the payload. Nothing was sent. */
export class ConfigError extends QlowerError {
  /** The setting, by its name in options or in the environment. */
  declare readonly setting: string
  /**
   * The message in French, of a setting of a delivery or a live reading; `null` of others, and where a value has not even the type
   * that TypeScript asks for.
   */
  declare readonly messageFr: string | null
}

/** The payload is larger than `maxBodyBytes`. Nothing was sent. */
export class TooLargeError extends QlowerError {
  /** Bytes of the payload. */
  declare readonly size: number
  /** Bytes allowed. */
  declare readonly limit: number
}

/** The server answered with a status other than 2xx. */
export class ApiError extends QlowerError {
  /** Why, in the server's word, such as `ValidationError` or `KeyError`. */
  declare readonly kind: string | null
  /** The server's message, in French. */
  declare readonly serverMessage: string | null
  /**
   * What the answer says in detail, any JSON. It may repeat what was sent, so neither the message, nor `toJSON`, nor what
   * `console.log` shows has it.
   */
  declare readonly details: unknown
  /** The beginning of the answer as one line, the access key masked. It is shown as little as `details`. */
  declare readonly excerpt: string
}

/** The server answered with a 2xx status, but its reply cannot be read. */
export class UnreadableReplyError extends QlowerError {
  /**
   * The beginning of the answer as one line; `null` if it exceeds `maxReplyBytes`. Neither `toJSON`, nor what `console.log` shows
   * has it.
   */
  declare readonly excerpt: string | null
}

/** No connection, or one that broke. */
export class TransportError extends QlowerError {
  /** How far the attempt had come. */
  declare readonly stage: Stage
}

/** Time was up. */
export class TimeoutError extends TransportError {
  /** The limit that was exceeded, in milliseconds: `connectTimeout` or `timeout` of the client, or the `timeout` of the call. */
  declare readonly limit: number
}

/** The S3 store refused a request, or failed. */
export class StoreError extends QlowerError {
  /** The S3 operation, such as `PutObject`. */
  declare readonly operation: string
  /** The bucket. */
  declare readonly bucket: string
  /** The store's error code, such as `AccessDenied`, if it gave a readable one. */
  declare readonly storeCode: string | null
  /** The store's name for the request, which its operators ask for. */
  declare readonly requestId: string | null
  /** The region in which the bucket is, if the store said so. */
  declare readonly bucketRegion: string | null
}

/** A `PayloadWriter` does not take an item, or takes none any more. */
export class WriterError extends QlowerError {
  /** The row that could not be taken, counted from 0, if rows were written; those after it were not looked at. */
  declare readonly row: number | null
}

/** A folder cannot be written to or read as a batch. */
export class BatchError extends QlowerError {
  /** Whether the folder holds no finished batch, so that it has to be written again. */
  declare readonly isUnfinished: boolean
  /** Whether the folder holds a finished batch already, which is to be uploaded rather than written again. */
  declare readonly isFinished: boolean
}

/** A file or folder on this machine could not be used. `cause` has the system's `code`, such as `ENOENT`, if it is the system's. */
export class FileError extends QlowerError {
  /** The file or folder. */
  declare readonly path: string
}

/** Something in the payload that no part can take. */
export class SplitError extends QlowerError {
  /** JSON Pointer to it; empty for the header. */
  declare readonly pointer: string
  /** Its model; `payload` for the header. */
  declare readonly model: string
  /** Its id; of an entry of `clients`, the e-mail address of the account. */
  declare readonly id: string | null
  /** The size of the smallest part that could hold it. */
  declare readonly size: number
  /** The size that is allowed. */
  declare readonly limit: number
  /** The unit of both. */
  declare readonly unit: 'bytes' | 'items'
}

/** The sandbox cannot do what it was asked to. */
export class SandboxError extends QlowerError {}

/**
 * A webhook is not taken for genuine: do not read its body. It may be logged; `webhook.explain` finds out why one is refused that
 * should be genuine.
 */
export class SignatureError extends QlowerError {
  /** What is wrong: there is none, it has not the agreed form, its time is too far away, or no secret gives it. */
  declare readonly reason: 'missing' | 'malformed' | 'expired' | 'mismatch'
  /**
   * This machine's time minus the signature's, in seconds, of one that is `expired`: negative for one that is ahead. Else `null`.
   */
  declare readonly skew: number | null
  /** Which credential it is about. */
  declare readonly credential: 'signature' | 'api_key' | 'basic' | 'path'
}

/**
 * The body of a webhook cannot be read. It shows nothing of what the body holds. If the webhook is genuine, answer 5xx and keep the
 * body: it is an order that a customer paid.
 */
export class InvalidEventError extends QlowerError {
  /** JSON Pointer to the field; empty for the body as a whole. */
  declare readonly pointer: string
  /** What is wrong there, such as `missing` or `wrong_type`. */
  declare readonly problem: string
}

/** A fault in the SDK itself. Please report it. */
export class InternalError extends QlowerError {}

/**
 * A call was ended by its `AbortSignal`. `cause` is the signal's `reason`, and `certainty` tells whether Qlower may have treated
 * the payload all the same.
 */
export class AbortError extends QlowerError {}

/** What may repeat what was sent. */
const HIDDEN = new Set(['details', 'excerpt'])
/** What the message says already, in another way: JSON has it, but `console.log` need not show it. */
const QUIET = new Set(['messageFr', 'errors', 'mistakes'])

const codes = new Map<unknown, string>()
/** The properties of each class that are its own. */
const particulars = new Map<unknown, string[]>()
/** Classes by the kinds that the native module names. */
const kinds = new Map<string, typeof QlowerError>()
/** What makes objects of facts, by the same kinds. */
const readers = new Map<string, (facts: Record<string, unknown>) => void>()

/**
 * Makes a class of errors known, with its code and what its properties are by default.
 *
 * @param read makes objects of those facts of the native module's that are no plain data here.
 * @internal
 */
export function known(
  kind: string,
  error: typeof QlowerError,
  code: string,
  defaults: object = {},
  read?: (facts: Record<string, unknown>) => void,
): void {
  if (read !== undefined) readers.set(kind, read)
  // What stands on a prototype is not repeated by what shows errors.
  codes.set(error, code)
  kinds.set(kind, error)
  if (error !== QlowerError)
    particulars.set(
      error,
      Object.keys(defaults).filter((name) => !HIDDEN.has(name)),
    )
  Object.defineProperty(error.prototype, 'name', { value: error.name, configurable: true, writable: true })
  for (const [name, value] of Object.entries(defaults)) {
    Object.defineProperty(error.prototype, name, { value, configurable: true, writable: true })
  }
}

known('base', QlowerError, 'QLOWER_ERROR', {
  report: null,
  status: null,
  certainty: 'not_processed',
  isRetryable: false,
  isTooLarge: false,
  isConnect: false,
  isRejected: false,
  isServerError: false,
  attempts: 0,
  duration: 0,
  retryAfter: null,
})
known('validation', ValidationError, 'QLOWER_VALIDATION')
known('config', ConfigError, 'QLOWER_CONFIG', { setting: '', messageFr: null })
known('too_large', TooLargeError, 'QLOWER_TOO_LARGE', { size: 0, limit: 0 })
known('api', ApiError, 'QLOWER_API', { kind: null, serverMessage: null, details: null, excerpt: '' })
known('unreadable_reply', UnreadableReplyError, 'QLOWER_UNREADABLE_REPLY', { excerpt: null })
known('transport', TransportError, 'QLOWER_TRANSPORT', { stage: 'unknown' })
known('timeout', TimeoutError, 'QLOWER_TIMEOUT', { limit: 0 })
known('store', StoreError, 'QLOWER_STORE', {
  operation: '',
  bucket: '',
  storeCode: null,
  requestId: null,
  bucketRegion: null,
})
known('writer', WriterError, 'QLOWER_WRITER', { row: null })
known('batch', BatchError, 'QLOWER_BATCH', { isUnfinished: false, isFinished: false })
known('file', FileError, 'QLOWER_FILE', { path: '' })
known('split', SplitError, 'QLOWER_SPLIT', {
  pointer: '',
  model: '',
  id: null,
  size: 0,
  limit: 0,
  unit: 'bytes',
})
known('sandbox', SandboxError, 'QLOWER_SANDBOX')
known('signature', SignatureError, 'QLOWER_SIGNATURE', {
  reason: 'mismatch',
  skew: null,
  credential: 'signature',
})
known('invalid_event', InvalidEventError, 'QLOWER_INVALID_EVENT', { pointer: '', problem: '' })
known('internal', InternalError, 'QLOWER_INTERNAL')
known('stopped', AbortError, 'ABORT_ERR')

/**
 * An error with its properties.
 *
 * @internal
 */
export function make<E extends QlowerError>(
  error: new (message?: string, options?: ErrorOptions) => E,
  message: string,
  facts: Partial<E>,
  options?: ErrorOptions,
): E {
  const made = new error(message, options)
  Error.captureStackTrace(made, make)
  for (const [name, value] of Object.entries(facts)) {
    if (value === made[name as keyof E]) continue
    const enumerable = !HIDDEN.has(name) && !QUIET.has(name)
    Object.defineProperty(made, name, { value, enumerable, configurable: true, writable: true })
  }
  return made
}

/**
 * A setting or an argument that cannot be used. The message begins with its name, and never has its value.
 *
 * @internal
 */
export function configError(setting: string, problem: string): ConfigError {
  return make(ConfigError, `${setting}: ${problem}`, { setting })
}

/**
 * Whether the native module gave a fault instead of a value.
 *
 * @internal
 */
export function isFault(outcome: unknown): outcome is Fault {
  return typeof outcome === 'object' && outcome !== null && 'fault' in outcome
}

/**
 * The error that a fault is.
 *
 * @internal
 */
export function errorOf(fault: Fault): QlowerError {
  const error = kinds.get(fault.fault) ?? QlowerError
  const cause = below(fault.causes)
  const facts = JSON.parse(fault.facts)
  if (fault.report !== undefined) facts.report = Report.of(fault.report)
  readers.get(fault.fault)?.(facts)
  return make(error, fault.message, facts, cause && { cause })
}

/**
 * What the native module gave. Throws the error of a fault.
 *
 * @internal
 */
export function value<T>(outcome: T | Fault): T {
  if (isFault(outcome)) throw errorOf(outcome)
  return outcome
}

/** The errors of the layers below, each the cause of the one before. */
function below(causes: readonly Cause[]): Error | undefined {
  let cause: Error | undefined
  for (const { message, errno, code } of causes.toReversed()) {
    cause = new Error(message, cause && { cause })
    // Where it was made tells nothing of where it came from.
    Object.defineProperty(cause, 'stack', { value: `Error: ${message}`, configurable: true, writable: true })
    if (errno != null) Object.assign(cause, system(errno, code ?? undefined))
  }
  return cause
}

/** What Node calls an error of the operating system. */
function system(errno: number, code: string | undefined): { code?: string; errno: number } {
  const names = getSystemErrorMap()
  if (process.platform !== 'win32') {
    const name = names.get(-errno)?.[0] ?? code
    return { errno: -errno, ...(name !== undefined && { code: name }) }
  }
  // Windows has numbers of its own, and so has Node.
  for (const [number, [name]] of names) if (name === code) return { errno: number, code: name }
  return { errno }
}

function* chain(cause: unknown): Generator<{ message: string; code?: string; errno?: number }> {
  let error = cause
  // Reasons of others may be anything, and go in circles.
  for (let depth = 0; error !== undefined && error !== null && depth < 16; depth += 1) {
    if (!(error instanceof Error)) {
      yield { message: String(error) }
      return
    }
    const { code, errno } = error as { code?: unknown; errno?: unknown }
    yield {
      message: error.message,
      ...(typeof code === 'string' && { code }),
      ...(typeof errno === 'number' && { errno }),
    }
    error = error.cause
  }
}
