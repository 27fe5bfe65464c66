// What a program that delivers files and reads endpoints may write compiles, strictly and with the types of the frameworks; what it
// may not is marked.

import { createServer } from 'node:http'

import express, { type RequestHandler } from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { type Certainty, ftp, live } from 'qlower'

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles if the type argument is true. */
function isTrue<_ extends true>(): void {}

const destination = new ftp.Destination({
  host: 'a',
  user: 'b',
  password: undefined,
  hostKey: ['SHA256:x'] as const,
  protocol: 'sftp',
})
// @ts-expect-error there is no such protocol
new ftp.Destination({ host: 'a', user: 'b', protocol: 'scp' })
// @ts-expect-error a host is needed
new ftp.Destination({ user: 'b' })
// @ts-expect-error and so is a user
new ftp.Destination({ host: 'a' })

export async function deliver(): Promise<void> {
  const files = ['a', new URL('file:///b'), { name: 'c', content: new Uint8Array(1) }] as const
  const receipt = await ftp.deliver(
    destination,
    files,
    { vin: 'A', n: 1 },
    { onProgress: ({ sent }) => sent.toFixed() },
  )
  isTrue<Same<(typeof receipt.files)[number]['certainty'], Certainty>>()
  // @ts-expect-error bytes need a name
  await ftp.deliver(destination, { content: 'x' })
  const fleet = await ftp.Fleet.open('a')
  const summary = await fleet.deliver([{ destination: 'a', files }], { signal: null })
  const { remaining } = summary
  isTrue<Same<ReturnType<typeof summary.text>, string>>()
  // @ts-expect-error it is told in English and French
  summary.text('de')
  isTrue<Same<(typeof fleet.mistakes)[number]['messageFr'], string>>()
  const [first] = remaining
  if (first?.error instanceof ftp.DeliveryError) {
    isTrue<Same<typeof first.error.replyCode, number | null>>()
    isTrue<Same<typeof first.error.messageFr, string>>()
    isTrue<Same<typeof first.adviceFr, string | null>>()
  }
  isTrue<Same<ReturnType<typeof fleet.destination>, ftp.Destination | undefined>>()
}

export async function watch(): Promise<void> {
  await using feed = new live.LiveFeed({ url: 'https://a', path: 'b', unit: 'MW', auth: { bearer: 'x' } })
  for await (const state of feed) {
    if (state.kind === 'connection_error') {
      isTrue<Same<typeof state.cause.messageFr, string>>()
      // @ts-expect-error there is no value then
      state.value
    } else isTrue<Same<typeof state.value, number>>()
  }
  for await (const { text } of feed.watch({ signal: AbortSignal.timeout(1) })) text.length
  // @ts-expect-error one way of saying who one is
  new live.LiveFeed({ url: 'https://a', path: 'b', auth: { token: 'x' } })
}

const producer = live.producer(({ signal }) =>
  signal.aborted ? null : { value: 1, unit: 'kW', at: new Date() },
)
live.producer(async () => 1, {
  auth: [{ apiKey: 'a' }, { basic: { user: 'a', password: 'b' } }],
  form: 'simple',
})
// @ts-expect-error a value is a number
live.producer(() => '42')

createServer(producer.node)
const handler: RequestHandler = producer.express()
express().use('/power', handler)
fastify().register(producer.fastify, { path: '/power' })
new Hono().all('/power', (context) => producer.fetch(context.req.raw))
