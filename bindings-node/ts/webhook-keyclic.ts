/**
 * Events of Keyclic's: reports and operations.
 *
 * @packageDocumentation
 */

import { type KeyclicEvent, readKeyclic } from './events.js'
import { native } from './native.js'
import { EventReceiver } from './webhook-base.js'
import { parsed, received } from './webhook-event.js'
import type { Body } from './webhook-given.js'
import type { CallerOptions } from './webhook-options.js'
import { callers } from './webhook-sources.js'

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

/**
 * Takes the webhooks of Keyclic, which signs none: protect the address by users of HTTP Basic, by a secret at its end, or by both.
 * All else is as for those of Qlower.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const receiver = new webhook.keyclic.Receiver({
 *   pathSecrets: '5b2f8e0c1d7a4936',
 *   handler: (event) => {
 *     console.log(event.event, event.payload.id) // report_created 7
 *   },
 * })
 * const request = new Request('https://example.com/webhooks/keyclic/5b2f8e0c1d7a4936', {
 *   method: 'POST',
 *   headers: { 'Content-Type': 'application/json' },
 *   body: '{"event": "report_created", "payload": {"id": "7"}}',
 * })
 * console.log((await receiver.fetch(request)).status) // 200
 * ```
 */
export class Receiver extends EventReceiver {
  /** @throws {@link ConfigError} if a setting is missing, cannot be used, or does not exist; it names the setting. */
  constructor(options: CallerOptions<KeyclicEvent>) {
    const source = callers(options, (body) => received(body, native.webhookParseKeyclic, readKeyclic))
    super(source, options, ['users', 'pathSecrets'])
  }
}
