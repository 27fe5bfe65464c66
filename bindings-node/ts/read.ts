/** What objects look like once they were read. */

import type { DecimalObject, Payload } from './types.js'

/** A value as reading gives it. */
type ReadValue<V> = bigint extends V
  ? string | Extract<V, null | undefined>
  : V extends string | number | boolean
    ? V
    : V extends Iterable<infer Item>
      ? Read<Item>[]
      : V extends Date | DecimalObject
        ? never
        : V extends object
          ? Read<V>
          : V

/** A model as it is read from JSON text: its lists are arrays, its dates and decimals strings. It can be given wherever it can. */
export type Read<Model> = { [Key in keyof Model]: ReadValue<Model[Key]> }

/** A payload as it is read from JSON text: its lists are arrays, its dates and decimals strings. */
export interface ReadPayload extends Read<Payload> {}
