/** One finding of a check. */

import { inspect } from 'node:util'

/** A finding as JSON, the same from every language; what is not known is left out. */
export interface FindingJson {
  /** See {@link Finding.code}. */
  code: string
  /** See {@link Finding.severity}. */
  severity: 'error' | 'warning'
  /** See {@link Finding.model}. */
  model: string
  /** See {@link Finding.id}. */
  id: string | null
  /** See {@link Finding.pointer}. */
  pointer: string
  /** See {@link Finding.line}. */
  line?: number
  /** See {@link Finding.column}. */
  column?: number
  /** See {@link Finding.message}. */
  message: string
  /** See {@link Finding.messageFr}. */
  message_fr: string
  /** See {@link Finding.accepted}. */
  accepted?: string[]
  /** See {@link Finding.suggestion}. */
  suggestion?: string
}

/**
 * A mistake, or something to look at, with its place.
 *
 * `String(finding)` is the English message alone. The access key never occurs in a finding.
 *
 * @example
 * ```ts
 * import { check } from 'qlower'
 *
 * const text = `{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00Z",
 *  "versionId": "2.0", "transactions": [
 *   {"id": "T1", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 1, "ref": "Loyer"}]}`
 * const finding = check(text, { today: '2025-02-01' }).errors[0]
 * console.log(finding?.code, finding?.pointer, finding?.line) // invalid_date /transactions/0/reqdExctnDt 3
 * console.log(finding?.fieldName, finding?.suggestion) // date 2025-01-31
 * console.log(`${finding}`) // "31/01/2025" is not a date (YYYY-MM-DD).
 * ```
 */
export class Finding {
  /** What kind of finding it is, such as `missing_field`. */
  readonly code: string
  /** `error`: nothing may be sent. `warning`: Qlower accepts it, but look at it. */
  readonly severity: 'error' | 'warning'
  /** The model of the item concerned, such as `transactions`; `payload` for the header. */
  readonly model: string
  /** The partner's id of the item concerned, where it has one. */
  readonly id: string | null
  /** Wire key of the field concerned, where it is about one. */
  readonly field: string | null
  /** The readable name of that field, where it has one: the property to look at. */
  readonly fieldName: string | null
  /** JSON Pointer of the value, by wire keys; of a missing field, where it would stand. */
  readonly pointer: string
  /** Line in the text, from 1; `null` where no text was given. */
  readonly line: number | null
  /** Column in the line, in characters, from 1; `null` where no text was given. */
  readonly column: number | null
  /** The message in English. */
  readonly message: string
  /** The message in French. */
  readonly messageFr: string
  /** The values that would be accepted, where they are a short closed list. */
  readonly accepted: readonly string[]
  /** What was probably meant: a value, or the nearest known key. */
  readonly suggestion: string | null

  /** @internal */
  constructor(data: FindingJson, field: { key: string; name: string | null } | null | undefined) {
    this.code = data.code
    this.severity = data.severity
    this.model = data.model
    this.id = data.id
    this.field = field?.key ?? null
    this.fieldName = field?.name ?? null
    this.pointer = data.pointer
    this.line = data.line ?? null
    this.column = data.column ?? null
    this.message = data.message
    this.messageFr = data.message_fr
    this.accepted = data.accepted ?? []
    this.suggestion = data.suggestion ?? null
  }

  /** The message in English. */
  toString(): string {
    return this.message
  }

  /** The finding as it stands in the report's JSON. */
  toJSON(): FindingJson {
    const { code, severity, model, id, pointer, line, column, message, accepted, suggestion } = this
    return {
      code,
      severity,
      model,
      id,
      pointer,
      ...(line !== null && { line }),
      ...(column !== null && { column }),
      message,
      message_fr: this.messageFr,
      ...(accepted.length > 0 && { accepted: [...accepted] }),
      ...(suggestion !== null && { suggestion }),
    }
  }

  /** @internal */
  [inspect.custom](): string {
    const identity = this.id === null ? '' : ` id=${JSON.stringify(this.id)}`
    const place = this.line === null ? '' : ` (${this.line}:${this.column})`
    return `Finding ${this.severity}[${this.code}] ${this.pointer || '/'}${identity}${place}: ${this.message}`
  }
}
