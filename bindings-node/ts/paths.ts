/** Places on the disk, as Node takes them. */

import { fileURLToPath } from 'node:url'

import { configError } from './errors.js'

/** A path, or a `file:` URL. */
export type PathLike = string | URL

/** The path. Throws if it is none. */
export function pathOf(given: PathLike, setting: string): string {
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return given
  if (given instanceof URL && given.protocol === 'file:') return fileURLToPath(given)
  throw configError(setting, 'must be a path, or a file: URL')
}
