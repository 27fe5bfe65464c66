/** Endpoints of readings on this machine, which answer as they are told, and producers in real servers. */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { live } from 'qlower'

/** An endpoint, which knows who asked. */
export class Endpoint implements AsyncDisposable {
  /** What is answered: a status and a document, or nothing at all. */
  answer: readonly [status: number, body: string] | 'never' = [200, '{"current_power": 42.5}']
  /** How many milliseconds it takes for that. */
  delay = 0
  readonly requests: IncomingMessage[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request)
      if (this.answer === 'never') return
      const [status, body] = this.answer
      const reply = (): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      if (this.delay === 0) reply()
      else setTimeout(reply, this.delay)
    })
  }

  static async start(): Promise<Endpoint> {
    const it = new Endpoint()
    await new Promise<void>((resolve) => it.#server.listen(0, '127.0.0.1', resolve))
    return it
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/power`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return stopped(this.#server)
  }
}

function stopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export interface Served extends AsyncDisposable {
  url: string
}

async function listening(server: Server): Promise<Served> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/power`,
    [Symbol.asyncDispose]: () => stopped(server),
  }
}

/** Starts a producer in each of the servers. */
export const servers: Record<string, (producer: live.Producer) => Promise<Served>> = {
  'node:http': (producer) => listening(createServer(producer.node)),
  Express: (producer) => {
    const app = express()
    app.use('/power', producer.express())
    return listening(createServer(app))
  },
  Fastify: async (producer) => {
    const app = fastify()
    await app.register(producer.fastify, { path: '/power' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const served = await listening(app.server)
    return { ...served, [Symbol.asyncDispose]: () => app.close() }
  },
  Hono: async (producer) => {
    const app = new Hono()
    app.all('/power', (context) => producer.fetch(context.req.raw))
    const server = await new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
        resolve(started as Server),
      )
    })
    return listening(server)
  },
}
