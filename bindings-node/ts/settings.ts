/** Settings of a client. */

import { isUint8Array } from 'node:util/types'

import type { Retry, Settings } from './binding.js'
import { Environment } from './environment.js'
import { configError } from './errors.js'
import { known } from './options.js'

/**
 * How often, and after which waits, something is tried again.
 *
 * Tried again are failures that another try may cure: no connection, a time-out, a connection that broke, and the statuses 408, 425,
 * 429, 500, 502, 503 and 504. Sending a payload twice does no harm, since Qlower does not create again what exists. The wait before
 * a try is drawn evenly between zero and a bound that grows from try to try, so that many clients do not come back at the same
 * instant. A `Retry-After` is kept. What is not given is the default.
 *
 * @example
 * ```ts
 * import { Client, type RetryPolicy } from 'qlower'
 *
 * const patient: RetryPolicy = { maxAttempts: 10, total: 3_600_000 }
 * const once: RetryPolicy = { maxAttempts: 1 }
 * const clients = [patient, once].map((retry) => new Client({ environment: 'staging', retry }))
 * console.log(clients.length) // 2
 * ```
 */
export interface RetryPolicy {
  /** Attempts in all, the first one included; 1 tries nothing again. Default: 4. */
  maxAttempts?: number | null | undefined
  /** The upper bound of the first wait, in milliseconds. Default: half a second. */
  baseDelay?: number | null | undefined
  /** By how much the bound grows from one wait to the next, a whole number. Default: 2. */
  factor?: number | null | undefined
  /** Where the bound stops growing, in milliseconds. Default: 20 s. */
  maxDelay?: number | null | undefined
  /** The time in milliseconds from the start of the first attempt within which the last one must start. Default: 5 minutes. */
  total?: number | null | undefined
}

/**
 * Settings of a {@link Client}. Times are in milliseconds.
 *
 * What is not given is filled from the environment variables `QLOWER_ENVIRONMENT`, `QLOWER_PARTNER`, `QLOWER_API_KEY` and, for
 * uploads, the standard `AWS_*`.
 */
export interface ClientOptions {
  /** `production`, `staging`, a URL, or an {@link Environment}. None is guessed. */
  environment?: Environment | string | null | undefined
  /** The partner whose payloads are sent; others are refused before anything leaves. Default: any. */
  partner?: string | null | undefined
  /** The access key of these payloads; those with another one are refused. Default: any. */
  apiKey?: string | null | undefined
  /** The limit of one attempt, from connecting to the end of the reply. Default: 120 s. */
  timeout?: number | null | undefined
  /** The limit for connecting: name, TCP, proxy and TLS. Default: 10 s. */
  connectTimeout?: number | null | undefined
  /** When to try again. */
  retry?: RetryPolicy | null | undefined
  /** Trusts these certificate authorities and no others: the path of a PEM file, or its content as bytes. */
  caBundle?: string | Uint8Array | null | undefined
  /** `http://[user:password@]host:port`, or `https://…`. Default: what `HTTPS_PROXY` or `ALL_PROXY` names. */
  proxy?: string | null | undefined
  /** The name of one's own program, such as `acme-erp/3.2`, added to the header. */
  userAgent?: string | null | undefined
  /** The size in bytes above which a payload is refused before anything leaves. Default: 10 MiB. */
  maxBodyBytes?: number | null | undefined
  /** How many bytes of an answer are read. Default: 32 MiB. */
  maxReplyBytes?: number | null | undefined
  /** The region of the partner's bucket. Default: `eu-west-1`. */
  region?: string | null | undefined
  /** The id of the access key for the bucket. */
  accessKeyId?: string | null | undefined
  /** The secret that belongs to it. */
  secretAccessKey?: string | null | undefined
  /** The session token of temporary credentials. */
  sessionToken?: string | null | undefined
  /** The URL of another store that speaks S3. Plain `http://` is for this machine only. */
  s3Endpoint?: string | null | undefined
  /** Takes plain `http://` to any machine. Default: `false`. */
  s3EndpointInsecure?: boolean | null | undefined
  /** Whether the bucket stands in the path of the URL. Default: if `s3Endpoint` is set. */
  s3PathStyle?: boolean | null | undefined
  /** Bytes of the parts of large uploads, 5 MiB to 5 GiB. Default: 8 MiB. */
  s3PartSize?: number | null | undefined
  /** The size in bytes from which on a payload is uploaded in parts. Default: 16 MiB. */
  s3MultipartThreshold?: number | null | undefined
  /** How many parts are uploaded at once, 1 to 64. Default: 4. */
  s3Concurrency?: number | null | undefined
}

/** What an option is, before the native module looks at it. */
export type Kind = 'text' | 'texts' | 'time' | 'count' | 'flag' | 'environment' | 'retry' | 'bundle'

const KINDS: Record<keyof ClientOptions, Kind> = {
  environment: 'environment',
  partner: 'text',
  apiKey: 'text',
  timeout: 'time',
  connectTimeout: 'time',
  retry: 'retry',
  caBundle: 'bundle',
  proxy: 'text',
  userAgent: 'text',
  maxBodyBytes: 'count',
  maxReplyBytes: 'count',
  region: 'text',
  accessKeyId: 'text',
  secretAccessKey: 'text',
  sessionToken: 'text',
  s3Endpoint: 'text',
  s3EndpointInsecure: 'flag',
  s3PathStyle: 'flag',
  s3PartSize: 'count',
  s3MultipartThreshold: 'count',
  s3Concurrency: 'count',
}

const RETRY: Record<keyof RetryPolicy, Kind> = {
  maxAttempts: 'count',
  baseDelay: 'time',
  factor: 'count',
  maxDelay: 'time',
  total: 'time',
}

const PROBLEMS: Record<Kind, string> = {
  text: 'must be a string',
  texts: 'must be a string, or an array of strings',
  time: 'must be a number of milliseconds, 0 or more',
  count: 'must be a whole number, 0 or more',
  flag: 'must be true or false',
  environment: 'must be an Environment or a string',
  retry: 'must be an object',
  bundle: 'must be the path of a file, or a Buffer with PEM text',
}

function fits(kind: Kind, given: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof given === 'string'
    case 'texts':
      return [given].flat().every((it) => typeof it === 'string')
    case 'time':
    case 'count':
      return typeof given === 'number'
    case 'flag':
      return typeof given === 'boolean'
    case 'environment':
      return typeof given === 'string' || given instanceof Environment
    case 'retry':
      return typeof given === 'object' && !Array.isArray(given)
    case 'bundle':
      return typeof given === 'string' || isUint8Array(given)
  }
}

/**
 * The options that are given, each of its kind. No message has a value.
 *
 * @internal
 */
export function read<O extends object>(options: O, kinds: Record<string, Kind>, prefix: string): O {
  known(options, new Set(Object.keys(kinds)), prefix)
  const read: Record<string, unknown> = {}
  for (const [name, kind] of Object.entries(kinds)) {
    const given = (options as Record<string, unknown>)[name]
    if (given === undefined || given === null) continue
    if (!fits(kind, given)) throw configError(prefix + name, PROBLEMS[kind])
    read[name] = given
  }
  return read as O
}

/**
 * The settings as the native module takes them.
 *
 * @internal
 */
export function settingsOf(options: ClientOptions | null | undefined): Settings {
  if (options === undefined || options === null) return {}
  if (typeof options !== 'object' || Array.isArray(options)) throw configError('options', 'must be an object')
  const { environment, retry, caBundle, ...others } = read(options, KINDS, '')
  const settings = others as Settings
  if (environment instanceof Environment) {
    settings.environment = environment.toString()
    settings.environmentInsecure = environment.insecure
  } else if (environment != null) settings.environment = environment
  if (retry) settings.retry = retryOf(retry)
  if (caBundle != null) settings.caBundle = held(caBundle)
  return settings
}

/**
 * When to try again, as the native module takes it.
 *
 * @internal
 */
export function retryOf(retry: RetryPolicy): Retry {
  return read(retry, RETRY, 'retry.') as Retry
}

/**
 * A path, or a copy of bytes: those that other threads can change are not read in place.
 *
 * @internal
 */
export function held(given: string | Uint8Array): string | Uint8Array {
  return typeof given === 'string' ? given : Uint8Array.from(given)
}
