/** The source of a producer's readings: asked once for all who ask at the same time, and not again while its answer is fresh. */

import { isDate } from 'node:util/types'

import type { LiveMeasurement } from './binding.js'
import { connect } from './connect.js'
import { configError, make, TimeoutError, value } from './errors.js'
import { text, type Unit } from './live-options.js'

/** What was measured. */
export interface Measurement {
  /** The value. */
  readonly value: number
  /** Its unit. Default: that of the producer. */
  readonly unit?: Unit | null | undefined
  /** When it was measured: a `Date`, or a date and time with its offset (ISO 8601). Default: when the source gave it; `null`: not told. */
  readonly at?: Date | string | null | undefined
}

/** What a source gives: a measurement, a number in the producer's unit, or `null` if there is none just now. */
export type Measured = Measurement | number | null | undefined

/**
 * Gives what was measured. Its signal is aborted when nobody waits any more because it took too long: what it asks for can be given up
 * then. What it throws is answered 503, and told to `onError`.
 */
export type Source = (call: { readonly signal: AbortSignal }) => Measured | Promise<Measured>

/** What a source gave: nothing if it failed. */
type Taken = LiveMeasurement | undefined

/** Asks a source. */
export class Sharing {
  readonly #source: Source
  readonly #timeout: number
  readonly #freshFor: number
  readonly #tell: (error: unknown) => void
  #pending: Promise<Taken> | undefined
  #kept: { readonly taken: Taken; readonly until: number } | undefined

  constructor(source: Source, timeout: number, freshFor: number, tell: (error: unknown) => void) {
    this.#source = source
    this.#timeout = timeout
    this.#freshFor = freshFor
    this.#tell = tell
  }

  /** What was measured last, or is now. Its promise is never rejected, and fulfilled within the limit. */
  read(): Promise<Taken> {
    if (this.#pending !== undefined) return this.#pending
    if (this.#kept !== undefined && performance.now() < this.#kept.until)
      return Promise.resolve(this.#kept.taken)
    const pending = this.#ask()
    this.#pending = pending
    const over = (): void => {
      this.#pending = undefined
    }
    pending.then(over)
    return pending
  }

  /** Asks; a failure is kept as well as a value is. A source that took too long is asked again by the next request. */
  async #ask(): Promise<Taken> {
    const controller = new AbortController()
    const limit = this.#timeout
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = make(TimeoutError, `the source takes longer than ${limit} ms`, {
          limit,
          isRetryable: true,
        })
        controller.abort(error)
        reject(error)
      }, limit)
    })
    try {
      return this.#keep(taken(await Promise.race([this.#call(controller.signal), late])))
    } catch (error) {
      this.#tell(error)
      return controller.signal.aborted ? undefined : this.#keep(undefined)
    } finally {
      clearTimeout(timer)
    }
  }

  #keep(taken: Taken): Taken {
    this.#kept = { taken, until: performance.now() + this.#freshFor }
    return taken
  }

  // What it throws at once is no different from what it throws later.
  async #call(signal: AbortSignal): Promise<Measured> {
    return this.#source({ signal })
  }
}

/** A measurement, as the native module takes it. Throws for one that is none. */
function taken(measured: unknown): Taken {
  if (measured === null || measured === undefined) return undefined
  const given = typeof measured === 'number' ? { value: measured } : measured
  if (typeof given !== 'object') throw configError('source', 'must give a measurement, a number or null')
  const { value: number, unit, at } = given as Record<'value' | 'unit' | 'at', unknown>
  if (typeof number !== 'number') throw configError('source', 'gave a value that is no number')
  const measurement = {
    value: number,
    ...(unit != null && { unit: text('unit', unit) }),
    ...(at !== null && { at: momentOf(at ?? new Date()) }),
  }
  value(connect().liveMeasured(measurement))
  return measurement
}

function momentOf(at: unknown): string {
  return isDate(at) && !Number.isNaN(at.getTime()) ? at.toISOString() : text('at', at)
}
