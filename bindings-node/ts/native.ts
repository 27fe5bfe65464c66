/** Loads the native module: of a build in this folder, or of the package for this platform. */

import type * as Binding from './binding.js'
import { platforms } from './platforms.js'

/** What the native module has. */
export type Native = typeof Binding

/** Why one of the places has none. */
interface Failure {
  name: string
  missing: boolean
  error: unknown
}

const here = 'qlower.node'
const { version } = require('../package.json') as { version: string }

function failure(name: string, request: string, error: unknown): Failure {
  const { code, message } = error as { code?: unknown; message?: unknown }
  // A package that is there, but without its file, is not missing: that message has the file's path.
  const missing =
    String(code).endsWith('MODULE_NOT_FOUND') && /["']([^"']*)["']/.exec(String(message))?.[1] === request
  return { name, missing, error }
}

function loadError(message: string, failures: readonly Failure[]): Error {
  const causes = failures.filter((it) => !it.missing).map((it) => it.error)
  const cause =
    causes.length > 1 ? new AggregateError(causes, 'several modules could not be loaded') : causes[0]
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.assign(error, { code: 'QLOWER_NATIVE_MODULE' })
}

/** What is wrong, and what can be done about it. */
function explained(failures: readonly Failure[]): Error {
  const platform = `${process.platform}-${process.arch}`
  const packages = failures.filter((it) => it.name !== here)
  if (packages.length === 0) {
    const names = [...new Set(platforms.map((it) => `${it.os}-${it.cpu}`))].join(', ')
    return loadError(`qlower has no native module for ${platform}, but for ${names}.`, failures)
  }
  const lines = [`qlower could not load its native module for ${platform}.`]
  for (const { name, missing, error } of failures) {
    if (name === here && missing) continue
    const text = error instanceof Error ? error.message : String(error)
    lines.push(`  ${name}: ${missing ? 'it is not installed' : text.split('\n', 1)[0]}`)
  }
  const [first, second] = packages.map((it) => `${it.name}@${version}`)
  if (packages.every((it) => it.missing)) {
    const other = second === undefined ? '' : ` (where the C library is musl, as on Alpine: ${second})`
    lines.push(
      'It is an optional dependency of qlower. npm leaves it out with --omit=optional or --no-optional, and where',
      'package-lock.json or node_modules was made on another platform: remove both and install again.',
      `Or ask for it by name: npm install ${first}${other}`,
    )
  } else {
    lines.push('What is installed does not run here, or is damaged: remove node_modules and install again.')
  }
  return loadError(lines.join('\n'), failures)
}

/** The module, if it is of the same version as what is around it. */
function checked(name: string, module: Partial<Native>): Native {
  const found = module.version?.()
  if (found === version) return module as Native
  const what = name === here ? 'Build it anew' : `Install ${name}@${version}`
  const of = found === undefined ? 'of none' : found
  throw loadError(
    `qlower ${version} needs a native module of its own version, but ${name} is ${of}. ${what}.`,
    [],
  )
}

function load(): Native {
  const failures: Failure[] = []
  const local = { name: here, request: `../${here}`, load: () => require('../qlower.node') }
  const fitting = platforms.filter((it) => it.os === process.platform && it.cpu === process.arch)
  for (const { name, request, load } of [local, ...fitting.map((it) => ({ ...it, request: it.name }))]) {
    let module: unknown
    try {
      module = load()
    } catch (error) {
      failures.push(failure(name, request, error))
      continue
    }
    return checked(name, module as Partial<Native>)
  }
  throw explained(failures)
}

/** The native module. */
export const native: Native = load()
