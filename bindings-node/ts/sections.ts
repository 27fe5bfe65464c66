/** The arrays of a payload, whose items can be written one by one. */

import type { Payload, PayloadWire } from './types.js'

/** What is in a list of objects. */
type In<List> = NonNullable<List> extends Iterable<infer Item> ? (Item extends object ? Item : never) : never

/** An array of the payload, by its name. */
export type Section = {
  [Name in keyof Payload]-?: In<Payload[Name]> extends never ? never : Name
}[keyof Payload] &
  keyof PayloadWire

/** An item of a section, by readable names or by wire keys. */
export type Item<S extends Section> = In<Payload[S]> | In<PayloadWire[S]>
