/** Payloads as objects, and in the form of the wire. */

import { Checked } from './checked.js'
import { value } from './errors.js'
import { objectOf, withText } from './input.js'
import { native } from './native.js'
import type { ReadPayload } from './read.js'
import type * as models from './types.js'

/** A payload: its header, and what it holds. A plain object. */
export type Payload = models.Payload

/** Payloads from JSON text, and in the form of the wire. */
export const Payload = {
  /**
   * Reads JSON text into objects by readable names. Amounts are strings, so that none loses a digit; dates stay as they are written.
   *
   * A value that breaks its rule keeps its text, so that a faulty payload can be read, mended and checked again. What stands under a
   * key that is not known is kept; a number there that JavaScript cannot hold exactly becomes text.
   *
   * @throws {@link ValidationError} if the text is not a payload's: malformed, of the wrong types, or with a key twice.
   * {@link QlowerError} if an unknown key is the readable name of a field, which cannot be told apart.
   *
   * @example
   * ```ts
   * import { Payload } from 'qlower'
   *
   * const payload = Payload.fromJSON('{"transactions": [{"id": "T1", "reqdExctnDt": "2025-01-31", "amt": 850.10}]}')
   * const [rent] = payload.transactions ?? []
   * console.log(rent?.date, rent?.amount) // 2025-01-31 850.10
   * ```
   */
  fromJSON(source: Uint8Array | ArrayBuffer | string | Checked): ReadPayload {
    const held = Checked.held(source)
    if (held !== undefined) return JSON.parse(value(native.payloadOfChecked(held))) as ReadPayload
    return JSON.parse(withText(source, (text) => native.payloadOfText(text))) as ReadPayload
  },

  /**
   * The form of the wire, as a plain object for `JSON.stringify`: what would be sent, without a check. It holds the access key.
   *
   * A number that JavaScript cannot hold exactly is text, which Qlower takes as well.
   *
   * @throws `TypeError` for what has no form in a payload.
   *
   * @example
   * ```ts
   * import { Payload } from 'qlower'
   *
   * const rent = { id: 'T1', date: new Date('2025-01-31'), propertyId: 'P1', amount: '850.10', reference: 'Rent' }
   * const payload = { partner: 'acme', apiKey: 'secret', createdAt: new Date(), transactions: [rent] }
   * const [written] = Payload.toJSON(payload).transactions ?? []
   * console.log(written?.reqdExctnDt, written?.amt) // 2025-01-31 850.1
   * ```
   */
  toJSON(payload: Payload | models.PayloadWire): models.PayloadWire {
    const json = withText(objectOf(payload) as Payload, (text) => native.exactJson(text))
    return JSON.parse(json) as models.PayloadWire
  },
}
