/** What all receivers of webhooks have in common. */

import { inspect } from 'node:util'

import { configError } from './errors.js'
import { native } from './native.js'
import { known } from './options.js'
import * as adapters from './webhook-adapters.js'
import { Engine } from './webhook-engine.js'
import type { Answered, WorkOptions } from './webhook-options.js'
import type { Source } from './webhook-sources.js'
import { atLeast, MemoryStore } from './webhook-stores.js'

const OPTIONS: readonly (keyof WorkOptions<never>)[] = [
  'handler',
  'dedupe',
  'maxBody',
  'bodyTimeout',
  'timeout',
  'lease',
  'maxConcurrency',
  'retryRefused',
  'onAnswer',
]

/** Takes webhooks: what all receivers have in common, whoever sends. */
export abstract class EventReceiver {
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

  /** @internal */
  constructor(source: Source, options: WorkOptions<never>, more: readonly string[]) {
    const policy = native.webhookPolicy()
    const given = known(options, new Set([...OPTIONS, ...more])) ?? options
    const { handler, dedupe = new MemoryStore(), retryRefused, onAnswer } = given
    if (typeof handler !== 'function') throw configError('handler', 'must be a function')
    if (onAnswer != null && typeof onAnswer !== 'function')
      throw configError('onAnswer', 'must be a function')
    if (retryRefused != null && typeof retryRefused !== 'boolean') {
      throw configError('retryRefused', 'must be true or false')
    }
    for (const method of ['claim', 'complete', 'release'] as const) {
      if (dedupe !== null && typeof dedupe[method] !== 'function')
        throw configError('dedupe', `has no ${method}`)
    }
    const number = (name: keyof typeof policy & keyof WorkOptions<never>): number => {
      const set = given[name]
      return set == null ? (policy[name] as number) : atLeast(name, set, 1)
    }
    const timeout = number('timeout')
    if (timeout >= policy.senderTimeout) {
      throw configError('timeout', `must be less than the ${policy.senderTimeout} ms that the sender waits`)
    }
    const lease = number('lease')
    if (lease <= timeout) throw configError('lease', 'must be more than the timeout')
    const engine = new Engine(
      {
        source,
        handler,
        dedupe,
        maxBody: number('maxBody'),
        bodyTimeout: number('bodyTimeout'),
        timeout,
        lease,
        maxConcurrency: number('maxConcurrency'),
        retryRefused: retryRefused === true,
        tell: telling(onAnswer ?? warning()),
      },
      policy,
    )
    this.#engine = engine
    const secret = more.filter(
      (name) => name !== 'tolerance' && options[name as keyof typeof options] != null,
    )
    this.#shown = Object.fromEntries(secret.map((name) => [name, '***']))
    this.node = (request, response) => adapters.serve(engine, request, response)
    this.fetch = (request) => adapters.respond(engine, request)
    this.fastify = adapters.plugin(engine)
  }

  /**
   * A handler for Express: `app.post('/webhooks/qlower', receiver.express())`.
   *
   * It stands before any parser of bodies, or behind `express.raw`, whose bytes it takes. Behind
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
    return `${this.constructor.name} ${inspect(this.#shown, options)}`
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
