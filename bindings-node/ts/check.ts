/** The check. */

import { fileURLToPath } from 'node:url'

import { type CallOptions, run } from './abort.js'
import type { CheckSettings, Fault, Stop } from './binding.js'
import { Checked } from './checked.js'
import { configError, value } from './errors.js'
import { background, bytesOf, checkedOf, checkedOfAsync, type Source, wellFormed, withText } from './input.js'
import { native } from './native.js'
import { type AsyncCheckOptions, type CheckOptions, settingsOf } from './options.js'
import { Report } from './report.js'

/**
 * Finds everything that is wrong with a payload, in one pass. Nothing leaves this machine.
 *
 * JavaScript waits meanwhile: for a large payload there are {@link checkAsync} and {@link checkFile}.
 *
 * @param source a payload, or JSON text. Bytes are read in place; a string is the text itself, never a path.
 * @throws {@link ConfigError} if an option has no meaning.
 * @throws `TypeError` for what cannot be a payload, and for an iterator in it: checked, it would be gone when the same payload is sent.
 *
 * @example
 * ```ts
 * import { check } from 'qlower'
 *
 * const text = '{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0"}'
 * const report = check(text)
 * console.log(report.isValid, report.warnings.map((finding) => finding.code)) // true [ 'empty_payload' ]
 * ```
 */
export function check(source: Source, options?: CheckOptions | null): Report {
  const bytes = bytesOf(source)
  if (bytes !== undefined) {
    return Report.of(value(native.checkBytes(bytes, settingsOf(options, false, false))))
  }
  if (typeof source === 'string') {
    return Report.of(value(native.checkString(wellFormed(source), settingsOf(options, false, false))))
  }
  return Report.of(withText(source, (text, made) => native.checkText(text, settingsOf(options, made, false))))
}

/**
 * Checks like {@link check}, in other threads. The event loop is held for a few milliseconds at a time, while the payload is copied:
 * it must not be changed until the promise is settled.
 *
 * @throws as {@link check}; {@link AbortError} and {@link TimeoutError} if it is ended before.
 *
 * @example
 * ```ts
 * import { checkAsync } from 'qlower'
 *
 * const report = await checkAsync(Buffer.from('{}'), { signal: AbortSignal.timeout(60_000) })
 * console.log(report.isValid) // false
 * ```
 */
export async function checkAsync(source: Source, options?: AsyncCheckOptions | null): Promise<Report> {
  return Report.of(await background(source, options, native.checkTextAsync))
}

/**
 * Reads a file and checks it like {@link check}, in other threads. The text never comes into JavaScript's memory.
 *
 * @throws {@link FileError} if it cannot be read; else as {@link checkAsync}.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises'
 * import { checkFile } from 'qlower'
 *
 * await writeFile('payload.json', '{"inigPtynm": "acme"}')
 * const report = await checkFile('payload.json')
 * console.log(report.errors.map((finding) => finding.field)) // [ 'apiKey', 'creDtTm', 'versionId' ]
 * ```
 */
export async function checkFile(path: string | URL, options?: AsyncCheckOptions | null): Promise<Report> {
  return Report.of(await ofFile(path, options, native.checkFile))
}

/**
 * Checks like {@link check}, and gives what may be sent.
 *
 * Sending checks by itself; this is for who wants the bytes, their hash, or to check long before sending.
 *
 * @throws {@link ValidationError} with the whole report, if there is an error in it; else as {@link check}.
 *
 * @example
 * ```ts
 * import { checked, ValidationError } from 'qlower'
 *
 * try {
 *   checked('{"inigPtynm": "acme"}')
 * } catch (error) {
 *   if (!(error instanceof ValidationError)) throw error
 *   console.log(error.message) // the payload has 3 errors; first: The required field "apiKey" is missing or blank.
 * }
 * ```
 */
export function checked(source: Source, options?: CheckOptions | null): Checked {
  return Checked.of(checkedOf(source, options))
}

/**
 * Checks like {@link checkAsync}, and gives what may be sent.
 *
 * @throws {@link ValidationError} with the whole report, if there is an error in it; else as {@link checkAsync}.
 */
export async function checkedAsync(source: Source, options?: AsyncCheckOptions | null): Promise<Checked> {
  return Checked.of(await checkedOfAsync(source, options))
}

/**
 * Reads a file and checks it like {@link checkFile}, and gives what may be sent.
 *
 * @throws {@link ValidationError} with the whole report, if there is an error in it; else as {@link checkFile}.
 */
export async function checkedFile(path: string | URL, options?: AsyncCheckOptions | null): Promise<Checked> {
  return Checked.of(await ofFile(path, options, native.checkedFile))
}

async function ofFile<T>(
  path: string | URL,
  options: AsyncCheckOptions | null | undefined,
  entry: (
    path: string,
    settings: CheckSettings | undefined,
    stop: Stop,
    timeout?: number,
  ) => Promise<T | Fault>,
): Promise<T> {
  const name = path instanceof URL ? fileURLToPath(path) : path
  if (typeof name !== 'string') throw configError('path', 'must be a string or a file: URL')
  const settings = settingsOf(options, false, true)
  const limits: CallOptions | null | undefined = options
  return run<T>(limits, (stop, timeout) => entry(name, settings, stop, timeout), 'not_processed')
}
