/** Loads the native modules: of a build in this folder, or of the packages for this platform. */

import type * as Binding from './binding.js'
import { type Platform, platforms } from './platforms.js'

/** What the native module has. */
export type Native = typeof Binding

/** What that of the sandbox has. */
export type SandboxNative = Pick<Native, 'Sandbox' | 'sandboxDefaults' | 'Stop' | 'version'>

/** What that of deliveries and live readings has. */
export type ConnectNative = Pick<Native, Connected | 'Progress' | 'Stop' | 'version'>

/** The entries that are there for deliveries and live readings alone. */
type Connected = Extract<
  keyof Native,
  `${'' | 'open' | 'parse'}${'Ftp' | 'Live'}${string}` | `${'ftp' | 'live'}${string}`
>

/** Where a module is looked for. */
interface Place {
  name: string
  /** As `require` is asked for it. */
  request: string
  load: () => unknown
}

/** Why a place has none. */
interface Failure extends Place {
  missing: boolean
  error: unknown
}

/** What can be done if no place has it. */
type Advice = (names: readonly string[]) => string

const here = { name: 'qlower.node', request: '../qlower.node', load: () => require('../qlower.node') }
/** Packages that are installed by whoever needs them. */
const sandboxPackage = '@qlower/sandbox'
const connectPackage = '@qlower/connect'
const { version } = require('../package.json') as { version: string }

function failure(place: Place, error: unknown): Failure {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const asked = /["']([^"']*)["']/.exec(String(message))?.[1]
  // A package that is there, but without its file, is not missing: that message has the file's path.
  const missing =
    String(code).endsWith('MODULE_NOT_FOUND') &&
    (asked === place.request || asked === sandboxPackage || asked === connectPackage)
  return { ...place, error, missing }
}

function loadError(message: string, failures: readonly Failure[]): Error {
  const causes = failures.filter((it) => !it.missing).map((it) => it.error)
  const cause =
    causes.length > 1 ? new AggregateError(causes, 'several modules could not be loaded') : causes[0]
  const error = new Error(message, cause === undefined ? undefined : { cause })
  return Object.assign(error, { code: 'QLOWER_NATIVE_MODULE' })
}

/** What is wrong, and what can be done about it. */
function explained(failures: readonly Failure[], advice: Advice): Error {
  const platform = `${process.platform}-${process.arch}`
  const packages = failures.filter((it) => it.name !== here.name)
  if (packages.length === 0) {
    const names = [...new Set(platforms.map((it) => `${it.os}-${it.cpu}`))].join(', ')
    return loadError(`qlower has no native module for ${platform}, but for ${names}.`, failures)
  }
  const lines = [`qlower could not load its native module for ${platform}.`]
  for (const { name, missing, error } of failures) {
    if (name === here.name && missing) continue
    const text = error instanceof Error ? error.message : String(error)
    lines.push(`  ${name}: ${missing ? 'it is not installed' : text.split('\n', 1)[0]}`)
  }
  lines.push(
    packages.every((it) => it.missing)
      ? advice(packages.map((it) => `${it.name}@${version}`))
      : 'What is installed does not run here, or is damaged: remove node_modules and install again.',
  )
  return loadError(lines.join('\n'), failures)
}

/** The module, if it is of the same version as what is around it. */
function checked<T extends { version(): string }>(name: string, module: Partial<T>): T {
  const found = module.version?.()
  if (found === version) return module as T
  const what = name === here.name ? 'Build it anew' : `Install ${name}@${version}`
  const of = found === undefined ? 'of none' : found
  throw loadError(
    `qlower ${version} needs a native module of its own version, but ${name} is ${of}. ${what}.`,
    [],
  )
}

function loaded<T extends { version(): string }>(places: readonly Place[], advice: Advice): T {
  const failures: Failure[] = []
  for (const place of places) {
    let module: unknown
    try {
      module = place.load()
    } catch (error) {
      failures.push(failure(place, error))
      continue
    }
    return checked(place.name, module as Partial<T>)
  }
  throw explained(failures, advice)
}

function fitting(family: string, load: (platform: Platform) => unknown): Place[] {
  const these = platforms.filter((it) => it.os === process.platform && it.cpu === process.arch)
  return these.map((it) => {
    const name = `@qlower/${family}-${it.id}`
    return { name, request: name, load: () => load(it) }
  })
}

/** The native module. */
export const native: Native = loaded(
  [here, ...fitting('node', (it) => it.load())],
  ([
    first,
    second,
  ]) => `It is an optional dependency of qlower. npm leaves it out with --omit=optional or --no-optional, and where
package-lock.json or node_modules was made on another platform: remove both and install again.
Or ask for it by name: npm install ${first}${second === undefined ? '' : ` (where the C library is musl, as on Alpine: ${second})`}`,
)

let sandbox: SandboxNative | undefined
let connect: ConnectNative | undefined

/** The native module of the sandbox, which is loaded when it is first needed. In a build in this folder, all are one. */
export function sandboxNative(): SandboxNative {
  sandbox ??=
    'Sandbox' in native
      ? native
      : loaded<SandboxNative>(
          fitting('sandbox', ({ id }) =>
            (require('@qlower/sandbox') as Record<string, () => unknown>)[id]?.(),
          ),
          () => `The sandbox is a package of its own: npm install --save-dev ${sandboxPackage}@${version}`,
        )
  return sandbox
}

/** The native module of deliveries and live readings, in the same way. */
export function connectNative(): ConnectNative {
  connect ??=
    'FtpDestination' in native
      ? native
      : loaded<ConnectNative>(
          fitting('connect', ({ id }) =>
            (require('@qlower/connect') as Record<string, () => unknown>)[id]?.(),
          ),
          () =>
            `Deliveries by FTP and live readings are a package of their own: npm install ${connectPackage}@${version}`,
        )
  return connect
}
