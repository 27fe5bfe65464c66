/** What is delivered, and the variables that names are made of. */

import { PayloadFile } from './batch.js'
import type { FtpFile } from './binding.js'
import { Checked } from './checked.js'
import { configError } from './errors.js'
import { bytesOf } from './input.js'
import { type PathLike, pathOf } from './paths.js'

/**
 * A file to deliver: a path or a `file:` URL; a path with another name; bytes, or text, with a name; a payload that passed the check; or
 * a file of payloads that a `PayloadWriter` wrote. A name is what the templates know as `name`, `stem` and `ext`.
 */
export type Outgoing =
  | PathLike
  | { readonly path: PathLike; readonly name?: string | null | undefined }
  | { readonly name: string; readonly content: ArrayBufferView | ArrayBufferLike | string }
  | { readonly payload: Checked; readonly name?: string | null | undefined }
  | Checked
  | PayloadFile

/** Variables of the templates, by name. A number stands for its shortest decimal text. */
export type Variables = Readonly<Record<string, string | number | bigint>>

/** Variables as the native module takes them: names and values in turn. */
export function variablesOf(variables: Variables | null | undefined): string[] {
  if (variables == null) return []
  if (typeof variables !== 'object' || Array.isArray(variables)) {
    throw configError('variables', 'must be an object: values by names')
  }
  return Object.entries(variables).flatMap(([name, value]) => {
    const isText = typeof value === 'string' && value.isWellFormed()
    if (isText || typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)))
      return [name, `${value}`]
    throw configError(`variables.${name}`, 'must be a string or a number')
  })
}

/** Files as the native module takes them. Bytes are copied by it before anything else happens. */
export function filesOf(files: Iterable<Outgoing> | Outgoing): FtpFile[] {
  const one = typeof files === 'string' || !(Symbol.iterator in Object(files))
  return Array.from(one ? [files as Outgoing] : (files as Iterable<Outgoing>), fileOf)
}

function fileOf(given: Outgoing, position: number): FtpFile {
  const setting = `files[${position}]`
  const checked = Checked.held(given)
  if (checked !== undefined) return payloadOf(given as Checked)
  if (given instanceof PayloadFile) return { path: given.path, partner: given.partner }
  if (typeof given === 'string' || given instanceof URL) return { path: pathOf(given, setting) }
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given)) {
    throw configError(setting, 'must be a path, { path }, { name, content }, or a payload that was checked')
  }
  const { path, name, content, payload } = given as Record<'path' | 'name' | 'content' | 'payload', unknown>
  if (name != null && typeof name !== 'string') throw configError(`${setting}.name`, 'must be a string')
  const named = name == null ? {} : { name }
  if ([path, content, payload].filter((it) => it != null).length !== 1) {
    throw configError(setting, 'must have one of path, content and payload')
  }
  if (path != null) return { path: pathOf(path as PathLike, `${setting}.path`), ...named }
  if (payload != null) {
    if (Checked.held(payload) !== undefined) return { ...payloadOf(payload as Checked), ...named }
    throw configError(`${setting}.payload`, 'must be what the function checked gave')
  }
  if (name == null) throw configError(`${setting}.name`, 'there is none: bytes need one')
  const bytes = typeof content === 'string' ? Buffer.from(content) : bytesOf(content)
  if (bytes === undefined) throw configError(`${setting}.content`, 'must be bytes, or a string')
  return { name, content: bytes }
}

function payloadOf(payload: Checked): FtpFile {
  return { content: payload.toBuffer(), partner: payload.partner }
}
