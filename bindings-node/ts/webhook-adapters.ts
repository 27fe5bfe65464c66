/** Receivers in the servers that there are. None of them is needed: their requests are taken for what they have. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

import { configError } from './errors.js'
import { bytesOf } from './input.js'
import type { Done, Engine, Incoming, Reply } from './webhook-engine.js'
import { discard, readReadable, readWeb } from './webhook-read.js'

/** Handles a request of `node:http`. Its promise is fulfilled once the answer is written, and never rejected. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Handles a request of Express. */
export type ExpressHandler = (
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
) => Promise<void>

/** Answers a `Request`. Its promise is never rejected. */
export type FetchHandler = (request: Request) => Promise<Response>

/** What a plugin needs of Fastify. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: Readable) => Promise<unknown>,
  ): unknown
  all(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => unknown): unknown
}

/** What a plugin needs of a request of Fastify. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage
  readonly body?: unknown
}

/** What a plugin needs of a reply of Fastify. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse
  code(status: number): unknown
  headers(headers: Record<string, string>): unknown
  send(body: string): unknown
  hijack(): unknown
}

/** A plugin of Fastify, registered at a path. */
export type FastifyPlugin = (
  app: FastifyLike,
  options: { path: string },
  done: (error?: Error) => void,
) => void

/** The answer to a request of `node:http`. */
export async function serve(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await write(await engine.answer(incoming(request, request)), request, response, engine)
}

/** The answer to a request of Express, whose body may have been read. */
export async function serveExpress(
  engine: Engine,
  request: IncomingMessage & { body?: unknown; rawBody?: unknown; originalUrl?: string },
  response: ServerResponse,
): Promise<void> {
  const kept = bytesOf(request.rawBody) ?? bytesOf(request.body)
  const { url = '', originalUrl = url } = request
  // What is mounted sees the rest of the path alone.
  const given = { ...incoming(request, request), path: originalUrl }
  const read = kept === undefined ? given.read : () => Promise.resolve(kept)
  await write(await engine.answer({ ...given, read }), request, response, engine)
}

/** The answer to a `Request`. */
export async function respond(engine: Engine, request: Request): Promise<Response> {
  const { status, headers, body } = await engine.answer({
    method: request.method,
    path: new URL(request.url).pathname,
    header: (name) => request.headers.get(name),
    read: (limit, milliseconds) =>
      request.bodyUsed ? Promise.resolve(GONE) : readWeb(request.body, limit, milliseconds),
  })
  return new Response(body, { status, headers })
}

/** A plugin of Fastify. What it sets is for its own path alone. */
export function plugin(engine: Engine): FastifyPlugin {
  return (app, options, done) => {
    const path = options?.path
    if (typeof path !== 'string') {
      done(configError('path', 'must be a string: register(receiver.fastify, { path })'))
      return
    }
    app.removeAllContentTypeParsers()
    // The stream as it is: its size and its time are watched where it is read.
    app.addContentTypeParser('*', (_request, payload) => Promise.resolve(payload))
    app.all(path, async ({ raw, body }, reply) => {
      const answer = await engine.answer(incoming(raw, (body as Readable | undefined) ?? raw))
      if (answer.isUnread) {
        reply.hijack()
        await write(answer, raw, reply.raw, engine)
        return
      }
      reply.code(answer.status)
      reply.headers({ ...answer.headers })
      return reply.send(answer.body)
    })
    done()
  }
}

/** What a parser has left of a body. */
const GONE: Done = {
  answer: 'failed',
  step: 'read',
  error: configError(
    'body',
    'it was read before the receiver saw it, and its bytes are gone. Put the receiver before express.json() and other parsers ' +
      "of bodies, or behind express.raw({ type: '*/*' }), which keeps them",
  ),
}

function incoming(request: IncomingMessage, body: Readable): Incoming {
  const { method = '', url = '', headers } = request
  return {
    method,
    path: url,
    header: (name) => headers[name.toLowerCase()],
    read: (limit, milliseconds) =>
      body.readableDidRead || body.readableEncoding !== null
        ? Promise.resolve(GONE)
        : readReadable(body, limit, milliseconds),
  }
}

async function write(
  { status, headers, body, isUnread }: Reply,
  request: IncomingMessage,
  response: ServerResponse,
  engine: Engine,
): Promise<void> {
  // The caller may be gone.
  if (response.destroyed || response.headersSent) return
  const length = String(Buffer.byteLength(body))
  if (!isUnread || request.complete) {
    response.writeHead(status, { ...headers, 'content-length': length }).end(body)
    return
  }
  // Closing on a sender that still writes would reset the connection, and lose the answer.
  response.writeHead(status, { ...headers, 'content-length': length, connection: 'close' }).write(body)
  await discard(request, engine.discarded, engine.bodyTimeout)
  response.end()
}
