/** Options of checks. */

import { isDate } from 'node:util/types'

import type { CallOptions } from './abort.js'
import type { CheckSettings } from './binding.js'
import { configError } from './errors.js'

/** What a check is asked for. */
export interface CheckOptions {
  /** Warnings become errors. Default: `false`. */
  strict?: boolean | null | undefined
  /**
   * The day of the check, after which a transaction lies in the future: `YYYY-MM-DD`, or a `Date`, of which the day counts in UTC if
   * it is midnight there, else here. Default: today in Paris.
   */
  today?: string | Date | null | undefined
  /** How many findings are kept in detail; the others are counted. Default: 100 000. */
  maxFindings?: number | null | undefined
  /** How many threads may be used. Default: as many as there are processors. */
  threads?: number | null | undefined
}

/** What a check in the background is asked for. */
export interface AsyncCheckOptions extends CheckOptions, CallOptions {}

const KNOWN = new Set(['strict', 'today', 'maxFindings', 'threads'])
const KNOWN_ASYNC = new Set([...KNOWN, 'signal', 'timeout'])

/**
 * The options as the native module takes them.
 *
 * @param made whether the text was made here, so that nobody knows its lines.
 * @internal
 */
export function settingsOf(
  options: CheckOptions | null | undefined,
  made: boolean,
  isAsync: boolean,
): CheckSettings | undefined {
  const given = known(options, isAsync ? KNOWN_ASYNC : KNOWN)
  if (given === undefined) return made ? { made } : undefined
  const settings: CheckSettings = { made }
  const { strict, today, maxFindings, threads } = given
  if (strict !== undefined && strict !== null) {
    if (typeof strict !== 'boolean') throw configError('strict', 'must be true or false')
    settings.strict = strict
  }
  if (today !== undefined && today !== null) settings.today = dayOf(today)
  if (maxFindings !== undefined && maxFindings !== null)
    settings.maxFindings = count('maxFindings', maxFindings)
  if (threads !== undefined && threads !== null) settings.threads = count('threads', threads)
  return settings
}

/**
 * The options, if there are any. Refuses an option that does not exist, which would be a mistake that nobody sees.
 *
 * @internal
 */
export function known<T extends object>(
  options: T | null | undefined,
  names: ReadonlySet<string>,
  prefix = '',
): T | undefined {
  if (options === undefined || options === null) return undefined
  if (typeof options !== 'object') throw configError('options', 'must be an object')
  for (const name of Object.keys(options)) {
    if (!names.has(name))
      throw configError(prefix + name, `there is no such option; there are ${[...names].join(', ')}`)
  }
  return options
}

/**
 * A number, for the native module to look at.
 *
 * @internal
 */
export function count(setting: string, given: unknown): number {
  if (typeof given !== 'number') throw configError(setting, 'must be a number')
  return given
}

/**
 * The day that an option names. Text is for the native module to look at.
 *
 * @internal
 */
export function dayOf(given: unknown): string {
  if (typeof given === 'string') return given
  if (!isDate(given) || Number.isNaN(given.getTime())) {
    throw configError('today', 'must be a Date, or text of the form YYYY-MM-DD')
  }
  if (given.getTime() % 86_400_000 === 0) return given.toISOString().slice(0, -14)
  const local = new Date(0)
  local.setUTCFullYear(given.getFullYear(), given.getMonth(), given.getDate())
  return local.toISOString().slice(0, -14)
}
