/** What the classes of the events have in common. */

import { type InspectOptions, inspect } from 'node:util'

import type { CoveredProperty, Order } from './events.js'

/** The normal form of an object. */
export type Told = Readonly<Record<string, unknown>>

const decoder = new TextDecoder()

/** Shown without quotes. */
const shownAs = (text: string) => ({ [inspect.custom]: () => text })

const MASK = shownAs('***')

/**
 * Properties that do not change. What says something of a person, and links that give access, are masked where it is shown by
 * `console.log` and `util.inspect`; `JSON.stringify` gives all of it.
 */
export abstract class EventPart {
  /** The properties that are masked. */
  protected get masked(): readonly string[] {
    return []
  }

  /** As {@link https://nodejs.org/api/util.html | util.inspect} shows it. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(this)) {
      if (value !== null) shown[name] = this.masked.includes(name) ? MASK : value
    }
    if (depth < 0) return `[${this.constructor.name}]`
    return `${this.constructor.name} ${inspect(shown, { ...options, depth })}`
  }
}

/** Base of what webhooks tell. */
export abstract class WebhookEvent extends EventPart {
  readonly #raw: Uint8Array

  /** @internal */
  constructor(raw: Uint8Array) {
    super()
    this.#raw = raw
  }

  /** The body as it came. */
  get raw(): Uint8Array {
    return this.#raw
  }

  /**
   * The whole body, with the fields that this version does not know, as `JSON.parse` gives it: its numbers are binary floats.
   */
  json(): unknown {
    return JSON.parse(decoder.decode(this.#raw))
  }
}

/** Base of what Qlower's webhooks tell. */
export abstract class QlowerEvent extends WebhookEvent {
  /** The type on the wire, such as `order.created`. */
  abstract readonly eventType: string

  /** What to de-duplicate by: the same each time the event is sent. A ping has none. */
  get id(): string | null {
    return null
  }

  /** Whether it is a ping, to which nothing is to be done. */
  get isPing(): boolean {
    return false
  }
}

/** What a ping can do. */
export abstract class PingBase extends QlowerEvent {
  /** Whether it is a ping, to which nothing is to be done: yes. */
  override get isPing(): boolean {
    return true
  }
}

/** What an event with a key can do. */
export abstract class KeyedBase extends QlowerEvent {
  /** Key of the event. */
  abstract readonly eventId: string | null

  /** What to de-duplicate by: the same each time the event is sent. */
  override get id(): string | null {
    return this.eventId
  }
}

/** What the events of an order can do. */
export abstract class OrderBase extends KeyedBase {
  /** The order that was paid. */
  abstract readonly order: Order

  /** Whether the order is for this fiscal year of this property. */
  covers(externalId: string, year: number): boolean {
    return this.order.coverage.some((each) => each.year === year && each.property.externalId === externalId)
  }

  /** The fiscal years of a property that the order is for, in ascending order. */
  yearsOf(externalId: string): number[] {
    const ofIt = this.order.coverage.filter((each) => each.property.externalId === externalId)
    return [...new Set(ofIt.map((each) => each.year))].sort((a, b) => a - b)
  }

  /** The properties that the order is for, each once. */
  get properties(): CoveredProperty[] {
    const found = new Map<string, CoveredProperty>()
    for (const { property } of this.order.coverage) {
      if (!found.has(property.externalId)) found.set(property.externalId, property)
    }
    return [...found.values()]
  }

  /** Those of {@link properties} that are new to the partner: the customer created them. */
  get newProperties(): CoveredProperty[] {
    return this.properties.filter((each) => each.isNewToPartner)
  }
}

/** What a resource with links can do. */
export abstract class LinkedPart extends EventPart {
  /** Links, by relation. */
  abstract readonly links: Readonly<Record<string, unknown>> | null

  /** Where a link leads: the first of this relation. */
  href(relation: string): string | null {
    return this.hrefs(relation)[0] ?? null
  }

  /** Where all links of a relation lead. */
  hrefs(relation: string): string[] {
    const links = this.links
    const given = links !== null && Object.hasOwn(links, relation) ? links[relation] : undefined
    const several: unknown[] = Array.isArray(given) ? given : [given]
    const found = several.map((each) =>
      typeof each === 'object' && each !== null ? (each as { href?: unknown }).href : each,
    )
    return found.filter((each) => typeof each === 'string')
  }
}

/** What is read of something that may be absent. */
export function optional<T>(read: (told: never) => T, told: unknown): T | null {
  return told === undefined || told === null ? null : read(told as never)
}

/** What is read of a list that may be absent. */
export function several<T>(read: (told: Told) => T, told: unknown): T[] {
  return Array.isArray(told) ? told.map((each) => read(each as Told)) : []
}

/** A value that needs no reading. */
export function plain<T>(told: T): T {
  return told
}

/** An instant in the normal form. */
export function instant(told: string): Date {
  return new Date(told)
}

/** The fields that the table does not know. */
export function rest(told: Told, known: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(told).filter(([key]) => !known.includes(key)))
}
