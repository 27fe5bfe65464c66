/**
 * Objects on their way into a payload.
 *
 * Rows that have the same keys in the same order share a shape, found once: after that a row is a walk over its values. What is
 * found goes to the native module in three streams: a byte for each value, the values' texts in one string, and numbers.
 */

import { isDate } from 'node:util/types'

import type { Items, Text } from './binding.js'
import { value } from './errors.js'
import { type Model, modelOf, modelOfSection } from './models.js'
import { native } from './native.js'
import { Shapes } from './shapes.js'
import { dayOf, isRecord, itemsOf, jsonOf, placed, rowOf, unsupported, unwrapped } from './values.js'

// Those of `encode/machine.rs` are the same.
const ABSENT = 0
const TEXT = 1
const NUMBER = 2
const JSON_TEXT = 3
const TRUE = 4
const FALSE = 5
const NAN = 6
const INFINITY = 7
const MINUS_INFINITY = 8
const DAY = 9
const INSTANT = 10
const OBJECT = 11
const LIST = 12
const END = 13
const DOUBLE = 14

const DAY_MS = 86_400_000

/** What stands between two texts: a value that holds it is told as JSON, where it is escaped. */
const BETWEEN = '\u001f'

/** So many texts, or UTF-16 units in them, make a piece: little enough that it takes about a millisecond. */
const PIECE_TEXTS = 2048
const PIECE_UNITS = 1 << 20

/** After so many milliseconds a long walk lets others have the event loop. */
const SLICE = 4

/** Writes the canonical form of a payload. */
export function encodePayload(payload: object): Text {
  const walk = new Walk(new native.Encoder()).payload(payload)
  while (true) {
    const step = walk.next()
    if (step.done === true) return step.value
  }
}

/** The same, in slices: others have the event loop in between. The payload must not change meanwhile. */
export async function encodePayloadAsync(payload: object, signal?: AbortSignal): Promise<Text> {
  const walk = new Walk(new native.Encoder()).payload(payload)
  let since = performance.now()
  while (true) {
    const step = walk.next()
    if (step.done === true) return step.value
    if (performance.now() - since > SLICE) {
      await new Promise(setImmediate)
      signal?.throwIfAborted()
      since = performance.now()
    }
  }
}

/** Writes items of a section, one after the other. */
export class ItemEncoder {
  readonly #native: InstanceType<typeof native.Encoder>
  readonly #walk: Walk
  readonly #model: Model
  #count = 0

  constructor(section: string) {
    this.#model = modelOfSection(section)
    this.#native = new native.Encoder(section)
    this.#walk = new Walk(this.#native)
  }

  /** How many items {@link take} would give. */
  get count(): number {
    return this.#count
  }

  /** About how many UTF-16 units of them wait to be handed over. */
  get waiting(): number {
    return this.#walk.waiting
  }

  /** Adds an item. If it throws, nothing of the item is left. */
  add(item: unknown): void {
    this.#walk.item(this.#model, item)
    this.#count += 1
  }

  /** The items since the last call. */
  take(): Items {
    this.#walk.flush()
    this.#count = 0
    return value(this.#native.take())
  }
}

/** What a walk has come to. */
type Steps<T = void> = Generator<void, T, void>

class Walk {
  readonly #native: InstanceType<typeof native.Encoder>
  readonly #shapes: Shapes
  #codes = new Uint8Array(1 << 16)
  #code = 0
  /** Filled up with empty texts when it is handed over, and used again: arrays that grow are much work for the collector. */
  readonly #texts: string[] = []
  #filled = 0
  #numbers = new Float64Array(1 << 13)
  #number = 0
  #units = 0
  #bytes = Buffer.allocUnsafe(1 << 16)

  constructor(encoder: InstanceType<typeof native.Encoder>) {
    this.#native = encoder
    this.#shapes = new Shapes(encoder)
  }

  get waiting(): number {
    return this.#units
  }

  get #isLong(): boolean {
    return this.#filled >= PIECE_TEXTS || this.#number >= PIECE_TEXTS || this.#units >= PIECE_UNITS
  }

  *payload(given: object): Steps<Text> {
    const payload = unwrapped(given)
    if (!isRecord(payload)) throw unsupported(given, 'a payload is an object')
    yield* this.#object(modelOf('payload'), payload)
    this.flush()
    return value(this.#native.finish())
  }

  item(model: Model, given: unknown): void {
    this.#makeRoom()
    const [code, number, units] = [this.#code, this.#number, this.#units]
    const filled = this.#filled
    try {
      if (model.isFlat) this.#flatOrOther(model, given)
      else for (const _ of this.#one(model, given, false));
    } catch (error) {
      // Half an item is none.
      this.#code = code
      this.#number = number
      this.#units = units
      this.#filled = filled
      throw error
    }
    if (this.#isLong) this.flush()
  }

  #makeRoom(): void {
    if (!this.#shapes.isFull) return
    this.flush()
    this.#shapes.forget()
  }

  /** Hands over what has been told so far. */
  flush(): void {
    this.#texts.fill('', this.#filled)
    const joined = this.#texts.join(BETWEEN)
    const pushed = joined.isWellFormed() && this.#push(joined)
    if (!pushed) this.#push(this.#escaped())
    this.#filled = 0
    this.#code = 0
    this.#number = 0
    this.#units = 0
  }

  /** False, and nothing done, if there are not as many texts in the string as were told. */
  #push(joined: string): boolean {
    if (this.#bytes.length < joined.length * 3) this.#bytes = Buffer.allocUnsafe(joined.length * 3)
    const length = this.#bytes.write(joined, 'utf8')
    const codes = this.#codes.subarray(0, this.#code)
    const numbers = this.#numbers.subarray(0, this.#number)
    return value(this.#native.push(codes, this.#bytes.subarray(0, length), this.#texts.length, numbers))
  }

  /** The texts in a form in which each of them can be told: lone surrogates and separators as escapes of JSON. */
  #escaped(): string {
    let text = 0
    for (let at = 0; at < this.#code; at++) {
      const code = this.#codes[at] as number
      if (code === OBJECT) at += 2
      else if ((code >= TEXT && code <= JSON_TEXT) || code === INSTANT) {
        const told = this.#texts[text]
        if (told !== undefined && (!told.isWellFormed() || told.includes(BETWEEN))) {
          this.#texts[text] = JSON.stringify(told)
          this.#codes[at] = JSON_TEXT
        }
        text += 1
      }
    }
    return this.#texts.join(BETWEEN)
  }

  #room(codes: number): void {
    if (this.#code + codes <= this.#codes.length) return
    const larger = new Uint8Array(2 * (this.#codes.length + codes))
    larger.set(this.#codes)
    this.#codes = larger
  }

  #tell(code: number): void {
    this.#codes[this.#code++] = code
  }

  #text(code: number, text: string): void {
    this.#codes[this.#code++] = code
    this.#texts[this.#filled++] = text
    this.#units += text.length
  }

  #numbered(code: number, given: number): void {
    this.#codes[this.#code++] = code
    if (this.#number === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#number)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#number++] = given
  }

  #double(given: number): void {
    const size = given < 0 ? -given : given
    // Where JavaScript writes a number without an exponent, the native module writes the same.
    if ((size >= 1e-6 && size < 1e21) || size === 0) this.#numbered(DOUBLE, given)
    else if (Number.isFinite(given)) this.#text(NUMBER, `${given}`)
    else this.#tell(Number.isNaN(given) ? NAN : given > 0 ? INFINITY : MINUS_INFINITY)
  }

  #begin(id: number): void {
    this.#codes[this.#code++] = OBJECT
    this.#codes[this.#code++] = id & 0xff
    this.#codes[this.#code++] = id >> 8
  }

  /** An object whose fields hold no objects of other models. */
  #flat(model: Model, row: Record<string, unknown>): void {
    const shape = this.#shapes.of(model, row)
    const { slots } = shape
    this.#room(slots.length + 4)
    this.#begin(shape.id)
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] as (typeof slots)[number]
      const given = row[slot.name]
      if (typeof given === 'string') this.#text(TEXT, given)
      else if (typeof given === 'number') this.#double(given)
      else this.#scalar(slot.kind, slot.name, given)
    }
  }

  #scalar(kind: string, name: string, given: unknown): void {
    switch (typeof given) {
      case 'string':
        this.#text(TEXT, given)
        break
      case 'number':
        this.#double(given)
        break
      case 'boolean':
        this.#tell(given ? TRUE : FALSE)
        break
      case 'undefined':
        this.#tell(ABSENT)
        break
      case 'bigint':
        this.#text(NUMBER, `${given}`)
        break
      case 'object':
        if (given === null) this.#tell(ABSENT)
        else if (given instanceof Date || isDate(given)) this.#date(kind, given)
        else this.#unusual(kind, name, given)
        break
      default:
        throw unsupported(given, name)
    }
  }

  #date(kind: string, given: Date): void {
    if (kind === 'extra') {
      this.#text(JSON_TEXT, JSON.stringify(given))
      return
    }
    const time = given.getTime()
    const day = kind === 'timestamp' ? undefined : time % DAY_MS === 0 ? time / DAY_MS : dayOf(given)
    if (day !== undefined) this.#numbered(DAY, day)
    else if (Number.isNaN(time)) this.#text(TEXT, String(given))
    else this.#text(INSTANT, given.toISOString())
  }

  /** What knows its own form in JSON: decimals, dates of libraries. Anything else is for the check to speak of. */
  #unusual(kind: string, name: string, given: object): void {
    const plain = unwrapped(given)
    const isScalar = plain === null || typeof plain !== 'object' || plain instanceof Date
    if (isScalar) this.#scalar(kind, name, plain)
    else this.#text(JSON_TEXT, jsonOf(plain, name))
  }

  #flatOrOther(model: Model, given: unknown): void {
    const row = rowOf(given)
    if (row === undefined) this.#text(JSON_TEXT, jsonOf(given, 'an item'))
    else this.#flat(model, row)
    this.#room(4)
  }

  /** An object in a list or field, or whatever else stands in its place. */
  *#one(model: Model, given: unknown, yields: boolean): Steps {
    this.#room(4)
    const row = rowOf(given)
    if (row === undefined) this.#text(JSON_TEXT, jsonOf(given, 'an item'))
    else if (model.isFlat) this.#flat(model, row)
    else yield* this.#object(model, row, yields)
  }

  *#object(model: Model, row: Record<string, unknown>, yields = true): Steps {
    const shape = this.#shapes.of(model, row)
    this.#room(shape.slots.length + 4)
    this.#begin(shape.id)
    for (const slot of shape.slots) {
      this.#room(4)
      const given = row[slot.name] ?? slot.preset
      if (slot.inner === undefined || given === null || given === undefined)
        this.#scalar(slot.kind, slot.name, given)
      else if (slot.kind === 'list') yield* within(slot.name, this.#list(slot.inner, given, yields))
      else yield* within(slot.name, this.#one(slot.inner, given, yields))
    }
  }

  *#list(model: Model, given: unknown, yields: boolean): Steps {
    const items = itemsOf(given)
    // Whatever it is, the check speaks of it.
    if (items === undefined) {
      this.#text(JSON_TEXT, jsonOf(given, 'a list'))
      return
    }
    let row = 0
    for (const item of items) {
      if (row === 0) this.#tell(LIST)
      // Items of a writer are handed over whole, since half an item may have to be taken back.
      if (yields) this.#makeRoom()
      try {
        if (model.isFlat) this.#flatOrOther(model, item)
        else yield* this.#one(model, item, yields)
      } catch (error) {
        throw placed(error, `[${row}]`)
      }
      row += 1
      if (this.#isLong) {
        if (yields) {
          this.flush()
          yield
        }
      }
    }
    // The canonical form leaves out an empty list.
    this.#tell(row === 0 ? ABSENT : END)
    this.#room(4)
  }
}

function* within<T>(place: string, steps: Steps<T>): Steps<T> {
  try {
    return yield* steps
  } catch (error) {
    throw placed(error, place)
  }
}
