/** What a receiver is told, and what it tells. */

import type { OrderCreated, OrderRenewed, OtherEvent } from './events.js'
import type { Verified } from './webhook.js'
import type { Secret, Secrets } from './webhook-given.js'
import type { DedupeStore } from './webhook-stores.js'

/**
 * How a request is answered: `handled`, `accepted`, `duplicate` and `pong` are 2xx, and delivered; `too_slow`, `failed`,
 * `unreadable` and `busy` are tried again by the sender; the others are given up for good.
 */
export type AnswerName =
  | 'handled'
  | 'accepted'
  | 'duplicate'
  | 'pong'
  | 'refused'
  | 'not_found'
  | 'not_post'
  | 'too_slow'
  | 'too_large'
  | 'not_json'
  | 'failed'
  | 'unreadable'
  | 'busy'

/** Where something went wrong: verifying, reading the body, in the handler, or in the store of handled events. */
export type Step = 'verify' | 'read' | 'claim' | 'handle' | 'complete' | 'release'

/** What became of a request. It holds no secret, and nothing of the body but type and key of the event. */
export interface Answered {
  /** The answer. */
  readonly answer: AnswerName
  /** Its HTTP status. */
  readonly status: number
  /** Where something went wrong; else `null`. */
  readonly step: Step | null
  /** What went wrong: a `SignatureError`, an `InvalidEventError`, or what the handler or the store threw. */
  readonly error: unknown
  /** The event's type, if it came to that. */
  readonly type: string | null
  /** What the event is known by when it comes again. */
  readonly key: string | null
  /** Whether the sender had been answered `busy` before, since the work took too long: then it is not told of this. */
  readonly isLate: boolean
  /** Milliseconds since the request came. */
  readonly duration: number
}

/** What a handler learns of a webhook besides its event. */
export interface Delivery {
  /** The body as it came, with the fields that this version does not know. */
  readonly body: Buffer
  /** What the event is known by when it comes again: a unique key for a transaction of one's own. `null` if it has none. */
  readonly key: string | null
  /** The signature; `null` where the key alone is wanted. */
  readonly verified: Verified | null
}

/**
 * Does the work of an event. When it returns, or its promise is fulfilled, the work is done for good; when it throws, or its promise
 * is rejected, it is to be tried again.
 */
export type Handler<E> = (event: E, delivery: Delivery) => unknown

/** Settings of every receiver. Times are in milliseconds. */
export interface WorkOptions<E> {
  /** Does the work of an event. A ping it never sees. */
  handler: Handler<E>
  /**
   * What remembers the events that were handled. Default: a {@link MemoryStore}. `null` where the handler keeps {@link Delivery.key} in the transaction of its work
   * and does nothing for one that is there: nothing else does an effect exactly once. Then events that come again reach the
   * handler, one at a time for each key.
   */
  dedupe?: DedupeStore | null | undefined
  /** How many bytes a body may have. A larger one is answered 413. Default: 1 MiB. */
  maxBody?: number | null | undefined
  /** How long a body may take to arrive. A later one is answered 408. Default: 10 s. */
  bodyTimeout?: number | null | undefined
  /**
   * When a request is answered at the latest, counted from its arrival. Work that takes longer goes on; the sender is answered 503,
   * tries again, and finds it done. Default: 25 s; it has to be less than the 30 s that the sender waits.
   */
  timeout?: number | null | undefined
  /** For how long an event is claimed while it is worked on. Default: 10 minutes. */
  lease?: number | null | undefined
  /** How many events are worked on at once. A further one is answered 503. Default: 256. */
  maxConcurrency?: number | null | undefined
  /**
   * Answers what is not genuine 503 instead of 401, so that it is sent again: for the hours in which a new secret is rolled out, and a
   * wrong one would cost genuine webhooks. Default: `false`.
   */
  retryRefused?: boolean | null | undefined
  /**
   * Is told of every answer, for logs and figures. Without it, what went wrong is a warning of the process (`QlowerWebhookWarning`),
   * which Node prints unless something listens for it; a refusal is one once for each reason.
   */
  onAnswer?: ((answered: Answered) => void) | null | undefined
}

/** Settings of a receiver of Qlower's webhooks: secrets, a key, or both. */
export interface ReceiverOptions extends WorkOptions<OrderCreated | OrderRenewed | OtherEvent> {
  /** The secrets that were agreed: one of them has to have given the signature. Several during a rotation. */
  secrets?: Secrets | null | undefined
  /** The key that was agreed, or several of which one is wanted. With secrets, both are wanted. */
  apiKey?: Secrets | null | undefined
  /** How far a signature's time may lie from this machine's, in seconds. Default: 300. */
  tolerance?: number | null | undefined
}

/** Settings of a receiver of webhooks that nobody signs: users, secrets of the address, or both. */
export interface CallerOptions<E> extends WorkOptions<E> {
  /** Who may call, by HTTP Basic: passwords by names. */
  users?: Readonly<Record<string, Secret>> | null | undefined
  /**
   * A secret, or several, of which one has to be the last segment of the address. The route has to let it through, and nothing should
   * log it.
   */
  pathSecrets?: Secrets | null | undefined
}
