/** The package under test, and copies of it. */

import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** A module of the package that is not for everybody, such as `errors`. What is published has them all in one file. */
export function internal<T>(name: string): T {
  const load = require('qlower')[Symbol.for('qlower.modules')] as ((file: string) => T) | undefined
  return load === undefined ? require(join(source, `dist/${name}.js`)) : load(`./${name}.js`)
}

interface Platform {
  id: string
  os: string
  cpu: string
}

/** The package's folder. */
export const source = dirname(dirname(require.resolve('qlower')))

/** How the names of the platforms' packages end that fit this machine. */
export const fitting = (require(join(source, 'dist/platforms.js')) as { platforms: Platform[] }).platforms
  .filter((it) => it.os === process.platform && it.cpu === process.arch)
  .map((it) => it.id)

/** The native modules: of a build in the package's folder, or of the installed packages. */
export const modules = {
  client: moduleOf('node'),
  sandbox: moduleOf('sandbox'),
  connect: moduleOf('connect'),
}

function moduleOf(family: string): string {
  const local = join(source, 'qlower.node')
  if (existsSync(local)) return local
  for (const id of fitting) {
    const file = join(dirname(source), `@qlower/${family}-${id}/qlower.node`)
    if (existsSync(file)) return file
  }
  throw new Error(`no native module of the family ${family} is installed`)
}

/** Copies what has no native module. */
export function copyPackage(folder: string): string {
  const at = join(folder, 'node_modules/qlower')
  mkdirSync(at, { recursive: true })
  cpSync(join(source, 'dist'), join(at, 'dist'), { recursive: true })
  cpSync(join(source, 'package.json'), join(at, 'package.json'))
  return at
}

/** Copies everything, into files of their own. */
export function copyAll(folder: string): void {
  const at = copyPackage(folder)
  const local = join(source, 'qlower.node')
  if (existsSync(local)) cpSync(local, join(at, 'qlower.node'))
  else cpSync(join(dirname(source), '@qlower'), join(dirname(at), '@qlower'), { recursive: true })
}
