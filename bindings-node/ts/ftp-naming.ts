/** The names that files get on a server. */

import { isDate } from 'node:util/types'

import { connect } from './connect.js'
import { configError, value } from './errors.js'
import { type Variables, variablesOf } from './ftp-files.js'
import { type NamingRules, namingRules } from './ftp-options.js'
import { known } from './options.js'

/** The names of a delivery. */
export interface Plan {
  /** The folder for all of it; `null` for where the login lands. */
  readonly directory: string | null
  /** The archive, with its folders; `null` if there is none. */
  readonly archive: string | null
  /** The files, with their folders; with an archive, the names in it. */
  readonly files: readonly string[]
  /** The side file, with its folders; `null` if there is none. */
  readonly sideFile: string | null
}

/** What names are made of, for one file. */
export interface NamingSource {
  /** Its name on this machine. */
  readonly name: string
  /** SHA-256 of its content, in hexadecimal digits, for rules that ask for it. */
  readonly sha256?: string | null | undefined
  /** The partner, of a payload. */
  readonly partner?: string | null | undefined
}

/** A mistake in a rule, or in a name that it makes. */
export interface NamingFault {
  /** What kind of mistake it is, such as `unknown_variable`. */
  readonly code: string
  /** The rule; `null` if it is about none in particular. */
  readonly rule: 'directory' | 'file' | 'archive' | 'sideFile' | null
  /** Of which file, counted from 0; `null` if it is about none in particular. */
  readonly file: number | null
  /** Where in the template, in characters from 1; `null` if it is about the whole. */
  readonly position: number | null
  /** The name that cannot be used, or the variable; `null` if it is about neither. */
  readonly name: string | null
  /** What was probably meant; `null` if that cannot be told. */
  readonly suggestion: string | null
  /** What is wrong, and what to do, in English. */
  readonly message: string
  /** The same in French. */
  readonly messageFr: string
}

/** A {@link NamingFault} as the core writes it. @internal */
export interface NamingFaultJson extends Omit<NamingFault, 'rule' | 'messageFr'> {
  readonly rule: string | null
  readonly message_fr: string
}

/** @internal */
export function namingFault({ message_fr, rule, ...problem }: NamingFaultJson): NamingFault {
  return Object.freeze({
    code: problem.code,
    rule: (rule === 'side_file' ? 'sideFile' : rule) as NamingFault['rule'],
    file: problem.file ?? null,
    position: problem.position ?? null,
    name: problem.name ?? null,
    suggestion: problem.suggestion ?? null,
    message: problem.message,
    messageFr: message_fr,
  })
}

/**
 * The names that rules make, without a destination and without any file: for a form in which a customer writes the rules.
 *
 * @param options `at`: the moment of the delivery, of which `date` and `time` are made. Default: now.
 * @throws {@link NamingError} with everything that is wrong.
 * @throws {@link ConfigError} for an argument of another kind.
 *
 * @example
 * ```ts
 * import { ftp } from 'qlower'
 *
 * const rules = { directory: 'stock/{date}', file: '{vin}_{n:02}.{ext:lower}', archive: '{vin}.zip' }
 * const photos = [{ name: 'front.JPG' }, { name: 'back.JPG' }]
 * const names = ftp.names(rules, photos, { vin: 'VF1RFB00X57' }, { at: new Date('2025-01-31') })
 * console.log(names.archive, names.files[1]) // stock/2025-01-31/VF1RFB00X57.zip VF1RFB00X57_02.jpg
 * ```
 */
export function names(
  rules: NamingRules,
  sources: Iterable<NamingSource>,
  variables?: Variables | null,
  options?: { at?: Date | null | undefined } | null,
): Plan {
  const { at } = known(options, new Set(['at'])) ?? {}
  if (at != null && (!isDate(at) || Number.isNaN(at.getTime()))) throw configError('at', 'must be a Date')
  const given = Array.from(sources, (source, position) => {
    const { name, sha256, partner } = Object(source)
    for (const [member, text] of Object.entries({ name: name ?? 0, sha256, partner })) {
      if (text != null && typeof text !== 'string')
        throw configError(`sources[${position}].${member}`, 'must be a string')
    }
    return { name, ...(sha256 != null && { sha256 }), ...(partner != null && { partner }) }
  })
  const native = connect()
  const moment = at == null ? undefined : at.getTime()
  return planOf(value(native.ftpNames(namingRules(rules), given, variablesOf(variables), moment)))
}

/** Plan, as the native module writes them. */
export function planOf(json: string): Plan {
  const { directory, archive, files, side_file } = JSON.parse(json) as {
    directory: string | null
    archive: string | null
    files: string[]
    side_file: string | null
  }
  return Object.freeze({ directory, archive, files: Object.freeze(files), sideFile: side_file })
}
