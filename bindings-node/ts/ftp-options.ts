/** Settings of a destination. */

import { isUint8Array } from 'node:util/types'

import type { FtpRules, FtpSettings } from './binding.js'
import { configError } from './errors.js'
import { held, type Kind, type RetryPolicy, read, retryOf } from './settings.js'

/**
 * How the server is spoken to: `ftp` (plain: nothing is protected), `ftps` (TLS from `AUTH TLS` on, on the usual port), `ftps-implicit`
 * (TLS from the first byte), or `sftp` (SSH). Ports: 21, 21, 990 and 22.
 */
export type Protocol = 'ftp' | 'ftps' | 'ftps-implicit' | 'sftp'

/**
 * Which names a server takes: `windows` (neither `<>:"|?*`, nor a name that Windows keeps for itself, nor two that differ in case
 * alone), `portable` (letters and digits of ASCII, `.`, `_` and `-`), `ascii` (printable ASCII), or `any`.
 */
export type Characters = 'portable' | 'ascii' | 'windows' | 'any'

/**
 * The rules by which files are named on the server. They are templates: `{vin}` is a variable, `{vin:lower}`, `{n:02}` and `{hash:12}`
 * are forms of one, `{{` and `}}` are braces.
 *
 * Of each file: `n` (its position, from 1), `name`, `stem`, `ext` (without the dot) and `hash` (SHA-256 of its content). Of the
 * delivery: `date` (`2025-01-31`, UTC), `time` (`083000`, UTC), `partner` (of a payload), and the variables that you give.
 */
export interface NamingRules {
  /** The folder; `/` makes several. Default: where the login lands. */
  directory?: string | null | undefined
  /** The name of each file. Default: `{name}`. */
  file?: string | null | undefined
  /** A ZIP archive, into which the files go under the names that `file` makes. Default: none, so that each file is sent. */
  archive?: string | null | undefined
  /** A JSON file, sent last, that lists what was sent, with hashes and your details. Default: none. */
  sideFile?: string | null | undefined
  /** Which names the server takes. Default: `windows`, whose names every server takes. */
  characters?: Characters | null | undefined
}

/** Settings of a {@link Destination}. Times are in milliseconds. */
export interface DestinationOptions extends NamingRules {
  /** The server's name or address. */
  host: string
  /** How it is spoken to. Default: `ftps`. */
  protocol?: Protocol | null | undefined
  /** Its port. Default: that of the protocol. */
  port?: number | null | undefined
  /** The user; `anonymous` where anybody may log in. */
  user: string
  /** The user's password. */
  password?: string | null | undefined
  /** A private key for SFTP, OpenSSH or PEM: its text. */
  key?: string | Uint8Array | null | undefined
  /** The same, in a file. */
  keyFile?: string | null | undefined
  /** What the key is encrypted with. */
  keyPassphrase?: string | null | undefined
  /** Trusts these certificate authorities and no others: the path of a PEM file, or its content as bytes. Default: those of the system. */
  caBundle?: string | Uint8Array | null | undefined
  /** Fingerprints of the keys that the server may have, for SFTP: `SHA256:…`, as `ssh-keygen -lf` prints them. */
  hostKey?: string | readonly string[] | null | undefined
  /** The same, as a file `known_hosts` of OpenSSH. */
  knownHostsFile?: string | null | undefined
  /** Takes plain `ftp` to other machines than this one: anybody on the way can read files and password. Default: `false`. */
  insecure?: boolean | null | undefined
  /**
   * `rename`: a file gets its name when it is complete, so that nobody sees half of it. `direct`: it has its name from the start, for
   * servers that refuse to rename. Default: `rename`.
   */
  temporary?: 'rename' | 'direct' | null | undefined
  /** What becomes of a file that is there already under the same name: `replace` (the default), `keep`, or `refuse`. */
  existing?: 'replace' | 'keep' | 'refuse' | null | undefined
  /** The limit for connecting, up to the server's greeting. Default: 10 s. */
  connectTimeout?: number | null | undefined
  /** For how long nothing may move before the connection is given up. Default: 60 s. */
  timeout?: number | null | undefined
  /** When to try again. Tried again is what another try may cure: not a wrong password, not a full disk. */
  retry?: RetryPolicy | null | undefined
  /** How data connections are asked for: `extended` (EPSV), `classic` (PASV), or `auto`: EPSV, and PASV where that is refused. */
  passive?: 'auto' | 'extended' | 'classic' | null | undefined
}

const NAMING: Record<keyof NamingRules, Kind> = {
  directory: 'text',
  file: 'text',
  archive: 'text',
  sideFile: 'text',
  characters: 'text',
}

const KINDS: Record<keyof DestinationOptions, Kind> = {
  ...NAMING,
  host: 'text',
  protocol: 'text',
  port: 'count',
  user: 'text',
  password: 'text',
  key: 'bundle',
  keyFile: 'text',
  keyPassphrase: 'text',
  caBundle: 'bundle',
  hostKey: 'texts',
  knownHostsFile: 'text',
  insecure: 'flag',
  temporary: 'text',
  existing: 'text',
  connectTimeout: 'time',
  timeout: 'time',
  retry: 'retry',
  passive: 'text',
}

/**
 * The settings as the native module takes them.
 *
 * @internal
 */
export function destinationSettings(options: DestinationOptions): FtpSettings {
  const { caBundle, key, hostKey, retry, ...given } = read(object(options), KINDS, '')
  const settings = given as FtpSettings
  if (settings.host === undefined) throw configError('host', 'there is none')
  if (caBundle != null) settings.caBundle = held(caBundle)
  // Keys are text: nobody has to make bytes of it.
  if (key != null) settings.key = typeof key === 'string' ? Buffer.from(key) : Uint8Array.from(key)
  if (hostKey != null) settings.hostKeys = [hostKey].flat() as string[]
  if (retry != null) settings.retry = retryOf(retry)
  return settings
}

/**
 * Rules as the native module takes them.
 *
 * @internal
 */
export function namingRules(rules: NamingRules): FtpRules {
  return read(object(rules), NAMING, '') as FtpRules
}

function object<O>(options: O): O {
  if (typeof options === 'object' && options !== null && !Array.isArray(options) && !isUint8Array(options))
    return options
  throw configError('options', 'must be an object')
}
