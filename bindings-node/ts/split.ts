/** Payloads in parts. */

import { inspect } from 'node:util'

import { type CallOptions, run } from './abort.js'
import { Checked } from './checked.js'
import { value } from './errors.js'
import { checkedOf, checkedOfAsync, type Source } from './input.js'
import { native } from './native.js'
import { count, known } from './options.js'

type Native = InstanceType<typeof native.Part>

/** How small parts are to be. */
export interface SplitOptions {
  /** The most bytes that a part may have, header included. Default: 10 MiB, as `maxBodyBytes` of a client. */
  maxBytes?: number | null | undefined
  /** The most items that a part may have, nested ones included. Default: any number. */
  maxItems?: number | null | undefined
}

/** How small parts are to be, and how the call may be ended. */
export interface AsyncSplitOptions extends SplitOptions, CallOptions {}

const KNOWN = new Set(['maxBytes', 'maxItems'])
const KNOWN_ASYNC = new Set([...KNOWN, 'signal', 'timeout'])

/**
 * Checks a payload and cuts it into parts, each small enough for one request, for `Client.sendAll`.
 *
 * The same payload and limits give the same parts.
 *
 * @throws {@link ValidationError} if the payload has errors; {@link SplitError} if something in it fits into no part.
 *
 * @example
 * ```ts
 * import { split } from 'qlower'
 *
 * const rent = { date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
 * const transactions = ['T1', 'T2', 'T3'].map((id) => ({ id, ...rent }))
 * const createdAt = '2025-02-01T08:00:00+01:00'
 * const parts = split({ partner: 'acme', apiKey: 'k-1', createdAt, transactions }, { maxItems: 2 })
 * console.log(parts.map((part) => part.items)) // [ 2, 1 ]
 * console.log(parts.get(1)?.pointerInWhole('/transactions/0/amt')) // /transactions/2/amt
 * ```
 */
export function split(source: Source, options?: SplitOptions | null): Parts {
  const { maxBytes, maxItems } = limitsOf(options, KNOWN)
  return partsOf(value(native.split(checkedOf(source), maxBytes, maxItems)))
}

/**
 * The same as {@link split}, in other threads.
 *
 * @throws as {@link split}; {@link AbortError} and {@link TimeoutError} if it is ended before.
 */
export async function splitAsync(source: Source, options?: AsyncSplitOptions | null): Promise<Parts> {
  const { maxBytes, maxItems } = limitsOf(options, KNOWN_ASYNC)
  const { signal, timeout } = options ?? {}
  const checked = await checkedOfAsync(source, { signal, timeout })
  const parts = await run<Native[]>(
    { signal, timeout },
    (stop, limit) => native.splitAsync(checked, maxBytes, maxItems, stop, limit),
    'not_processed',
  )
  return partsOf(parts)
}

/** A part of a checked payload, which may be sent on its own once those that it needs are loaded. */
export class Part {
  readonly #native: Native
  #checked: Checked | undefined

  private constructor(handle: Native) {
    if (!(handle instanceof native.Part)) throw new TypeError('parts are made by the function split')
    this.#native = handle
  }

  /** @internal */
  static of(handle: Native): Part {
    return new Part(handle)
  }

  /**
   * What it holds.
   *
   * @internal
   */
  static held(part: Part): Native {
    return part.#native
  }

  /** Its number among all parts of the whole, from 0. */
  get number(): number {
    return this.#native.number
  }

  /** How many items are in it, nested ones included. */
  get items(): number {
    return this.#native.items
  }

  /** Numbers of the earlier parts that have to be loaded before this one. */
  get dependsOn(): number[] {
    return this.#native.dependsOn
  }

  /** What is to be sent. */
  get checked(): Checked {
    this.#checked ??= Checked.of(value(this.#native.checked()))
    return this.#checked
  }

  /** A JSON Pointer into this part, as one into the whole; `null` if it leads to an item that this part does not have. */
  pointerInWhole(pointer: string): string | null {
    return this.#native.pointerInWhole(pointer)
  }

  /** What may be logged: everything but the bytes. */
  toJSON(): { number: number; items: number; dependsOn: number[] } {
    const { number, items, dependsOn } = this
    return { number, items, dependsOn }
  }

  /** @internal */
  [inspect.custom](): string {
    return `Part { number: ${this.number}, items: ${this.items} }`
  }
}

/** Parts of one payload, in the order of their numbers: all of them, or a selection. */
export class Parts implements Iterable<Part> {
  readonly #parts: readonly Part[]

  /** @param parts in any order; of several with the same number the last counts. */
  constructor(parts: Iterable<Part>) {
    const byNumber = new Map<number, Part>()
    for (const part of parts) {
      if (!(part instanceof Part)) throw new TypeError('Parts are made of parts')
      byNumber.set(part.number, part)
    }
    this.#parts = [...byNumber.values()].sort((one, other) => one.number - other.number)
  }

  /** How many there are. */
  get length(): number {
    return this.#parts.length
  }

  /** The part in a place, from 0; from the end, if negative. */
  at(place: number): Part | undefined {
    return this.#parts.at(place)
  }

  /** The part with a number, if it is among these. */
  get(number: number): Part | undefined {
    return this.#parts.find((part) => part.number === number)
  }

  /** Those from a place to before another. */
  slice(start?: number, end?: number): Parts {
    return new Parts(this.#parts.slice(start, end))
  }

  /** Those for which something holds. */
  filter(keep: (part: Part) => boolean): Parts {
    return new Parts(this.#parts.filter((part) => keep(part)))
  }

  /** What becomes of each. */
  map<T>(convert: (part: Part) => T): T[] {
    return this.#parts.map((part) => convert(part))
  }

  /** The parts, in order. */
  [Symbol.iterator](): ArrayIterator<Part> {
    return this.#parts[Symbol.iterator]()
  }

  /** What may be logged of each. */
  toJSON(): readonly Part[] {
    return this.#parts
  }

  /** @internal */
  [inspect.custom](): string {
    return `Parts(${this.length})`
  }
}

function limitsOf(
  options: SplitOptions | null | undefined,
  names: ReadonlySet<string>,
): { maxBytes: number | undefined; maxItems: number | undefined } {
  const given = known(options, names)
  return {
    maxBytes: given?.maxBytes == null ? undefined : count('maxBytes', given.maxBytes),
    maxItems: given?.maxItems == null ? undefined : count('maxItems', given.maxItems),
  }
}

function partsOf(parts: Native[]): Parts {
  return new Parts(parts.map((part) => Part.of(part)))
}
