/**
 * A small web service that loads on request: what is wrong comes back item by item, what failed says whether to try again.
 *
 *     export QLOWER_ENVIRONMENT=staging QLOWER_PARTNER=acme QLOWER_API_KEY=…
 *     npx tsx service.ts
 *
 * `POST /loads` takes `{"properties": [...], "transactions": [...]}`, items under readable names or wire keys.
 */

import { pathToFileURL } from 'node:url'

import fastify, { type FastifyInstance } from 'fastify'
import { Client, type Payload, QlowerError, ValidationError } from 'qlower'

const SECTIONS = ['declarants', 'properties', 'transactions', 'documents'] as const

/** What comes in: sections of a payload, without its header. */
type Books = Pick<Payload, (typeof SECTIONS)[number]>

/** The service. Whoever makes the client closes it. */
export function createApp(client: Client, partner: string, apiKey: string): FastifyInstance {
  const app = fastify({ bodyLimit: 32 * 1024 * 1024 })

  app.post<{ Body: Books | null }>('/loads', async (request, answer) => {
    const books = request.body
    if (books === null || typeof books !== 'object')
      return answer.code(400).send({ error: 'the body must be an object' })
    const unknown = Object.keys(books).filter((name) => !SECTIONS.some((section) => section === name))
    if (unknown.length > 0) return answer.code(400).send({ error: `unknown: ${unknown.join(', ')}` })

    // Who asked may be gone before the answer comes.
    const gone = new AbortController()
    answer.raw.once('close', () => gone.abort())
    const payload = { partner, apiKey, createdAt: new Date(), ...books }
    const { reply } = await client.send(payload, { signal: gone.signal })
    return { accepted: reply.successCount, failed: reply.failedCount, summary: String(reply) }
  })

  app.setErrorHandler((error, _request, answer) => {
    // Nothing was sent; the report says where every mistake is.
    if (error instanceof ValidationError) return answer.code(422).send(error.report)
    if (!(error instanceof QlowerError)) return answer.send(error)
    // Sending again is harmless: what Qlower knows it does not create again.
    if (error.isRetryable) {
      const seconds = Math.ceil((error.retryAfter ?? 30_000) / 1000)
      answer.code(503).header('Retry-After', seconds)
    } else answer.code(502)
    return answer.send({ error: error.message, certainty: error.certainty })
  })
  return app
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { QLOWER_PARTNER: partner = '', QLOWER_API_KEY: apiKey = '' } = process.env
  // One for the whole process: it keeps its connections. `QLOWER_ENVIRONMENT` says where to.
  const client = new Client()
  const app = createApp(client, partner, apiKey)
  app.addHook('onClose', () => client.close())
  process.once('SIGTERM', () => app.close())
  console.log(await app.listen({ port: Number(process.env['PORT'] ?? 3000) }))
}
