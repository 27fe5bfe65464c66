/**
 * Webhooks: whether one is genuine, what it tells, and how it is answered so that nothing is lost.
 *
 * Qlower `POST`s an event to the partner after each payment. Whoever knows the address can do so too: so verify first, over **the
 * bytes as they came**, and read afterwards. A {@link Receiver} does both, handles each event once, and answers as the sender needs
 * it.
 *
 * @example
 * ```ts
 * import { SignatureError, webhook } from 'qlower'
 *
 * const body = Buffer.from('{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}')
 * const header = webhook.sign(body, 'whsec_acme')
 * console.log(webhook.verify(body, header, 'whsec_acme').secret) // 0
 * try {
 *   webhook.verify('{}', header, 'whsec_acme')
 * } catch (error) {
 *   if (!(error instanceof SignatureError)) throw error
 *   console.log(error.reason, error.message) // mismatch the signature does not match
 * }
 * ```
 *
 * @packageDocumentation
 */

import { value } from './errors.js'
import type { Event } from './events.js'
import { native } from './native.js'
import { count, known } from './options.js'
import { parse as parseEvent } from './webhook-event.js'
import { Explanation } from './webhook-explanation.js'
import {
  type Body,
  bodyBytes,
  type Header,
  headerBytes,
  oneSecret,
  passwordsOf,
  type Secret,
  type Secrets,
  secretBytes,
} from './webhook-given.js'

export {
  Coverage,
  CoveredProperty,
  Customer,
  CustomField,
  type Event,
  Invoice,
  Order,
  OrderCreated,
  OrderEvent,
  OrderRenewed,
  OtherEvent,
  Ping,
  Product,
  SubItem,
} from './events.js'
export type {
  ExpressHandler,
  FastifyLike,
  FastifyPlugin,
  FastifyReplyLike,
  FastifyRequestLike,
  FetchHandler,
  NodeHandler,
} from './webhook-adapters.js'
export { EventReceiver } from './webhook-base.js'
export { type Cause, Explanation, type ExplanationJson } from './webhook-explanation.js'
export type { Body, Header, Secret, Secrets } from './webhook-given.js'
export * as keyclic from './webhook-keyclic.js'
export type {
  Answered,
  AnswerName,
  CallerOptions,
  Delivery,
  Handler,
  ReceiverOptions,
  Step,
  WorkOptions,
} from './webhook-options.js'
export { Receiver } from './webhook-receiver.js'
export {
  type Claim,
  type DedupeStore,
  MemoryStore,
  type MemoryStoreOptions,
  type SqliteDatabase,
  type SqliteStatement,
  SqliteStore,
  type SqliteStoreOptions,
} from './webhook-stores.js'
export * as vehicle from './webhook-vehicle.js'

/** A moment to reckon from. */
export interface Clock {
  /** The time, in Unix seconds; parts of a second do not count. Default: this machine's. */
  now?: number | null | undefined
}

/** How a signature is verified. */
export interface VerifyOptions extends Clock {
  /** How far the signature's time may lie from now, in seconds, in either direction. Default: 300. */
  tolerance?: number | null | undefined
}

/** A signature that was verified. */
export interface Verified {
  /** When it was signed, in Unix seconds. */
  readonly timestamp: number
  /** Which of the secrets gave it, counted from 0: once the old one gives no more, a rotation is over. */
  readonly secret: number
}

const CLOCK = new Set(['now'])
const VERIFY = new Set(['tolerance', 'now'])

/**
 * Signs the bytes of a body as Qlower does: the value of the header `X-Qlower-Signature`. It is for tests.
 *
 * @throws TypeError for a body that was parsed already.
 */
export function sign(body: Body, secret: Secret, options?: Clock | null): string {
  const { now } = known(options, CLOCK) ?? {}
  return value(native.webhookSign(bodyBytes(body), oneSecret(secret, 'secret'), number('now', now)))
}

/**
 * Verifies the value of `X-Qlower-Signature` over the bytes of a body.
 *
 * It is genuine if one of its `v1` parts belongs to one of the secrets, and its time is near enough. Order and spaces of the parts
 * do not matter, unknown parts are passed over, and digits may be of either case. Comparing takes the same time wherever a
 * difference stands. An empty secret matches nothing.
 *
 * @param body the raw body.
 * @param header the header's value, as the framework gives it; `undefined` or `null` if there was none.
 * @param secrets a secret, or several during a rotation.
 * @throws {@link SignatureError} if it is not genuine, with its `reason`.
 * @throws TypeError for a body that was parsed already: of the object nobody can make the bytes that were signed.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const header = webhook.sign('{}', 'whsec_old', { now: 1_786_000_000 })
 * const verified = webhook.verify('{}', header, ['whsec_new', 'whsec_old'], { now: 1_786_000_010 })
 * console.log(verified) // { timestamp: 1786000000, secret: 1 }
 * ```
 */
export function verify(
  body: Body,
  header: Header,
  secrets: Secrets,
  options?: VerifyOptions | null,
): Verified {
  return verified(native.webhookVerify, body, header, secrets, options)
}

/**
 * Reads the body of a webhook of Qlower's. Verify it first.
 *
 * Its `type` says which event it is; one of a type that this version does not know is an {@link OtherEvent}. Money is a string with
 * an exact decimal number. Unknown fields stop nothing: `json()` has them.
 *
 * @throws {@link InvalidEventError} if it cannot be read, with the `pointer` to the field.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const event = webhook.parse('{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}')
 * if (event.type === 'order.created') console.log(event.order.totalAmount, event.order.currency)
 * console.log(event.isPing) // true
 * ```
 */
export function parse(body: Body): Event {
  return parseEvent(body)
}

/**
 * Tries what usually goes wrong, to find out why a webhook is refused that should be genuine.
 *
 * It is for a developer who looks for a fault, not for every request of a public endpoint; and what it says is not to be answered to
 * the caller.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const header = webhook.sign('{"event_type": "ping"}', 'whsec_acme')
 * const explanation = webhook.explain('{"event_type":"ping"}', header, 'whsec_acme')
 * console.log(explanation.causes[0]?.code) // body_reserialized
 * ```
 */
export function explain(
  body: Body,
  header: Header,
  secrets: Secrets,
  options?: VerifyOptions | null,
): Explanation {
  return new Explanation(verified(native.webhookExplain, body, header, secrets, options))
}

/**
 * Verifies the value of an `Authorization` header against the users who may call, by HTTP Basic, and gives the user's name. The
 * imaging platform for vehicles says so who it is.
 *
 * @param header the header's value; `undefined` or `null` if there was none.
 * @param users passwords by names. An empty password lets nobody in.
 * @throws {@link SignatureError} if it is nobody of these.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * console.log(webhook.verifyBasic('Basic aW1hZ2luZzpwNHNz', { imaging: 'p4ss' })) // imaging
 * ```
 */
export function verifyBasic(header: Header, users: Readonly<Record<string, Secret>>): string {
  const { names, passwords } = passwordsOf(users)
  return names[value(native.webhookVerifyBasic(headerBytes(header), names, passwords))] as string
}

type Entry<T> = (
  body: Uint8Array,
  header: Uint8Array,
  secrets: Uint8Array[],
  tolerance?: number,
  now?: number,
) => T

/** Calls an entry that takes what a signature is verified with. */
function verified<T>(
  entry: Entry<T>,
  body: Body,
  header: Header,
  secrets: Secrets,
  options: VerifyOptions | null | undefined,
): Exclude<T, { fault: string }> {
  const { tolerance, now } = known(options, VERIFY) ?? {}
  return value(
    entry(
      bodyBytes(body),
      headerBytes(header),
      secretBytes(secrets, 'secrets'),
      number('tolerance', tolerance),
      number('now', now),
    ),
  ) as Exclude<T, { fault: string }>
}

function number(setting: string, given: unknown): number | undefined {
  return given == null ? undefined : count(setting, given)
}
