/** The classes of what webhooks tell. */

import { inspect } from 'node:util'

import { webhook } from 'qlower'
import { describe, expect, test } from 'vitest'

const CURRENT = `{
  "event_type": "order.renewed", "event_id": "evt_7", "order_id": 3051, "timestamp": "2026-08-05T08:42:18.25Z",
  "customer": {"first_name": "Sophie", "last_name": "Bernard", "email": "sophie@example.com", "phone": "+33611223344"},
  "order": {
    "total_amount": 714.00, "currency": "eur", "payment_date": "2026-08-05T10:42:18+02:00", "is_subscription": true,
    "products": [{"product_id": "prod_1", "product_name": "BIC réel", "quantity": 2, "unit_price": "199.5", "amount": 399.0,
      "sub_items": [{"description": "Base", "quantity": 1, "unit_price": 269.0, "amount": 269.10}]}],
    "coverage": [
      {"year": 2026, "property": {"external_id": "P-12", "name": "Studio Nantes"}},
      {"year": 2025, "property": {"external_id": "P-12"}},
      {"year": 2026, "property": {"external_id": "qlw_88", "name": "Maison"}}
    ],
    "gift": 0.10
  },
  "invoice": {"pdf_url": "https://files.example.com/1.pdf?X-Amz-Signature=5e9a77c1", "pdf_filename": "f.pdf", "number": "082A"}
}`

const V2_1 = `{
  "event_type": "order.created", "event_id": "evt_old", "order_id": 156, "timestamp": "2025-12-05T14:32:18.000Z",
  "customer": {"email": "sophie@example.com"},
  "order": {"total_amount": 99.99, "currency": "EUR", "payment_date": "2025-12-05T14:32:18.000Z",
    "products": [{"product_id": "prod_1", "product_name": "Formule", "quantity": 1, "unit_price": 83.32}],
    "custom_fields": [{"key": "annee", "label": "Année", "value": 2024}]}
}`

function order(body: string): webhook.OrderCreated | webhook.OrderRenewed {
  const event = webhook.parse(body)
  if (event.type !== 'order.created' && event.type !== 'order.renewed') throw new Error(event.type)
  return event
}

const covered = (externalId: string, name: string | null, isNewToPartner: boolean) => ({
  externalId,
  name,
  isNewToPartner,
})

test('every field has its type', () => {
  const event = order(CURRENT)
  expect(event).toBeInstanceOf(webhook.OrderRenewed)
  expect(event).toBeInstanceOf(webhook.OrderEvent)
  expect(JSON.parse(JSON.stringify(event))).toEqual({
    type: 'order.renewed',
    eventType: 'order.renewed',
    eventId: 'evt_7',
    orderId: 3051,
    timestamp: '2026-08-05T08:42:18.250Z',
    customer: {
      firstName: 'Sophie',
      lastName: 'Bernard',
      email: 'sophie@example.com',
      phone: '+33611223344',
    },
    order: {
      totalAmount: '714.00',
      currency: 'EUR',
      paymentDate: '2026-08-05T08:42:18.000Z',
      isSubscription: true,
      products: [
        {
          productId: 'prod_1',
          productName: 'BIC réel',
          quantity: 2,
          unitPrice: '199.5',
          amount: '399.0',
          subItems: [{ description: 'Base', quantity: 1, unitPrice: '269.0', amount: '269.10' }],
        },
      ],
      coverage: [
        { year: 2026, property: covered('P-12', 'Studio Nantes', false) },
        { year: 2025, property: covered('P-12', null, false) },
        { year: 2026, property: covered('qlw_88', 'Maison', true) },
      ],
      customFields: [],
    },
    invoice: {
      pdfUrl: 'https://files.example.com/1.pdf?X-Amz-Signature=5e9a77c1',
      pdfFilename: 'f.pdf',
      number: '082A',
    },
    edition: 'current',
  })
  expect(event.timestamp).toBeInstanceOf(Date)
  expect(event.order.paymentDate).toEqual(new Date('2026-08-05T08:42:18Z'))
  expect(event.json()).toMatchObject({ order: { gift: 0.1 } })
})

test('edition 2.1 has answers and no coverage', () => {
  const event = order(V2_1)
  expect([event.edition, event.invoice, event.order.isSubscription]).toEqual(['2.1', null, null])
  expect([event.order.coverage, event.properties, event.newProperties]).toEqual([[], [], []])
  expect({ ...event.order.customFields[0] }).toEqual({ key: 'annee', label: 'Année', value: '2024' })
  expect([event.order.products[0]?.amount, event.order.products[0]?.subItems]).toEqual([null, []])
})

test('coverage answers by property and year', () => {
  const event = order(CURRENT)
  expect([event.covers('P-12', 2025), event.covers('qlw_88', 2025)]).toEqual([true, false])
  expect([event.yearsOf('P-12'), event.yearsOf('nobody')]).toEqual([[2025, 2026], []])
  expect(event.properties.map((each) => each.externalId)).toEqual(['P-12', 'qlw_88'])
  expect(event.newProperties.map((each) => each.externalId)).toEqual(['qlw_88'])
})

describe('what is personal is not shown', () => {
  test.each([CURRENT, V2_1])('of an order', (body) => {
    const event = order(body)
    for (const shown of [
      inspect(event),
      inspect(event, { depth: 9, showHidden: true }),
      inspect([event.order], { depth: 9 }),
    ]) {
      expect(shown).not.toMatch(/Sophie|sophie@|3361|5e9a77c1|Nantes|2024/)
      expect(shown).toContain('***')
    }
    expect(inspect(event)).toContain('orderId: ')
  })

  test('of other senders', () => {
    const keyclic = webhook.keyclic.parse(
      '{"event": "x", "payload": {"_links": {"a": "/s3"}, "b": "SENTINEL"}}',
    )
    const vehicle = webhook.vehicle.parse('new_data', '{"a": "SENTINEL"}')
    expect(inspect([keyclic, vehicle], { depth: 9 })).not.toMatch(/SENTINEL|s3/)
  })

  test('and the rest in short', () => {
    expect(inspect(order(V2_1).customer)).toBe('Customer { email: *** }')
    expect(inspect({ a: { b: { c: order(V2_1) } } }, { depth: 2 })).toContain('[OrderCreated]')
  })
})

test('links of Keyclic', () => {
  const { event, key, payload } = webhook.keyclic.parse(`{"event": "operationRemoved", "payload": {
    "type": "operation", "id": "0b5c", "createdAt": "2026-03-01T09:00:00+01:00",
    "_links": {"self": {"href": "/o/1"}, "all": ["/a", {"href": "/b"}, 7, {"title": "x"}, null]}, "reference": 12}}`)
  expect([event, payload.resourceType, payload.id]).toEqual(['operation_removed', 'operation', '0b5c'])
  expect(payload.createdAt).toEqual(new Date('2026-03-01T08:00:00Z'))
  expect([
    payload.href('self'),
    payload.hrefs('all'),
    payload.href('none'),
    payload.href('toString'),
  ]).toEqual(['/o/1', ['/a', '/b'], null, null])
  expect(payload.rest).toEqual({ reference: 12 })
  expect(key).toMatch(/^operation_removed\/0b5c\/[0-9a-f]{64}$/)
  const bare = webhook.keyclic.parse('{"event": "x", "payload": {}}').payload
  expect([bare.href('self'), bare.rest, bare.state]).toEqual([null, {}, null])
})

test('types that are not known', () => {
  const event = webhook.parse('{"event_type": "order.refunded", "event_id": "evt_9"}')
  expect([event.type, event.eventType, event.id, event.isPing]).toEqual([
    'other',
    'order.refunded',
    'evt_9',
    false,
  ])
  const ping = webhook.parse('\u{feff}{"event_type": "ping"}')
  expect([ping.type, ping.id, ping.isPing, ping.json()]).toEqual(['ping', null, true, { event_type: 'ping' }])
})
