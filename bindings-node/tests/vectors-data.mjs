// The vectors of the core, read as their README says.
//
// They are those of this repository, or of the one that QLOWER_REPOSITORY names.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = process.env.QLOWER_REPOSITORY ?? join(dirname(fileURLToPath(import.meta.url)), '../..')

/** All vectors of a folder, in the order of the file names. */
export function load(name) {
  const folder = join(resolve(repository), 'qlower-core/vectors', name)
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  if (files.length === 0) throw new Error(`no vectors in ${folder}`)
  return files.sort().flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

/** A text, in one of the forms that the README lists. */
export function bytesOf(given) {
  if (typeof given === 'string') return Buffer.from(given)
  if ('lines' in given) return Buffer.from(given.lines.join('\n'))
  if ('parts' in given) return Buffer.from(given.parts.map(([text, times]) => text.repeat(times)).join(''))
  return Buffer.from(given.base64, 'base64')
}
