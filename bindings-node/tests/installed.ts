/** Where the package under test is. */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** A platform that has a package. */
export interface Platform {
  name: string
  os: string
  cpu: string
}

/** The package's folder. */
export const source = dirname(dirname(require.resolve('qlower')))

/** The platforms' packages that fit this machine. */
export const fitting = (
  require(join(source, 'dist/platforms.js')) as { platforms: Platform[] }
).platforms.filter((it) => it.os === process.platform && it.cpu === process.arch)

/** The native module that is loaded. */
export function modulePath(): string {
  const local = join(source, 'qlower.node')
  if (existsSync(local)) return local
  const from = createRequire(join(source, 'dist/native.js'))
  for (const { name } of fitting) {
    try {
      return from.resolve(name)
    } catch {
      // The other one, then.
    }
  }
  throw new Error('no native module is installed')
}
