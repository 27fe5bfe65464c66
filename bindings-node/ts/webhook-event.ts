/** Events read by the native module. */

import type { Fault, ParsedEvent } from './binding.js'
import { value } from './errors.js'
import type { Told } from './event-base.js'
import { type Event, readEvent } from './events.js'
import { native } from './native.js'
import { type Body, bodyBytes } from './webhook-given.js'
import type { Read } from './webhook-sources.js'

type Entry = (body: Uint8Array) => ParsedEvent | Fault

/** An event for a receiver. */
export function received(
  body: Uint8Array,
  entry: Entry,
  reader: (told: Told, raw: Uint8Array) => unknown,
): Read {
  const { told, kind, key, isPing } = value(entry(body))
  return { event: reader(JSON.parse(told), body), type: kind, key: key ?? null, isPing }
}

/** An event of Qlower's. */
export function parse(body: Body): Event {
  return parsed(body, native.webhookParse, readEvent)
}

/** An event of any sender's. What it holds of the body nobody changes any more. */
export function parsed<E>(body: Body, entry: Entry, read: (told: Told, raw: Uint8Array) => E): E {
  const bytes = Buffer.from(bodyBytes(body))
  return read(JSON.parse(value(entry(bytes)).told), bytes)
}
