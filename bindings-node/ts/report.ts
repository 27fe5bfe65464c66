/** What a check found. */

import { type InspectOptions, inspect } from 'node:util'

import type { StoredReport } from './binding.js'
import { configError, value } from './errors.js'
import { Finding, type FindingJson } from './finding.js'
import { bytesOf, wellFormed } from './input.js'
import { native } from './native.js'
import { count, known } from './options.js'

/** What a report may be made of, while it is. */
let made: Held | undefined

/** A native object, or a report that the collector takes away by itself. */
type Held = InstanceType<typeof native.Report> | StoredReport

/** How many items of a model there are, and how many findings they have. */
export interface Counts {
  /** Items in the payload. */
  items: number
  /** Findings of severity `error`. */
  errors: number
  /** Findings of severity `warning`. */
  warnings: number
}

/** Which edition of the rules was applied. */
export interface RuleSet {
  /** The wire format. */
  format: string
  /** The edition of Qlower's documentation. */
  edition: string
  /** The month of that edition. */
  date: string
}

/** A report as JSON, the same from every language. */
export interface ReportJson {
  /** See {@link Report.isValid}. */
  is_valid: boolean
  /** See {@link Report.isComplete}. */
  is_complete: boolean
  /** See {@link Report.rules}. */
  rules: RuleSet
  /** See {@link Report.counts}. */
  counts: Record<string, Counts>
  /** See {@link Report.omitted}. */
  omitted: number
  /** See {@link Report.findings}. */
  findings: FindingJson[]
}

/** How a report is shown to people. */
export interface RenderOptions {
  /** The language: `en`, `fr`, or a longer tag such as `fr-FR`. Default: `en`. */
  lang?: 'en' | 'fr' | (string & {}) | null | undefined
  /** Whether to use the colours of an ANSI terminal. Default: `false`. */
  colors?: boolean | null | undefined
  /** How many findings of a kind are shown in full; of the others the places. Default: 3. */
  perGroup?: number | null | undefined
  /** The text that was checked, to show the lines concerned. The access key is masked. */
  source?: Uint8Array | ArrayBuffer | string | null | undefined
  /** What the source is called, such as the name of its file. Default: `-`. */
  name?: string | null | undefined
}

const KNOWN = new Set(['lang', 'colors', 'perGroup', 'source', 'name'])

/**
 * All findings of one check, in the order of what was checked.
 *
 * `toString()` gives the rendering for a terminal, `toJSON()` the data.
 *
 * @example
 * ```ts
 * import { check } from 'qlower'
 *
 * const report = check('{}', { today: '2025-02-01' })
 * console.log(report.isValid, report.errorCount, report.warningCount) // false 4 1
 * console.log(report.errors[0]?.message) // The required field "inigPtynm" is missing or blank.
 * ```
 */
export class Report {
  readonly #held: Held
  #data: ReportJson | undefined
  #findings: readonly Finding[] | undefined

  private constructor(held: Held) {
    if (held === undefined || made !== held) throw new TypeError('reports are made by the function check')
    this.#held = held
  }

  /** @internal */
  static of(held: Held): Report {
    made = held
    const report = new Report(held)
    made = undefined
    return report
  }

  /** The findings; at most as many as `maxFindings` allowed to keep, see {@link omitted}. */
  get findings(): readonly Finding[] {
    if (this.#findings === undefined) {
      const [json, about] = this.#texts()
      this.#data ??= JSON.parse(json) as ReportJson
      const fields = JSON.parse(about) as ({ key: string; name: string | null } | null)[]
      this.#findings = Object.freeze(this.#data.findings.map((data, at) => new Finding(data, fields[at])))
    }
    return this.#findings
  }

  /** The findings of severity `error`. */
  get errors(): readonly Finding[] {
    return this.findings.filter((finding) => finding.severity === 'error')
  }

  /** The findings of severity `warning`. */
  get warnings(): readonly Finding[] {
    return this.findings.filter((finding) => finding.severity === 'warning')
  }

  /** Whether the payload may be sent: every rule ran to the end, and there is no error. */
  get isValid(): boolean {
    return this.#held.isValid
  }

  /** Whether every rule ran over everything. Malformed JSON can stop a check. */
  get isComplete(): boolean {
    return this.#held.isComplete
  }

  /** How many errors there are, those included that were not kept in detail. */
  get errorCount(): number {
    return this.#held.errorCount
  }

  /** How many warnings there are, those included that were not kept in detail. */
  get warningCount(): number {
    return this.#held.warningCount
  }

  /** How many findings were counted but not kept in detail. */
  get omitted(): number {
    return this.#held.omitted
  }

  /** For each model that occurs, its number of items, errors and warnings. */
  get counts(): Readonly<Record<string, Counts>> {
    return this.#load().counts
  }

  /** The edition of the rules that were applied. */
  get rules(): Readonly<RuleSet> {
    return this.#load().rules
  }

  /**
   * Does nothing if the report is valid.
   *
   * @throws {@link ValidationError} with this report, if there is an error in it.
   */
  throwForErrors(): void {
    const held = this.#held
    value('stored' in held ? native.reportVerdict(held.stored) : held.verdict())
  }

  /**
   * The rendering for people: grouped and counted.
   *
   * @throws {@link ConfigError} for an option that has no meaning.
   *
   * @example
   * ```ts
   * import { check } from 'qlower'
   *
   * const report = check('')
   * console.log(report.render({ lang: 'fr' }).split('\n').at(-2))
   * // 1 erreur, 0 avertissement : non valide, et le contrôle n'a pas pu aller au bout (règles 2.0/2.2, 2026-08)
   * ```
   */
  render(options?: RenderOptions | null): string {
    const { lang, colors, perGroup, source, name } = known(options, KNOWN) ?? {}
    if (colors != null && typeof colors !== 'boolean') throw configError('colors', 'must be true or false')
    if (lang != null && typeof lang !== 'string') throw configError('lang', 'must be "en" or "fr"')
    if (name != null && typeof name !== 'string') throw configError('name', 'must be a string')
    const text = typeof source === 'string' ? Buffer.from(wellFormed(source)) : bytesOf(source)
    if (source != null && text === undefined)
      throw configError('source', 'must be a Buffer, Uint8Array or string')
    const number = perGroup == null ? perGroup : count('perGroup', perGroup)
    const held = this.#held
    const how = [lang ?? 'en', colors === true, number, text, name] as const
    return value('stored' in held ? native.reportRendering(held.stored, ...how) : held.render(...how))
  }

  /** {@link render} in English, without colours. */
  toString(): string {
    return this.render()
  }

  /** The report as plain data, the same from every language. It is the caller's own. */
  toJSON(): ReportJson {
    return JSON.parse(this.#texts()[0]) as ReportJson
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const facts = { isValid: this.isValid, errorCount: this.errorCount, warningCount: this.warningCount }
    const shown = depth < 0 ? facts : { ...facts, findings: this.findings }
    return `Report ${inspect(shown, { ...options, depth: Math.max(depth, 1) })}`
  }

  /** The core's JSON, and what it says of fields. */
  #texts(): [json: string, fields: string] {
    const held = this.#held
    if ('stored' in held) return value(native.reportData(held.stored)) as [string, string]
    return [value(held.json()), value(held.fields())]
  }

  #load(): ReportJson {
    this.#data ??= this.toJSON()
    return this.#data
  }
}
