/** Webhooks of a sandbox: what is emitted, and what became of it. */

import { isDate } from 'node:util/types'

import { type CallOptions, run } from './abort.js'
import type { Sandbox as Native, SandboxDeliveries } from './binding.js'
import { value } from './errors.js'
import { sandboxNative } from './native.js'
import { written } from './sandbox-records.js'
import type {
  Delivery,
  PlainWebhookFault,
  ReleaseOrder,
  SandboxOrder,
  WebhookFault,
  WebhookTarget,
} from './sandbox-webhook-records.js'
import { type Body, bodyBytes } from './webhook-given.js'

/** The part of a {@link Sandbox} that sends webhooks. */
export class SandboxWebhooks {
  readonly #native: Native

  /** @internal */
  protected constructor(native: Native) {
    this.#native = native
  }

  /**
   * Sets where webhooks go from now on: of one partner, or of all that have no target of their own.
   *
   * @throws {@link ConfigError} for a target that cannot be used, or an unknown partner
   */
  setWebhook(target: WebhookTarget, options?: { partner?: string | null | undefined } | null): void {
    const partner = options?.partner
    value(this.#native.setWebhook(targetJson(target), partner == null ? undefined : `${partner}`))
  }

  /**
   * Emits the event of an order, and gives it as it will be sent. Does not wait until it is.
   *
   * What is not given has a default: a new id, the next number, now, a customer, a product, and the property that the partner
   * loaded first, or a new one.
   *
   * @throws {@link ConfigError} if there is no target, or for what cannot be written; its `setting` is the place
   *
   * @example An order that is tried again until it is taken
   * ```ts
   * import { createServer } from 'node:http'
   * import { Sandbox, webhook } from 'qlower'
   *
   * const answers = [503, 200]
   * const server = createServer((request, response) => {
   *   request.resume().on('end', () => response.writeHead(answers.shift() ?? 200).end())
   * })
   * await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
   * const { port } = server.address() as { port: number }
   *
   * const target = { url: `http://127.0.0.1:${port}/qlower`, secrets: ['whsec_acme'] }
   * const sandbox = await Sandbox.start({ webhook: target, webhookSpeed: 3600 })
   * const { body } = sandbox.emitOrder({ coverage: [{ property: { name: 'Studio Lyon' } }] })
   * console.log(webhook.parse(body).eventType) // order.created
   *
   * const [delivery] = await sandbox.waitForDeliveries({ timeout: 10_000 })
   * console.log(delivery?.state, delivery?.attempts.length) // delivered 2
   * await sandbox.stop()
   * server.close()
   * ```
   */
  emitOrder(order?: SandboxOrder | null): Delivery {
    const { webhook, ...rest } = order ?? {}
    const target = webhook == null ? undefined : JSON.parse(targetJson(webhook))
    return one(this.#native.emitOrder(JSON.stringify(spelled({ ...rest, webhook: target }))))
  }

  /**
   * Emits a ping.
   *
   * @throws {@link ConfigError} if there is no target
   */
  emitPing(): Delivery {
    return one(this.#native.emitPing())
  }

  /**
   * Emits any bytes, signed like an event: for tests of what a receiver does with them.
   *
   * @throws {@link ConfigError} if there is no target, for more than 64 MiB, or for a content type that is none
   */
  emitRaw(body: Body, contentType = 'application/json'): Delivery {
    return one(this.#native.emitRaw(Buffer.from(bodyBytes(body)), `${contentType}`))
  }

  /**
   * Sends an event once more that was emitted before: the same bytes to the same target.
   *
   * @throws {@link ConfigError} if no such event is known
   */
  emitAgain(eventId: string): Delivery {
    return one(this.#native.emitAgain(`${eventId}`))
  }

  /** The webhooks so far, in the order in which they were emitted; at most 10 000. */
  deliveries(): Delivery[] {
    return all(this.#native.deliveries())
  }

  /**
   * Waits until every webhook is settled: delivered, or given up.
   *
   * @throws {@link TimeoutError} after the `timeout`, which is none by default
   * @throws {@link AbortError} if the `signal` is aborted
   * @throws {@link SandboxError} if the sandbox is stopped
   */
  async waitForDeliveries(options?: CallOptions | null): Promise<Delivery[]> {
    const begin = (...limits: Parameters<Native['waitForDeliveries']>) =>
      this.#native.waitForDeliveries(...limits)
    return all(await run(options, begin, 'not_processed', undefined, sandboxNative()))
  }

  /** Holds webhooks back, until {@link Sandbox.releaseWebhooks}. What is being sent goes on. */
  holdWebhooks(): void {
    value(this.#native.holdWebhooks())
  }

  /**
   * Lets webhooks go again, and first those that are due, in this order: each leaves when the one before was answered.
   * `shuffled` is the same for the same `seed`. Says how many these are.
   *
   * @throws {@link ConfigError} for an order that is none
   */
  releaseWebhooks(
    order: ReleaseOrder = 'as_emitted',
    options?: { seed?: number | undefined } | null,
  ): number {
    const seed = options?.seed
    return value(this.#native.releaseWebhooks(`${order}`, seed == null ? undefined : Number(seed)))
  }

  /**
   * Scripts a fault for the next try that it concerns, or the next `times`. {@link WebhookFault} lists them.
   *
   * @throws {@link ConfigError} for a fault that is none, or a parameter that it does not take
   */
  failNextWebhook(
    fault: WebhookFault | PlainWebhookFault,
    options?: { times?: number | undefined } | null,
  ): void {
    const scripted = typeof fault === 'object' && fault !== null ? fault : { name: fault }
    value(this.#native.failNextWebhook(written(scripted), Number(options?.times ?? 1)))
  }

  /** The faults of webhooks that have fired, in order. */
  firedWebhookFaults(): WebhookFault[] {
    return told(value(this.#native.firedWebhookFaults()))
  }

  /** The scripted faults of webhooks that have not fired yet, in order. */
  pendingWebhookFaults(): WebhookFault[] {
    return told(value(this.#native.pendingWebhookFaults()))
  }
}

/** @internal */
export function targetJson(target: WebhookTarget): string {
  const { secrets, ...rest } = target
  const listed = secrets == null ? [] : typeof secrets === 'string' ? [secrets] : [...secrets]
  return JSON.stringify(spelled({ ...rest, secrets: listed }))
}

/** What is given to the native module, with the names that members have on the wire. */
function spelled(given: unknown): unknown {
  // Numbers that JSON cannot write are for the native module to refuse.
  if (typeof given === 'bigint' || (typeof given === 'number' && !Number.isFinite(given))) return `${given}`
  if (isDate(given)) return Number.isNaN(given.getTime()) ? 'Invalid Date' : given.toISOString()
  if (Array.isArray(given)) return given.map(spelled)
  // Decimals of libraries have a text of their own.
  if (typeof given !== 'object' || given === null || 'toJSON' in given) return given
  const members = Object.entries(given).map(([name, member]) => [snake(name), spelled(member)])
  return Object.fromEntries(members)
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const SPANS = new Set(['duration', 'delay'])

/** What the native module tells: names as here, moments as `Date`, spans of time in milliseconds. */
function told<T>(json: string): T {
  return renamed(JSON.parse(json)) as T
}

function renamed(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(renamed)
  if (typeof given !== 'object' || given === null) return given
  const members = Object.entries(given).flatMap(([name, member]): [string, unknown][] => {
    if (SPANS.has(name)) return typeof member === 'number' ? [[name, member * 1000]] : []
    if (typeof member === 'string' && (name === 'at' || name.endsWith('_at')))
      return [[camel(name), new Date(member)]]
    return [[camel(name), renamed(member)]]
  })
  return Object.fromEntries(members)
}

function all(outcome: Parameters<typeof value<SandboxDeliveries>>[0]): Delivery[] {
  const { told: json, bodies } = value(outcome)
  return told<Delivery[]>(json).map((delivery, at) => ({ ...delivery, body: bodies[at] ?? Buffer.alloc(0) }))
}

function one(outcome: Parameters<typeof value<SandboxDeliveries>>[0]): Delivery {
  return all(outcome)[0] as Delivery
}
