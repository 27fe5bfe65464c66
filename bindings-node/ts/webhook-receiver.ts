/** Receivers of Qlower's webhooks. */

import { readEvent } from './events.js'
import { native } from './native.js'
import { EventReceiver } from './webhook-base.js'
import { received } from './webhook-event.js'
import type { ReceiverOptions } from './webhook-options.js'
import { signedBy } from './webhook-sources.js'

/**
 * Takes webhooks of Qlower's: verifies each over the bytes as they came, has it handled once, and answers so that nothing is lost.
 *
 * - Not genuine: 401, and nothing more is said. Genuine but unreadable: 500.
 * - A ping is answered without the handler. An event that was handled is answered 200 without it, too; one that is being handled
 *   waits for the outcome.
 * - The handler returns: 200. It throws: 500, and the sender tries again. It takes too long: 503, while it goes on. A caller that
 *   hangs up does not end it.
 * - Own faults, such as those of the store, are never answered 4xx, after which the sender would give up.
 *
 * It goes with `node:http`, Express, Fastify, and with everything that takes a `Request` and wants a `Response`. It shows no secret.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const receiver = new webhook.Receiver({
 *   secrets: 'whsec_acme',
 *   handler: async (event) => {
 *     console.log(event.eventType) // order.paused
 *   },
 * })
 * const body = '{"event_type": "order.paused", "event_id": "evt_1"}'
 * const headers = { 'Content-Type': 'application/json', 'X-Qlower-Signature': webhook.sign(body, 'whsec_acme') }
 * const request = new Request('https://example.com/webhooks/qlower', { method: 'POST', headers, body })
 * console.log((await receiver.fetch(request)).status) // 200
 * ```
 */
export class Receiver extends EventReceiver {
  /**
   * @throws {@link ConfigError} if a setting is missing, cannot be used, or does not exist; it names the setting. So an empty secret
   *   is found before the first webhook.
   */
  constructor(options: ReceiverOptions) {
    const source = signedBy(options, (body) => received(body, native.webhookParse, readEvent))
    super(source, options, ['secrets', 'apiKey', 'tolerance'])
  }
}
