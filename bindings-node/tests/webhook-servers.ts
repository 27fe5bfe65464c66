/** Receivers in real servers on this machine, and requests to them. */

import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import type { webhook } from 'qlower'

export interface Served {
  url: string
  stop(): Promise<void>
}

const PATH = '/webhooks/qlower'

async function listening(server: Server): Promise<Served> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Starts a receiver in each of the servers. */
export const servers: Record<string, (receiver: webhook.Receiver) => Promise<Served>> = {
  'node:http': (receiver) => listening(createServer(receiver.node)),
  Express: (receiver) => {
    const app = express()
    app.all(PATH, receiver.express())
    app.use(express.json())
    return listening(createServer(app))
  },
  'Express with express.raw': (receiver) => {
    const app = express()
    app.use(express.raw({ type: 'application/json', limit: '10mb' }))
    app.all(PATH, receiver.express())
    return listening(createServer(app))
  },
  Fastify: async (receiver) => {
    const app = fastify({ bodyLimit: 64 })
    await app.register(receiver.fastify, { path: PATH })
    // What is parsed elsewhere stays so.
    app.post('/other', ({ body }) => ({ kind: typeof body }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const served = await listening(app.server)
    return { ...served, stop: () => app.close() }
  },
  Hono: async (receiver) => {
    const app = new Hono()
    app.all(PATH, (context) => receiver.fetch(context.req.raw))
    const server = await new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
        resolve(started as Server),
      )
    })
    return listening(server)
  },
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  /** Written one by one. */
  body?: readonly (string | Uint8Array)[]
  /** Milliseconds between two parts of the body. */
  pause?: number
  /** Leaves out the end. */
  open?: boolean
  signal?: AbortSignal
}

/** Sends a request as it is told to, byte for byte, on a connection of its own. */
export function send(
  url: string,
  { method = 'POST', headers = {}, body = [], pause = 0, open, signal }: Sent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...(signal && { signal }) }, (response) => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('data', (piece) => {
          text += piece
        })
        .on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
          sent.destroy()
        })
        .on('error', reject)
    })
    sent.on('error', reject)
    const closed = new Promise((resolve) => sent.once('close', resolve))
    const write = async () => {
      for (const part of body) {
        if (sent.destroyed) return
        // Whoever writes much waits for the other side.
        if (!sent.write(part))
          await Promise.race([new Promise((drained) => sent.once('drain', drained)), closed])
        if (pause > 0) await new Promise((next) => setTimeout(next, pause))
      }
      if (!open && !sent.destroyed) sent.end()
    }
    void write()
  })
}

/** Sends a body in chunks, and looks at the answer only then. Gives its first line. */
export async function writeFirst(
  url: string,
  headers: Record<string, string>,
  body: readonly string[],
): Promise<string> {
  const { hostname, port, pathname } = new URL(url)
  const socket = connect(Number(port), hostname).setNoDelay().pause()
  let lost: Error | undefined
  socket.on('error', (error) => {
    lost = error
  })
  const lines = Object.entries({ host: hostname, 'transfer-encoding': 'chunked', ...headers })
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map((it) => `${it.join(': ')}\r\n`).join('')}\r\n`)
  for (const part of body) {
    if (!socket.destroyed) socket.write(`${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  socket.write('0\r\n\r\n')
  let text = ''
  if (!socket.destroyed) {
    for await (const piece of socket.setEncoding('utf8')) {
      text += piece
      if (text.includes('\r\n')) break
    }
  }
  socket.destroy()
  return lost === undefined ? (text.split('\r\n')[0] ?? '') : String(lost)
}
