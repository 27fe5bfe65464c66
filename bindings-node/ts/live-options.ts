/** Settings of whoever watches or examines an endpoint. */

import type { LiveAuth, LiveSettings } from './binding.js'
import { configError } from './errors.js'
import { known } from './options.js'
import { held, type Kind, read } from './settings.js'
import type { AnyString } from './types.js'

/**
 * A unit of power: `kW`, `MW`, `Nm3/h` (normal cubic metres an hour, of gas), or any other text. Values are converted between kW and MW
 * alone.
 */
export type Unit = 'kW' | 'MW' | 'Nm3/h' | AnyString

/** By what one says at an endpoint who one is, and a producer knows one: one of these. */
export type Auth =
  | { readonly query: { readonly name: string; readonly value: string } }
  | { readonly bearer: string }
  | { readonly apiKey: string }
  | { readonly basic: { readonly user: string; readonly password: string } }

/** What watching and examining have in common. Times are in milliseconds. */
export interface EndpointOptions {
  /** The unit of the value in the document. Default: what the document says beside it, if it does. */
  unit?: Unit | null | undefined
  /** By what one says who one is: a key in the query, `Authorization: Bearer`, `X-API-Key`, or Basic. Default: nothing. */
  auth?: Auth | null | undefined
  /** Takes `http://` for other machines than this one: anybody on the way can read and change what is sent. Default: `false`. */
  allowHttp?: boolean | null | undefined
  /** Trusts these certificate authorities and no others: the path of a PEM file, or its content as bytes. Default: those of the system. */
  caBundle?: string | Uint8Array | null | undefined
  /** `http://[user:password@]host:port`, or `https://…`. Default: for `https` what `HTTPS_PROXY` or `ALL_PROXY` names. */
  proxy?: string | null | undefined
}

const ENDPOINT: Record<Exclude<keyof EndpointOptions, 'auth'>, Kind> = {
  unit: 'text',
  allowHttp: 'flag',
  caBundle: 'bundle',
  proxy: 'text',
}

/**
 * The settings as the native module takes them.
 *
 * @param more what there is besides.
 * @param passed names of options that are for others to look at.
 * @internal
 */
export function endpointSettings(
  url: unknown,
  path: unknown,
  options: EndpointOptions | null | undefined,
  more: Record<string, Kind>,
  passed: readonly string[] = [],
): LiveSettings {
  const kinds = { ...ENDPOINT, ...more }
  const names = new Set([...Object.keys(kinds), 'auth', ...passed])
  const { auth, ...rest } = known(options, names) ?? {}
  const mine = Object.fromEntries(Object.entries(rest).filter(([name]) => name in kinds))
  const { caBundle, ...given } = read<EndpointOptions>(mine, kinds, '')
  return {
    ...given,
    url: url instanceof URL ? url.href : text('url', url),
    path: text('path', path),
    ...(auth != null && { auth: authOf(auth) }),
    ...(caBundle != null && { caBundle: held(caBundle) }),
  } as LiveSettings
}

/**
 * A way of saying who one is, as the native module takes it.
 *
 * @internal
 */
export function authOf(auth: unknown, setting = 'auth'): LiveAuth {
  const ways =
    typeof auth === 'object' && auth !== null ? Object.entries(auth).filter(([, it]) => it != null) : []
  const [way, given] = ways[0] ?? []
  const of = (member: string, secret = given): Uint8Array[] => [
    Buffer.from(text(`${setting}.${member}`, secret)),
  ]
  const members = (...names: string[]) => known(object(given), new Set(names), `${setting}.${way}.`) ?? {}
  if (ways.length === 1 && (way === 'bearer' || way === 'apiKey')) return { kind: way, secrets: of(way) }
  if (ways.length === 1 && way === 'query') {
    const { name, value } = members('name', 'value')
    return { kind: way, name: text(`${setting}.query.name`, name), secrets: of('query.value', value) }
  }
  if (ways.length === 1 && way === 'basic') {
    const { user, password } = members('user', 'password')
    return { kind: way, name: text(`${setting}.basic.user`, user), secrets: of('basic.password', password) }
  }
  throw configError(setting, WAYS)
}

function object(given: unknown): Record<string, unknown> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}

const WAYS =
  'must be one of { query: { name, value } }, { bearer }, { apiKey } and { basic: { user, password } }'

/** @internal */
export function text(setting: string, given: unknown): string {
  if (typeof given === 'string') return given
  throw configError(setting, given == null ? 'there is none' : 'must be a string')
}
