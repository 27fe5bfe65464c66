/** The shapes of rows: which keys they have in which order, and what becomes of each. */

import { value } from './errors.js'
import { type Model, modelOf } from './models.js'
import type { native } from './native.js'

/** A key of a row. */
export interface Slot {
  /** By which it is read. */
  readonly name: string
  /** The kind of the field; `extra` of what the model does not know. */
  readonly kind: string
  /** The model of what it holds. */
  readonly inner: Model | undefined
  /** What it is when nothing is given. */
  readonly preset: string | undefined
}

/** A list of keys. */
export interface Shape {
  readonly id: number
  /** The keys as rows have them. */
  readonly keys: readonly string[]
  /** The same in the order in which their values are told. */
  readonly slots: readonly Slot[]
}

/** The numbers of shapes have two bytes. Before they run out, all are forgotten. */
const MOST = 0xffff
const MANY = 0xf000

/** The shapes that were met. */
export class Shapes {
  readonly #native: InstanceType<typeof native.Encoder>
  readonly #last = new Map<Model, Shape>()
  readonly #known = new Map<Model, Map<string, Shape>>()
  #count = 0

  constructor(encoder: InstanceType<typeof native.Encoder>) {
    this.#native = encoder
  }

  /** Whether it is time to forget. */
  get isFull(): boolean {
    return this.#count >= MANY
  }

  /** Forgets them all, when nothing that was told of them waits any more. */
  forget(): void {
    value(this.#native.forget())
    this.#last.clear()
    this.#known.clear()
    this.#count = 0
  }

  /** The shape of a row. */
  of(model: Model, row: Record<string, unknown>): Shape {
    const keys = Object.keys(row)
    const last = this.#last.get(model)
    if (last !== undefined && isSame(last.keys, keys)) return last
    let known = this.#known.get(model)
    if (known === undefined) {
      known = new Map()
      this.#known.set(model, known)
    }
    const name = JSON.stringify(keys)
    let shape = known.get(name)
    if (shape === undefined) {
      shape = this.#make(model, keys)
      known.set(name, shape)
    }
    this.#last.set(model, shape)
    return shape
  }

  #make(model: Model, keys: string[]): Shape {
    if (this.#count > MOST)
      throw new RangeError('an item whose parts have more than 65536 different sets of keys')
    const fields = new Map<number, string>()
    const extras: string[] = []
    for (const key of keys) {
      let at = model.fields.findIndex((field) => field.name === key)
      if (at < 0) at = model.fields.findIndex((field) => field.key === key)
      // Given twice, by name and by wire key, it is written twice, and the check finds it.
      if (at < 0 || fields.has(at)) extras.push(key)
      else fields.set(at, key)
    }
    for (const [at, { name, preset }] of model.fields.entries()) {
      if (preset !== null && !fields.has(at)) fields.set(at, name)
    }
    const positions = [...fields.keys()].sort((a, b) => a - b)
    const slots: Slot[] = positions.map((at) => {
      const field = model.fields[at]
      const inner = field?.model ?? null
      return {
        name: fields.get(at) as string,
        kind: field?.kind ?? 'extra',
        inner: inner === null ? undefined : modelOf(inner),
        preset: field?.preset ?? undefined,
      }
    })
    slots.push(...extras.map((name) => ({ name, kind: 'extra', inner: undefined, preset: undefined })))
    const targets = slots.map(({ name }) => model.fields.find((field) => field.name === name)?.key ?? name)
    value(this.#native.shape(model.name, targets, [...positions, ...extras.map(() => -1)]))
    return { id: this.#count++, keys, slots }
  }
}

function isSame(known: readonly string[], keys: string[]): boolean {
  if (known.length !== keys.length) return false
  for (let at = 0; at < keys.length; at++) if (known[at] !== keys[at]) return false
  return true
}
