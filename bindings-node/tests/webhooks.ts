/** Webhooks for tests, and a receiver that notes what it is given. */

import { webhook } from 'qlower'

export const SECRET = 'whsec_test'

/** An order, as Qlower sends it. */
export const ORDER = `{
  "event_type": "order.created", "event_id": "evt_1", "order_id": 3051, "timestamp": "2026-08-05T08:42:18+00:00",
  "customer": {"first_name": "Marie", "email": "marie.martin@example.com"},
  "order": {"total_amount": 315.10, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00",
    "is_subscription": true,
    "products": [{"product_id": "prod_1", "product_name": "BIC réel", "quantity": 1, "unit_price": 315.10}],
    "coverage": [{"year": 2026, "property": {"external_id": "qlw_7", "name": "Appartement"}}]}
}`

/** The same under another key. */
export const order = (id: string): string => ORDER.replace('evt_1', id)

/** Headers of a genuine webhook. */
export function signed(body: webhook.Body, more: Record<string, string> = {}): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-qlower-signature': webhook.sign(body, SECRET),
    ...more,
  }
}

/** A receiver, with what it handled and what it told. */
export interface Noted {
  receiver: webhook.Receiver
  /** The keys of the events that were handled, in order. */
  handled: (string | null)[]
  told: webhook.Answered[]
}

/** Makes one. The work of an event is `work`. */
export function noting(
  options: Partial<webhook.ReceiverOptions> & { work?: (key: string | null) => unknown } = {},
): Noted {
  const { work, ...given } = options
  const noted = { handled: [] as (string | null)[], told: [] as webhook.Answered[] }
  const receiver = new webhook.Receiver({
    secrets: SECRET,
    dedupe: new webhook.MemoryStore(),
    handler: (_event, { key }) => {
      noted.handled.push(key)
      return work?.(key)
    },
    onAnswer: (answered) => noted.told.push(answered),
    ...given,
  })
  return { receiver, ...noted }
}

/** Something that others wait for. */
export function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Waits until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let at = 0; !isSo(); at++) {
    if (at > 500) throw new Error('it never comes to that')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
