// What a program that takes webhooks may write compiles, strictly and with the types of the frameworks; what it may not is marked.

import { createServer } from 'node:http'

import express, { type RequestHandler } from 'express'
import fastify, { type FastifyPluginCallback } from 'fastify'
import { Hono } from 'hono'
import Database from 'libsql'
import { type SignatureError, webhook } from 'qlower'

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles if the type argument is true. */
function isTrue<_ extends true>(): void {}

const store = new webhook.SqliteStore(new Database(':memory:'), { table: 'seen' })
const own: webhook.DedupeStore = {
  claim: async (key, lease) => (key.length > lease ? 'new' : 'busy'),
  complete: async () => {},
  release: () => {},
}

const receiver = new webhook.Receiver({
  secrets: ['a', Buffer.from('b')] as const,
  apiKey: undefined,
  dedupe: Math.random() > 2 ? store : own,
  handler: async (event, { key, body, verified }) => {
    isTrue<Same<typeof key, string | null>>()
    isTrue<Same<typeof verified, webhook.Verified | null>>()
    body.equals(Buffer.alloc(0))
    if (event.type === 'other') {
      isTrue<Same<typeof event.eventType, string>>()
      return
    }
    isTrue<Same<typeof event.order.totalAmount, string>>()
    isTrue<Same<typeof event.timestamp, Date>>()
    // @ts-expect-error an amount is an exact decimal, and no number
    const amount: number = event.order.totalAmount
    // @ts-expect-error pings are not handed on
    if (event.type === 'ping') return
    return amount
  },
  onAnswer: ({ answer, step, error }) => {
    isTrue<Same<typeof answer, webhook.AnswerName>>()
    if (step === 'verify') (error as SignatureError).reason satisfies string
  },
})

createServer(receiver.node)

const app = express()
const handler: RequestHandler = receiver.express()
app.post('/webhooks', handler)
app.post('/webhooks', express.raw({ type: '*/*' }), receiver.express())

const plugin: FastifyPluginCallback<{ path: string }> = receiver.fastify
fastify().register(plugin, { path: '/webhooks' })
fastify({ logger: true }).register(receiver.fastify, { path: '/webhooks' })

new Hono().post('/webhooks', (context) => receiver.fetch(context.req.raw))
export const POST: (request: Request) => Promise<Response> = receiver.fetch

new webhook.Receiver({ secrets: 'a', handler: () => {} })
// @ts-expect-error there has to be a handler
new webhook.Receiver({ secrets: 'a', dedupe: null })
// @ts-expect-error a body that was parsed has lost its bytes
webhook.verify({ event_type: 'ping' }, 'header', 'secret')
// @ts-expect-error a variable of the environment may not be there
webhook.verify('{}', 'header', process.env['SECRET'])
webhook.verify('{}', express.request.headers['x-qlower-signature'], 'secret')
webhook.verify(new ArrayBuffer(1), new Headers().get('x-qlower-signature'), 'secret')

const event = webhook.parse('{}')
isTrue<Same<typeof event, webhook.OrderCreated | webhook.OrderRenewed | webhook.Ping | webhook.OtherEvent>>()
if (event instanceof webhook.OrderEvent) event.order satisfies webhook.Order
webhook.keyclic.parse('{}').payload satisfies webhook.keyclic.Payload
webhook.vehicle.parse('vehicle_processed', '{}').kind satisfies webhook.vehicle.EventKind
new webhook.keyclic.Receiver({
  users: { keyclic: 'p4ss' },
  handler: ({ payload }) => payload satisfies webhook.keyclic.Payload,
})
const images: webhook.EventReceiver = new webhook.vehicle.Receiver('vehicle_processed', {
  pathSecrets: ['a', 'b'],
  handler: ({ kind }) => kind satisfies webhook.vehicle.EventKind,
})
// @ts-expect-error Keyclic signs nothing
new webhook.keyclic.Receiver({ secrets: 'a', handler: () => {} })
app.post('/images/:secret', images.express())
webhook.verifyBasic(express.request.headers.authorization, { imaging: 'p4ss' }) satisfies string
