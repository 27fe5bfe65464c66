/** Receivers of webhooks. */

import { inspect } from 'node:util'

import { configError, value } from './errors.js'
import { native } from './native.js'
import { count, known } from './options.js'
import * as adapters from './webhook-adapters.js'
import { Engine } from './webhook-engine.js'
import { received } from './webhook-event.js'
import { secretBytes } from './webhook-given.js'
import type { Answered, ReceiverOptions } from './webhook-options.js'
import { atLeast } from './webhook-stores.js'

const OPTIONS: ReadonlySet<string> = new Set<keyof ReceiverOptions>([
  'secrets',
  'apiKey',
  'handler',
  'dedupe',
  'maxBody',
  'bodyTimeout',
  'timeout',
  'lease',
  'maxConcurrency',
  'tolerance',
  'retryRefused',
  'onAnswer',
])

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
 *   dedupe: new webhook.MemoryStore(),
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
export class Receiver {
  readonly #engine: Engine
  readonly #shown: Record<string, unknown>

  /**
   * Handles a request of `node:http`: `createServer(receiver.node)`. It reads the body itself, up to the limit.
   */
  readonly node: adapters.NodeHandler

  /**
   * Answers a `Request`: for Hono, route handlers of Next.js, Deno, Bun and workers.
   */
  readonly fetch: adapters.FetchHandler

  /**
   * A plugin of Fastify's: `app.register(receiver.fastify, { path: '/webhooks/qlower' })`. Parsers of bodies elsewhere in the app stay
   * as they are.
   */
  readonly fastify: adapters.FastifyPlugin

  /**
   * @throws {@link ConfigError} if a setting is missing, cannot be used, or does not exist; it names the setting. So an empty secret
   *   is found before the first webhook.
   */
  constructor(options: ReceiverOptions) {
    const policy = native.webhookPolicy()
    const given = known(options, OPTIONS)
    if (given === undefined) throw configError('options', 'must be an object')
    const { secrets, apiKey, handler, dedupe, tolerance, retryRefused, onAnswer } = given
    if (typeof handler !== 'function') throw configError('handler', 'must be a function')
    if (onAnswer != null && typeof onAnswer !== 'function')
      throw configError('onAnswer', 'must be a function')
    if (retryRefused != null && typeof retryRefused !== 'boolean') {
      throw configError('retryRefused', 'must be true or false')
    }
    if (dedupe === undefined) {
      throw configError(
        'dedupe',
        'there is none: give a store, or null where the handler keeps the keys of events in the transaction of its work',
      )
    }
    for (const method of ['claim', 'complete', 'release'] as const) {
      if (dedupe !== null && typeof dedupe[method] !== 'function')
        throw configError('dedupe', `has no ${method}`)
    }
    const number = (name: keyof typeof policy & keyof ReceiverOptions): number => {
      const set = given[name]
      return set == null ? (policy[name] as number) : atLeast(name, set, 1)
    }
    const timeout = number('timeout')
    if (timeout >= policy.senderTimeout) {
      throw configError('timeout', `must be less than the ${policy.senderTimeout} ms that the sender waits`)
    }
    const lease = number('lease')
    if (lease <= timeout) throw configError('lease', 'must be more than the timeout')
    const verifier = value(
      native.openWebhookVerifier({
        ...(secrets != null && { secrets: secretBytes(secrets, 'secrets') }),
        ...(apiKey != null && { apiKeys: secretBytes(apiKey, 'apiKey') }),
        ...(tolerance != null && { tolerance: count('tolerance', tolerance) }),
      }),
    )
    const engine = new Engine(
      {
        verifier,
        handler,
        dedupe,
        maxBody: number('maxBody'),
        bodyTimeout: number('bodyTimeout'),
        timeout,
        lease,
        maxConcurrency: number('maxConcurrency'),
        retryRefused: retryRefused === true,
        read: received,
        tell: telling(onAnswer ?? warning()),
      },
      policy,
    )
    this.#engine = engine
    this.#shown = { ...(secrets != null && { secrets: '***' }), ...(apiKey != null && { apiKey: '***' }) }
    this.node = (request, response) => adapters.serve(engine, request, response)
    this.fetch = (request) => adapters.respond(engine, request)
    this.fastify = adapters.plugin(engine)
  }

  /**
   * A handler for Express: `app.post('/webhooks/qlower', receiver.express())`.
   *
   * It stands before any parser of bodies, or behind `express.raw({ type: '*' + '/*' })`, whose bytes it takes. Behind
   * `express.json()` the bytes are gone: every request is then answered 500, and told as a {@link ConfigError}.
   */
  express(): adapters.ExpressHandler {
    const engine = this.#engine
    return (request, response) => adapters.serveExpress(engine, request, response)
  }

  /** Waits until no handler runs any more: for the end of a program, once its server is closed. */
  idle(): Promise<void> {
    return this.#engine.idle()
  }

  /** What is shown of it. It holds no secret. */
  toJSON(): Record<string, unknown> {
    return { ...this.#shown }
  }

  /** What `console.log` shows. */
  [inspect.custom](_depth: number, options: object): string {
    return `Receiver ${inspect(this.#shown, options)}`
  }
}

/** What a hook throws is no fault of the webhook's. */
function telling(hook: (answered: Answered) => void): (answered: Answered) => void {
  return (answered) => {
    try {
      hook(answered)
    } catch (error) {
      warn('onAnswer threw', error)
    }
  }
}

/** Warnings of what went wrong. Anybody can send what is refused, so that is told once for each reason. */
function warning(): (answered: Answered) => void {
  const refused = new Set<string>()
  return ({ step, error, type, key, isLate }) => {
    if (error === null) return
    const what = String((error as Error)?.message ?? error)
    if (step === 'verify') {
      const reason = String((error as { reason?: unknown }).reason)
      if (refused.has(reason)) return
      refused.add(reason)
      warn(`a webhook was refused: ${what} (further ones for this reason are not told)`)
    } else {
      const event = type === null ? 'a webhook' : `${type} ${key ?? ''}`.trimEnd()
      warn(
        `${event} failed${isLate ? ', after its sender was answered' : ''} (${step ?? 'request'}): ${what}`,
        error,
      )
    }
  }
}

function warn(message: string, error?: unknown): void {
  const detail = error instanceof Error ? error.stack : undefined
  process.emitWarning(message, { type: 'QlowerWebhookWarning', ...(detail !== undefined && { detail }) })
}
