/** What is wrong with a fleet's file. */

/** A mistake in a fleet's file, with its place. It quotes no value that may be a secret. */
export interface Mistake {
  /** What kind it is, such as `unknown_key`. */
  readonly code: string
  /** The line, from 1. */
  readonly line: number
  /** The character in the line, from 1. */
  readonly column: number
  /** The table, such as `customers.garage-nord.users.alice`; empty for the file as a whole. */
  readonly table: string
  /** The key in the table, if it is about one. */
  readonly key: string | null
  /** What is wrong, in English. */
  readonly message: string
  /** The same in French. */
  readonly messageFr: string
  /** The destinations that cannot be used because of it; empty if it is about the file as a whole. */
  readonly destinations: readonly string[]
}

/** A {@link Mistake} as the client writes it. @internal */
export interface MistakeJson extends Omit<Mistake, 'messageFr'> {
  readonly message_fr: string
}

/** @internal */
export function mistakeOf({ message, message_fr, destinations, ...place }: MistakeJson): Mistake {
  return { ...place, message, messageFr: message_fr, destinations }
}
