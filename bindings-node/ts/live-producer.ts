/** A producer: the endpoint of a reading. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'

import type { LiveAnswer, LiveProducer } from './binding.js'
import { connect } from './connect.js'
import { configError, value } from './errors.js'
import { type Auth, authOf, text, type Unit } from './live-options.js'
import { Sharing, type Source } from './live-source.js'
import { known } from './options.js'
import type { ExpressHandler, FetchHandler, NodeHandler } from './webhook-adapters.js'
import { atLeast } from './webhook-stores.js'

/** Settings of a {@link Producer}. Times are in milliseconds. */
export interface ProducerOptions {
  /**
   * Who may read: whoever shows one of these, such as the old key and the new one during a rotation. Secrets are compared in constant
   * time. Default: everybody; an empty list is refused.
   */
  auth?: Auth | readonly Auth[] | null | undefined
  /** The sites whose pages may read it (CORS). Default: `https://quelia.fr`. */
  origins?: string | readonly string[] | null | undefined
  /** Lets the pages of all sites read it: for values that are public anyway. Default: `false`. */
  anyOrigin?: boolean | null | undefined
  /**
   * The document: `simple` is `{"current_power": 42.5}`; `with_metadata` is `{"status": "ok", "timestamp": …, "data": {"power":
   * {"value": 42.5, "unit": "MW"}}}`. Default: `simple`.
   */
  form?: 'simple' | 'with_metadata' | null | undefined
  /** The unit in which the value is given out; measurements in another one are converted. Default: as it was measured. */
  unit?: Unit | null | undefined
  /** How long the source may take; then 503 is answered. Default: 2.8 s, so that this too is there within the 3 s that readers wait. */
  timeout?: number | null | undefined
  /** For how long what the source gave is given out to all who ask. Default: 1 s, so that many viewers are no load for it. */
  freshFor?: number | null | undefined
  /** Told of what the source throws, of a value that is none, and of a source that takes too long. Default: a warning of the process. */
  onError?: ((error: unknown) => void) | null | undefined
}

/** A request, as far as a producer looks at it. */
export interface Asked {
  /** The method. Default: `GET`. */
  readonly method?: string | undefined
  /** What stands behind the `?` of the address, as it came. Default: nothing. */
  readonly query?: string | undefined
  /** The headers: an object, as Node's, pairs, or `Headers`. */
  readonly headers?:
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | undefined
}

/** What is answered. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number
  /** What came of the request, for logs: such as `given`, `preflight`, `no_credentials` or `unavailable`. */
  readonly outcome: string
  /** The headers, in order; `WWW-Authenticate` may stand there several times. */
  readonly headers: readonly (readonly [string, string])[]
  /** The body, JSON; empty for `OPTIONS` and `HEAD`. */
  readonly body: string
}

/** What a plugin needs of a reply of Fastify. */
interface ReplyLike {
  code(status: number): unknown
  header(name: string, value: unknown): unknown
  send(body: string): unknown
}

/** What a plugin needs of Fastify. */
interface AppLike {
  route(route: {
    method: string[]
    url: string
    exposeHeadRoute?: boolean
    handler: (request: { raw: IncomingMessage }, reply: ReplyLike) => unknown
  }): unknown
}

/** A plugin of Fastify, registered at a path. */
export type ProducerPlugin = (app: AppLike, options: { path: string }, done: (error?: Error) => void) => void

const OPTIONS = new Set(['auth', 'origins', 'anyOrigin', 'form', 'unit', 'timeout', 'freshFor', 'onError'])

/** The endpoint of a live reading, made by {@link producer}: it answers as those who show it want it, CORS included. */
export class Producer {
  readonly #native: LiveProducer
  readonly #sharing: Sharing

  /** Handles a request of `node:http`: `createServer(producer.node)`. Which path it has does not matter. */
  readonly node: NodeHandler

  /** Answers a `Request`: for Hono, route handlers of Next.js, Deno, Bun and workers. */
  readonly fetch: FetchHandler

  /** A plugin of Fastify's: `app.register(producer.fastify, { path: '/power' })`. */
  readonly fastify: ProducerPlugin

  /** @internal */
  constructor(source: Source, options?: ProducerOptions | null) {
    if (typeof source !== 'function') throw configError('source', 'must be a function')
    const { auth, origins, anyOrigin, form, unit, timeout, freshFor, onError } = known(options, OPTIONS) ?? {}
    if (onError != null && typeof onError !== 'function') throw configError('onError', 'must be a function')
    if (anyOrigin != null && typeof anyOrigin !== 'boolean')
      throw configError('anyOrigin', 'must be true or false')
    const several = Array.isArray(auth)
    if (several && auth.length === 0)
      throw configError('auth', 'is an empty list: leave it away to let everybody read')
    const access = auth == null ? [] : [auth as Auth | readonly Auth[]].flat()
    const native = connect()
    this.#native = value(
      native.openLiveProducer({
        access: access.map((it, position) => authOf(it, several ? `auth[${position}]` : 'auth')),
        ...(origins != null && { origins: [origins].flat().map((it) => text('origins', it)) }),
        ...(anyOrigin === true && { anyOrigin }),
        ...(form != null && { form: text('form', form) }),
        ...(unit != null && { unit: text('unit', unit) }),
      }),
    )
    const policy = native.livePolicy()
    this.#sharing = new Sharing(
      source,
      timeout == null ? policy.timeout : atLeast('timeout', timeout, 1),
      freshFor == null ? policy.freshFor : atLeast('freshFor', freshFor, 0),
      onError == null ? warning() : telling(onError),
    )
    this.node = (request, response) => this.#serve(request, response)
    this.fetch = async (request) => {
      const { method, headers, url } = request
      const query = new URL(url).search.slice(1)
      const answer = await this.answer({ method, query, headers })
      // Of an answer without a body, the length is the server's to know.
      const told = answer.headers.filter(([name]) => name !== 'Content-Length') as [string, string][]
      return new Response(answer.body === '' ? null : answer.body, { status: answer.status, headers: told })
    }
    this.fastify = (app, { path }, done) => {
      if (typeof path !== 'string') {
        done(configError('path', 'must be a string: register(producer.fastify, { path })'))
        return
      }
      const method = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']
      const handler = async ({ raw }: { raw: IncomingMessage }, reply: ReplyLike) => {
        const answer = await this.answer(asked(raw))
        reply.code(answer.status)
        for (const [name, values] of grouped(answer)) reply.header(name, oneOf(values))
        return reply.send(answer.body)
      }
      app.route({ method, url: path, exposeHeadRoute: false, handler })
      done()
    }
  }

  /** A handler for Express: `app.use('/power', producer.express())`, before anything that answers `OPTIONS` itself. */
  express(): ExpressHandler {
    return (request, response) => this.#serve(request, response)
  }

  /**
   * Answers a request, for other servers. Its promise is never rejected for what the source does: that is answered 503.
   *
   * @throws {@link ConfigError} for a request that is none.
   *
   * @example
   * ```ts
   * import { live } from 'qlower'
   *
   * const producer = live.producer(() => 42.5, { auth: { apiKey: 'k-1' } })
   * const answer = await producer.answer({ method: 'GET', headers: { 'X-API-Key': 'k-1' } })
   * console.log(answer.status, answer.body) // 200 {"current_power":42.5}
   * console.log((await producer.answer({})).status) // 401
   * ```
   */
  async answer({ method = 'GET', query = '', headers = {} }: Asked): Promise<Answer> {
    const request = [text('method', method), text('query', query), linesOf(headers)] as const
    const early = value(this.#native.gate(...request))
    if (early != null) return answerOf(early)
    const measured = await this.#sharing.read()
    return answerOf(value(this.#native.answer(...request, measured)))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, ...answer } = await this.answer(asked(request))
    // The caller may be gone.
    if (response.destroyed || response.headersSent) return
    const headers = grouped(answer)
    if (status !== 204 && !headers.has('Content-Length'))
      headers.set('Content-Length', [`${Buffer.byteLength(body)}`])
    for (const [name, values] of headers) response.setHeader(name, oneOf(values))
    response.writeHead(status).end(body)
  }

  /** What may be shown: no secret. */
  toJSON(): Record<string, unknown> {
    return {}
  }

  /** @internal */
  [inspect.custom](): string {
    return 'Producer {}'
  }
}

/**
 * The endpoint of a live reading, for the server that you have.
 *
 * It answers `GET` with the value, `OPTIONS` as browsers want it (CORS), 401 to whoever may not read, and 503 while there is no value.
 * Concurrent requests share one call of the source, and so do those of the next second.
 *
 * @param source gives what was measured.
 * @throws {@link ConfigError} for a setting that cannot be used, or does not exist; it names the setting.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { live } from 'qlower'
 *
 * const meter = { read: async () => 42_500 }
 * const producer = live.producer(async () => ({ value: await meter.read(), unit: 'kW', at: new Date() }), {
 *   form: 'with_metadata',
 *   unit: 'MW',
 * })
 * const server = createServer(producer.node)
 *
 * const { body } = await producer.answer({})
 * console.log(live.read(body, 'data.power.value').value) // 42.5
 * server.close()
 * ```
 */
export function producer(source: Source, options?: ProducerOptions | null): Producer {
  return new Producer(source, options)
}

/** A request of `node:http`. The headers are taken as they came: where one stands twice matters. */
function asked({ method = '', url = '', rawHeaders }: IncomingMessage): Asked {
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
  )
  const start = url.indexOf('?')
  return { method, query: start < 0 ? '' : url.slice(start + 1), headers: pairs }
}

/** Names and values of headers, in turn. */
function linesOf(headers: NonNullable<Asked['headers']>): string[] {
  if (typeof headers !== 'object' || headers === null)
    throw configError('headers', 'must be an object, or pairs')
  const pairs =
    Symbol.iterator in headers
      ? [...(headers as Iterable<readonly [string, string]>)]
      : Object.entries(headers)
  return pairs.flatMap(([name, given]) => {
    const lines = given === undefined ? [] : [given as string | string[]].flat()
    return lines.flatMap((line) => [text('headers', name), text(`headers.${name}`, line)])
  })
}

function answerOf({ status, outcome, headers, body }: LiveAnswer): Answer {
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ''] as const] : []))
  return { status, outcome, headers: pairs, body }
}

/** The values of each header. */
function grouped({ headers }: Pick<Answer, 'headers'>): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [name, line] of headers) groups.set(name, [...(groups.get(name) ?? []), line])
  return groups
}

/** One line is no list: some servers look at it. */
function oneOf(lines: string[]): string | string[] {
  return lines.length === 1 ? (lines[0] as string) : lines
}

/** What a hook throws is no fault of the request's. */
function telling(hook: (error: unknown) => void): (error: unknown) => void {
  const warn = warning()
  return (error) => {
    try {
      hook(error)
    } catch (thrown) {
      warn(thrown)
    }
  }
}

/** Warnings. A source may fail each second, so that it is told once for each message. */
function warning(): (error: unknown) => void {
  const told = new Set<string>()
  return (error) => {
    const what = String((error as Error)?.message ?? error)
    if (told.has(what) || told.size >= 100) return
    told.add(what)
    const detail = error instanceof Error ? error.stack : undefined
    const message = `the source of a live reading failed: ${what} (it is not told again)`
    process.emitWarning(message, { type: 'QlowerLiveWarning', ...(detail !== undefined && { detail }) })
  }
}
