/** Orders that a sandbox is told to emit, and what it tells of webhooks. */

import type { Decimal } from './types.js'

/** The edition of the documentation after which webhooks are written. */
export type WebhookEdition = 'current' | '2.1'

/** Where webhooks go, and what was agreed with their receiver. */
export interface WebhookTarget {
  /** The address, of this machine: `http://` and a loopback address. */
  readonly url: string
  /** Secrets by which webhooks are signed: with several, as while one is replaced, each gives a signature. None by default. */
  readonly secrets?: string | Iterable<string> | null | undefined
  /** Key for `X-API-KEY`, at least 32 characters; none by default. */
  readonly apiKey?: string | null | undefined
  /** `current` by default. */
  readonly edition?: WebhookEdition | null | undefined
}

type Maybe<T> = T | null | undefined

/** A line of a product's price. */
export interface SandboxSubItem {
  readonly description?: Maybe<string>
  /** 1 by default. */
  readonly quantity?: Maybe<number>
  readonly unitPrice?: Maybe<Decimal>
  /** By default the unit price times the quantity. */
  readonly amount?: Maybe<Decimal>
}

/** Something that was bought. */
export interface SandboxProduct {
  readonly productId?: Maybe<string>
  readonly productName?: Maybe<string>
  /** 1 by default. */
  readonly quantity?: Maybe<number>
  readonly unitPrice?: Maybe<Decimal>
  /** By default the unit price times the quantity. */
  readonly amount?: Maybe<Decimal>
  readonly subItems?: Maybe<readonly SandboxSubItem[]>
}

/** A year and a property that an order covers. */
export interface SandboxCoverage {
  /** By default that of the payment. */
  readonly year?: Maybe<number>
  /**
   * With an `externalId` alone, one that the partner loaded into the sandbox, by its name there; without one, a new one, whose id
   * starts with `qlw_`.
   */
  readonly property?: { readonly externalId?: Maybe<string>; readonly name?: Maybe<string> } | undefined
}

/** An order for {@link Sandbox.emitOrder}. */
export interface SandboxOrder {
  /**
   * `created`: a first payment, the default. `renewed`: the next fiscal year. `properties_added`: `order.created`, of which
   * `coverage` holds only the added ones.
   */
  readonly kind?: Maybe<'created' | 'renewed' | 'properties_added'>
  /** By default the first that has a target. */
  readonly partner?: Maybe<string>
  /** Where it goes other than to the partner's target. */
  readonly webhook?: Maybe<WebhookTarget>
  /** The key by which a receiver knows the event again. */
  readonly eventId?: Maybe<string>
  readonly orderId?: Maybe<number>
  /** A text without an offset is Paris time. */
  readonly timestamp?: Maybe<Date | string>
  readonly customer?: Maybe<{
    readonly email?: Maybe<string>
    readonly firstName?: Maybe<string>
    readonly lastName?: Maybe<string>
    readonly phone?: Maybe<string>
  }>
  /** By default the sum of the products' amounts. */
  readonly totalAmount?: Maybe<Decimal>
  /** `EUR` by default. */
  readonly currency?: Maybe<string>
  /** By default the `timestamp`. */
  readonly paymentDate?: Maybe<Date | string>
  readonly isSubscription?: Maybe<boolean>
  readonly products?: Maybe<readonly SandboxProduct[]>
  readonly coverage?: Maybe<readonly SandboxCoverage[]>
  readonly customFields?: Maybe<
    readonly { readonly key: string; readonly label: string; readonly value: string }[]
  >
  readonly invoice?: Maybe<{
    readonly pdfUrl?: Maybe<string>
    readonly pdfFilename?: Maybe<string>
    readonly number?: Maybe<string>
  }>
  /** The same event follows so many times more, each after the one before was delivered. */
  readonly duplicates?: Maybe<number>
  /** So many more leave at the same time. */
  readonly duplicatesAtOnce?: Maybe<number>
}

/** In which order webhooks leave that were held back. */
export type ReleaseOrder = 'as_emitted' | 'reversed' | 'shuffled'

/** A fault of {@link Sandbox.failNextWebhook} that takes no parameters; {@link WebhookFault} tells what they do. */
export type PlainWebhookFault =
  | 'missing_signature'
  | 'malformed_signature'
  | 'wrong_signature'
  | 'other_secret'
  | 'old_time'
  | 'future_time'
  | 'altered_body'
  | 'wrong_api_key'
  | 'missing_api_key'
  | 'cut_body'
  | 'lost_answer'

/**
 * A way in which one try to deliver a webhook goes wrong; see {@link Sandbox.failNextWebhook}.
 *
 * | name                  | what happens                                                            |
 * | --------------------- | ----------------------------------------------------------------------- |
 * | `missing_signature`   | no signature                                                            |
 * | `malformed_signature` | a signature without a time                                              |
 * | `wrong_signature`     | one in which a digit is wrong                                           |
 * | `other_secret`        | one by a secret that nobody agreed to                                   |
 * | `old_time`            | a right one, ten seconds older than a receiver takes                    |
 * | `future_time`         | a right one, ten seconds further ahead than a receiver takes            |
 * | `altered_body`        | a byte of the body is changed after it was signed                       |
 * | `wrong_api_key`       | another key in `X-API-KEY`                                              |
 * | `missing_api_key`     | no `X-API-KEY`                                                          |
 * | `slow_body`           | half of the body, and the rest `delay` milliseconds later               |
 * | `cut_body`            | half of the body, and then the connection is closed                     |
 * | `hang_up`             | the connection is closed after `delay` milliseconds, answered or not    |
 * | `lost_answer`         | the answer counts for nothing, whatever it was                          |
 *
 * Those of a signature concern targets with a secret; those of a key, targets with a key.
 */
export type WebhookFault =
  | { readonly name: PlainWebhookFault }
  | { readonly name: 'slow_body' | 'hang_up'; readonly delay: number }

/** One try to deliver a webhook. */
export interface DeliveryAttempt {
  /** When it began, by this machine's clock. */
  readonly at: Date
  /** How many milliseconds it took. */
  readonly duration: number
  /** The value of `X-Qlower-Signature` that was sent; each try is signed anew. */
  readonly signature: string | null
  /** The fault that fired. */
  readonly fault: WebhookFault | null
  /** What it came to. */
  readonly outcome: 'answered' | 'timed_out' | 'failed'
  /** The HTTP status, if it was answered. */
  readonly status: number | null
  /** The answer's body, at most its first KiB. */
  readonly answer: string | null
  /** Why there was no answer, if it failed. */
  readonly error: string | null
}

/** One webhook at one moment: what was emitted, and every try to deliver it. */
export interface Delivery {
  /** The event's id, the same for every try and every duplicate; `null` for a ping and for raw bytes. */
  readonly eventId: string | null
  /** The event's type, such as `order.created`; `null` for raw bytes. */
  readonly eventType: string | null
  /** The order's number; `null` for a ping and for raw bytes. */
  readonly orderId: number | null
  /** Whose webhook it is. */
  readonly partner: string
  /** Where it goes. */
  readonly url: string
  /** Which duplicate it is; 0 for the first. */
  readonly copy: number
  /** Its `Content-Type`. */
  readonly contentType: string
  /** When it was emitted, by this machine's clock. */
  readonly emittedAt: Date
  /** Where it stands; `refused` by a status that is not tried again. */
  readonly state: 'waiting' | 'sending' | 'delivered' | 'refused' | 'tried_out'
  /** When its next try is due, if it waits for one. */
  readonly nextAttemptAt: Date | null
  /** The tries so far, in order. */
  readonly attempts: readonly DeliveryAttempt[]
  /** The bytes of its body, the same for every try. */
  readonly body: Buffer
}
