/**
 * Events of Keyclic's: reports and operations.
 *
 * @packageDocumentation
 */

import { type KeyclicEvent, readKeyclic } from './events.js'
import { native } from './native.js'
import { parsed } from './webhook-event.js'
import type { Body } from './webhook-given.js'

export {
  KeyclicEvent as Event,
  type KeyclicEventName as EventName,
  KeyclicPayload as Payload,
} from './events.js'

/**
 * Reads a body of Keyclic's. Of the payload, every field may be absent.
 *
 * @throws {@link InvalidEventError} if it cannot be read, with its `pointer`.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const event = webhook.keyclic.parse('{"event": "reportCreated", "payload": {"type": "report", "state": "NEW"}}')
 * console.log(event.event, event.payload.state) // report_created NEW
 * ```
 */
export function parse(body: Body): KeyclicEvent {
  return parsed(body, native.webhookParseKeyclic, readKeyclic)
}
