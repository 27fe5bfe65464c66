/** Bodies, headers and secrets of webhooks, as they are given. */

import { isUint8Array } from 'node:util/types'

import { configError } from './errors.js'
import { bytesOf } from './input.js'

/** The bytes of a body as they came. A string stands for its UTF-8: it has to be the raw body, not what was parsed and written again. */
export type Body = ArrayBufferView | ArrayBufferLike | string

/** A secret: text, or the bytes themselves. */
export type Secret = string | Uint8Array

/** A secret, or several during a rotation. */
export type Secrets = Secret | readonly Secret[]

/** The value of a header: of one line, of several, or none. */
export type Header = string | readonly string[] | null | undefined

const NONE = Buffer.alloc(0)

/** The bytes of a body. */
export function bodyBytes(body: unknown): Uint8Array {
  if (typeof body === 'string') {
    if (body.isWellFormed()) return Buffer.from(body)
    throw wrong('the body is a string with half a character in it: the raw body is wanted, as bytes')
  }
  const bytes = bytesOf(body)
  if (bytes !== undefined) return bytes
  const kind = body === null ? 'null' : Array.isArray(body) ? 'an array' : typeof body
  throw wrong(
    kind === 'object' || kind === 'an array'
      ? 'the body is an object that was parsed already: the signature is over the bytes as they came, which cannot be made ' +
          'of it again. Give the raw body: read it before any parser, or with one that keeps it (express.raw)'
      : `the raw body is wanted: a Buffer, a Uint8Array, an ArrayBuffer or a string; not ${kind}`,
  )
}

function wrong(problem: string): TypeError {
  return Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_TYPE' })
}

/** The bytes of a header, empty if there was none. Several lines are joined as HTTP joins them. */
export function headerBytes(header: unknown): Uint8Array {
  if (header === undefined || header === null) return NONE
  const text = Array.isArray(header) ? header.join(',') : header
  if (typeof text !== 'string') throw configError('header', 'must be a string, or an array of strings')
  // What reads HTTP gives a character for each byte.
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return Buffer.from(text)
  return Buffer.from(text, 'latin1')
}

/** The bytes of secrets. */
export function secretBytes(secrets: unknown, setting: string): Uint8Array[] {
  const list = Array.isArray(secrets) ? secrets : [secrets]
  return list.map((secret) => oneSecret(secret, setting))
}

/** The bytes of a secret. */
export function oneSecret(secret: unknown, setting: string): Uint8Array {
  if (typeof secret === 'string' && secret.isWellFormed()) return Buffer.from(secret)
  const bytes = isUint8Array(secret) ? bytesOf(secret) : undefined
  if (bytes !== undefined) return bytes
  throw configError(setting, secret == null ? 'there is none' : 'must be a string or a Buffer')
}

/** Users of HTTP Basic. */
export function passwordsOf(users: unknown): { names: string[]; passwords: Uint8Array[] } {
  if (typeof users !== 'object' || users === null || Array.isArray(users)) {
    throw configError('users', 'must be an object: passwords by names')
  }
  const passwords = Object.values(users).map((password) => oneSecret(password, 'users'))
  return { names: Object.keys(users), passwords }
}
