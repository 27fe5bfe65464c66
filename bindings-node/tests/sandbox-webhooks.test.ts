/** Webhooks of the sandbox: what is sent to a receiver, and what is told of it. */

import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import {
  AbortError,
  ConfigError,
  type Delivery,
  Sandbox,
  SandboxError,
  type SandboxOptions,
  type SandboxOrder,
  SignatureError,
  TimeoutError,
  type WebhookFault,
  webhook,
} from 'qlower'
import { afterEach, expect, test } from 'vitest'
import { payload, post } from './loader-requests.js'

const SECRET = 'whsec_node'
const KEY = 'k'.repeat(32)
const NOWHERE = { url: 'http://localhost:9/' }
const PATIENCE = { timeout: 20_000 }

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Received {
  headers: IncomingHttpHeaders
  body: Buffer
}

/** A server that answers each request with the next status, and with the last one for ever. */
async function receiver(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200
      received.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/qlower`, received }
}

async function started(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = await Sandbox.start(options)
  ends.push(() => sandbox.stop())
  return sandbox
}

/** One whose webhooks wait for ever. */
async function held(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await started({ webhook: NOWHERE, ...options })
  sandbox.holdWebhooks()
  return sandbox
}

const json = ({ body }: Delivery) => JSON.parse(body.toString())

test('an order is sent, signed, until it is taken', async () => {
  const { url, received } = await receiver(503, 429, 200)
  const sandbox = await started({
    webhook: { url, secrets: [SECRET], apiKey: KEY },
    webhookSpeed: 1e5,
    webhookTimeout: 20_000,
  })
  const emitted = sandbox.emitOrder()
  expect(emitted).toMatchObject({ state: 'waiting', attempts: [], eventType: 'order.created', orderId: 1 })
  expect(emitted.nextAttemptAt).toBeInstanceOf(Date)
  const [delivery, ...others] = await sandbox.waitForDeliveries(PATIENCE)
  expect(others).toEqual([])
  if (delivery === undefined) throw new Error('none')

  expect(delivery).toMatchObject({
    state: 'delivered',
    nextAttemptAt: null,
    copy: 0,
    partner: 'sandbox',
    url,
  })
  expect(delivery.attempts.map(({ status }) => status)).toEqual([503, 429, 200])
  expect(delivery.emittedAt.getTime()).toBeGreaterThan(Date.now() - 30_000)
  for (const { at, duration, outcome, fault } of delivery.attempts) {
    expect(at.getTime()).toBeGreaterThanOrEqual(delivery.emittedAt.getTime())
    expect(duration).toBeGreaterThan(0)
    expect([outcome, fault]).toEqual(['answered', null])
  }
  expect(received).toHaveLength(3)
  for (const [at, { headers, body }] of received.entries()) {
    expect(body.equals(delivery.body) && body.equals(emitted.body)).toBe(true)
    expect(headers['x-api-key']).toBe(KEY)
    expect(headers['x-qlower-signature']).toBe(delivery.attempts[at]?.signature)
    webhook.verify(body, headers['x-qlower-signature'] as string, SECRET)
  }
  expect(webhook.parse(delivery.body)).toMatchObject({
    eventId: delivery.eventId,
    eventType: 'order.created',
  })
})

test('everything of an order can be said', async () => {
  const sandbox = await held({ partners: { zola: 'k-1', acme: 'k-2' } })
  const order: SandboxOrder = {
    kind: 'renewed',
    partner: 'acme',
    eventId: 'evt_1',
    orderId: 7,
    timestamp: new Date('2026-08-05T08:42:18Z'),
    paymentDate: '2026-08-04T00:00:00Z',
    customer: { email: 'jean@example.com', firstName: 'Jean', lastName: undefined, phone: null },
    products: [
      {
        productId: 'prod_1',
        productName: 'Abonnement',
        unitPrice: '199.50',
        quantity: 2,
        subItems: [{ description: 'une', unitPrice: 0.1, quantity: 3 }],
      },
    ],
    totalAmount: { toJSON: () => '478.80', toFixed: () => '478.80' },
    currency: 'CHF',
    isSubscription: false,
    coverage: [{ year: 2027, property: { externalId: 'P', name: 'N' } }],
    customFields: [{ key: 'k', label: 'l', value: 'v' }],
    invoice: { pdfUrl: 'https://f.example/f.pdf', pdfFilename: 'f', number: '1' },
  }
  const emitted = sandbox.emitOrder(order)
  expect([emitted.partner, sandbox.emitPing().partner]).toEqual(['acme', 'zola'])
  expect(json(emitted)).toEqual({
    event_type: 'order.renewed',
    event_id: 'evt_1',
    order_id: 7,
    timestamp: '2026-08-05T08:42:18+00:00',
    customer: { first_name: 'Jean', email: 'jean@example.com' },
    order: {
      total_amount: 478.8,
      currency: 'CHF',
      payment_date: '2026-08-04T00:00:00+00:00',
      is_subscription: false,
      products: [
        {
          product_id: 'prod_1',
          product_name: 'Abonnement',
          quantity: 2,
          unit_price: 199.5,
          amount: 399,
          sub_items: [{ description: 'une', quantity: 3, unit_price: 0.1, amount: 0.3 }],
        },
      ],
      coverage: [{ year: 2027, property: { external_id: 'P', name: 'N' } }],
      custom_fields: [{ key: 'k', label: 'l', value: 'v' }],
    },
    invoice: { pdf_url: 'https://f.example/f.pdf', pdf_filename: 'f', number: '1' },
  })
})

test('a property that was loaded is told by its name', async () => {
  const sandbox = await held({ partners: { acme: 'k-1' } })
  const home = {
    id: 'P1',
    description: 'T2 rue des Lilas',
    streetName: 'rue des Lilas',
    townName: 'Nantes',
    postCode: '44000',
    ctry: 'FR',
    lastName: 'Roux',
    firstName: 'Anne',
    email: 'anne@example.com',
    acquisitionDate: '2019-03-15',
    taxRegime: 5,
  }
  const { body } = await post(sandbox, payload({ properties: [home] }))
  expect(JSON.parse(body).status).toBe('SUCCESS')
  const covered = (order: SandboxOrder) => json(sandbox.emitOrder(order)).order.coverage
  expect(covered({ coverage: [{ property: { externalId: 'P1' } }] })[0].property).toEqual({
    external_id: 'P1',
    name: 'T2 rue des Lilas',
  })
  expect(covered({ coverage: [{ property: { name: 'Studio' } }] })[0].property.external_id).toMatch(/^qlw_/)
  expect(covered({ coverage: [] })).toEqual([])
})

test.each<[object, string, RegExp]>([
  [
    { coverage: [{ property: { externalId: 'P9' } }] },
    'coverage/0/property/externalId',
    /loaded no property "P9"/,
  ],
  [{ totalAmount: 'a lot' }, 'totalAmount', /must be a decimal number/],
  [{ products: [{ unitPrice: Number.NaN }] }, 'products/0/unitPrice', /must be a decimal number/],
  [{ kind: 'paid' }, 'kind', /must be one of created, renewed, properties_added$/],
  [{ partner: 'nobody' }, 'partner', /there is no partner "nobody"$/],
  [{ timestamp: new Date(Number.NaN) }, 'timestamp', /must be a date and a time/],
  [
    { products: [{ unitPrise: 1 }] },
    'products/0/unitPrise',
    /unknown field `unitPrise`, expected .*`unitPrice`/,
  ],
  [{ duplicates: -1 }, 'duplicates', /expected u32/],
  [{ webhook: { url: 'https://example.com/' } }, 'webhook/url', /must be http:\/\/ on this machine/],
])('what cannot be written is refused at its place: %j', async (order, setting, message) => {
  const sandbox = await held()
  const emit = () => sandbox.emitOrder(order as SandboxOrder)
  expect(emit).toThrow(ConfigError)
  expect(emit).toThrow(message)
  expect(emit).toThrow(expect.objectContaining({ setting }))
  expect(sandbox.deliveries()).toEqual([])
})

test('settings are looked at', async () => {
  const refused = (options: object) => expect(Sandbox.start(options)).rejects
  await refused({ webhook: { url: 'https://localhost/' } }).toThrow(
    /^webhook\/url: must be http:\/\/ on this machine/,
  )
  await refused({ webhook: { ...NOWHERE, apiKey: 'short' } }).toThrow(
    /^webhook\/apiKey: must have at least 32 characters$/,
  )
  await refused({ webhook: { ...NOWHERE, edition: '3' } }).toThrow(
    /^webhook\/edition: must be one of current, 2.1$/,
  )
  await refused({ webhookSpeed: 0 }).toThrow(/^webhookSpeed: must be a number above 0$/)
  const sandbox = await started({})
  expect(() => sandbox.emitPing()).toThrow(/has no target; set one first$/)
  sandbox.setWebhook({ ...NOWHERE, secrets: 'whole', edition: '2.1' })
  sandbox.holdWebhooks()
  expect(json(sandbox.emitOrder()).order.coverage).toBeUndefined()
  expect(() => sandbox.setWebhook(NOWHERE, { partner: 'nobody' })).toThrow(/there is no partner/)
})

test('ids are the same for the same seed', async () => {
  const ids = async (options: SandboxOptions) => {
    const sandbox = await held(options)
    return [1, 2, 3].map(() => sandbox.emitOrder().eventId)
  }
  expect(await ids({ webhookSeed: 7 })).toEqual(await ids({ webhookSeed: 7 }))
  expect(await ids({})).not.toEqual(await ids({}))
})

test('faults fire and are recorded', async () => {
  const { url } = await receiver(401, 200)
  const sandbox = await started({ webhook: { url, secrets: [SECRET] } })
  sandbox.failNextWebhook('old_time')
  sandbox.failNextWebhook({ name: 'slow_body', delay: 10 })
  expect(sandbox.pendingWebhookFaults()).toEqual([{ name: 'old_time' }, { name: 'slow_body', delay: 10 }])
  sandbox.emitOrder()
  const [delivery] = await sandbox.waitForDeliveries(PATIENCE)
  expect(delivery).toMatchObject({
    state: 'refused',
    attempts: [{ status: 401, fault: { name: 'old_time' } }],
  })
  const verify = () => webhook.verify(delivery?.body ?? '', delivery?.attempts[0]?.signature, SECRET)
  expect(verify).toThrow(SignatureError)
  expect(verify).toThrow(expect.objectContaining({ reason: 'expired' }))
  sandbox.emitPing()
  expect((await sandbox.waitForDeliveries(PATIENCE))[1]?.state).toBe('delivered')
  expect(sandbox.firedWebhookFaults()).toEqual([{ name: 'old_time' }, { name: 'slow_body', delay: 10 }])
  expect(sandbox.pendingWebhookFaults()).toEqual([])
  expect(() => sandbox.failNextWebhook({ name: 'hang_up' } as never)).toThrow(
    /^delay: the fault hang_up needs it$/,
  )
  expect(() => sandbox.failNextWebhook('nothing' as never)).toThrow(
    /^fault: must be one of missing_signature, /,
  )
  expect(() => sandbox.failNextWebhook({ name: 'old_time', delay: 1 } as never)).toThrow(/takes none$/)
  sandbox.reset()
  expect([sandbox.deliveries(), sandbox.firedWebhookFaults()]).toEqual([[], []])
})

test('the names of faults are those of the sandbox', async () => {
  // Every name of the type, and no other.
  const names: Record<WebhookFault['name'], true> = {
    missing_signature: true,
    malformed_signature: true,
    wrong_signature: true,
    other_secret: true,
    old_time: true,
    future_time: true,
    altered_body: true,
    wrong_api_key: true,
    missing_api_key: true,
    slow_body: true,
    cut_body: true,
    hang_up: true,
    lost_answer: true,
  }
  const sandbox = await started({})
  const known = [] as string[]
  try {
    sandbox.failNextWebhook('nothing' as never)
  } catch (error) {
    known.push(...((error as Error).message.split('one of ')[1] ?? '').split(', '))
  }
  expect(known.sort()).toEqual(Object.keys(names).sort())
})

test('duplicates, raw bytes, and the order of what was held', async () => {
  const { url, received } = await receiver(200)
  const sandbox = await started({ webhook: { url } })
  const { eventId } = sandbox.emitOrder({ duplicates: 1, duplicatesAtOnce: 1 })
  const copies = (await sandbox.waitForDeliveries(PATIENCE)).map(({ copy }) => copy)
  expect(copies.sort()).toEqual([0, 1, 1])
  expect(sandbox.emitAgain(eventId ?? '').copy).toBe(2)
  await sandbox.waitForDeliveries(PATIENCE)
  expect(new Set(received.map(({ body }) => body.toString())).size).toBe(1)

  received.length = 0
  sandbox.holdWebhooks()
  const bodies = [new Uint8Array([0xff, 0]), '2', Buffer.from('3')]
  for (const body of bodies) sandbox.emitRaw(body, 'text/plain')
  expect(sandbox.releaseWebhooks('reversed')).toBe(3)
  await sandbox.waitForDeliveries(PATIENCE)
  expect(received.map(({ body }) => body.toString('latin1'))).toEqual(['3', '2', '\xff\0'])
  expect(received[0]?.headers['content-type']).toBe('text/plain')
  expect(() => sandbox.releaseWebhooks('shuffled')).toThrow(/^seed: the order shuffled needs it$/)
  expect(() => sandbox.releaseWebhooks('shuffled', { seed: 1.5 })).toThrow(/^seed: must be a whole number/)
  expect(sandbox.releaseWebhooks('shuffled', { seed: 1 })).toBe(0)
})

test('waiting ends by time, by a signal, and with the sandbox', async () => {
  const sandbox = await held()
  sandbox.emitPing()
  await expect(sandbox.waitForDeliveries({ timeout: 30 })).rejects.toThrow(TimeoutError)
  await expect(sandbox.waitForDeliveries({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError)
  await expect(sandbox.waitForDeliveries({ signal: AbortSignal.timeout(30) })).rejects.toThrow(AbortError)
  const waiting = expect(sandbox.waitForDeliveries()).rejects.toThrow('the sandbox is stopped')
  await sandbox.stop()
  await waiting
  expect(() => sandbox.emitPing()).toThrow(SandboxError)
  await expect(sandbox.waitForDeliveries()).rejects.toThrow(SandboxError)
})
