/** Single readings: where a value stands in a document, and what it means. */

import { connect } from './connect.js'
import { configError, value } from './errors.js'
import { text, type Unit } from './live-options.js'
import { known } from './options.js'
import { type Body, bodyBytes } from './webhook-given.js'

/** A {@link Found} as JSON, the same from every language; what is not known is left out. */
export interface FoundJson {
  value: number
  unit?: string
  timestamp?: string
  status?: string
  remarks: string[]
  in_agreed?: number
}

/** A value that was found in a document, and what stands beside it. */
export class Found {
  readonly #json: string
  /** The value. */
  readonly value: number
  /** The value in the unit that was agreed on; `null` if none was given. */
  readonly agreed: number | null
  /** The unit that the document gives it; `null` if it gives none. */
  readonly unit: Unit | null
  /** When the document says that it was measured; `null` if it does not. */
  readonly timestamp: Date | null
  /** What the document says of its own state, such as `ok`; `null` if nothing. */
  readonly status: string | null
  /** What is odd about the document and hinders nothing, such as `timestamp_without_offset`. */
  readonly remarks: readonly string[]

  /** @internal */
  constructor(json: string) {
    const found = JSON.parse(json) as FoundJson
    this.#json = json
    this.value = found.value
    this.agreed = found.in_agreed ?? null
    this.unit = found.unit ?? null
    this.timestamp = found.timestamp === undefined ? null : new Date(found.timestamp)
    this.status = found.status ?? null
    this.remarks = found.remarks
  }

  /** As plain data, the same from every language. */
  toJSON(): FoundJson {
    return JSON.parse(this.#json) as FoundJson
  }
}

/**
 * Reads the value in a document of an endpoint.
 *
 * @param body the document, JSON.
 * @param path where the value stands: `current_power`, `data.power.value`, `measurements.0.value`.
 * @param options `unit`: the unit that was agreed on. A document that names another one is converted, see {@link Found.agreed}.
 * @throws {@link ReadingError} if there is none, with the reason and what to do.
 * @throws {@link SettingError} for a path that is none.
 *
 * @example
 * ```ts
 * import { live } from 'qlower'
 *
 * const body = '{"status": "ok", "data": {"power": {"value": 42.5, "unit": "MW"}}}'
 * const found = live.read(body, 'data.power.value')
 * console.log(found.value, found.unit, live.convert(found.value, 'MW', 'kW')) // 42.5 MW 42500
 * try {
 *   live.read('{"current_power": "42.5"}', 'current_power')
 * } catch (error) {
 *   if (!(error instanceof live.ReadingError)) throw error
 *   console.log(error.reason) // not_a_number
 * }
 * ```
 */
export function read(body: Body, path: string, options?: { unit?: Unit | null | undefined } | null): Found {
  const { unit } = known(options, new Set(['unit'])) ?? {}
  const agreed = unit == null ? undefined : text('unit', unit)
  return new Found(value(connect().liveRead(bodyBytes(body), text('path', path), agreed)))
}

/**
 * Converts a value from a unit to another; `null` where that cannot be done. Between kW and MW it is exact.
 */
export function convert(given: number, from: Unit, to: Unit): number | null {
  if (typeof given !== 'number') throw configError('value', 'must be a number')
  return value(connect().liveConvert(given, text('from', from), text('to', to))) ?? null
}
