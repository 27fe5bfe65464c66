/** Webhooks signed, verified, explained and read. */

import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { inspect } from 'node:util'

import { ConfigError, InvalidEventError, SignatureError, webhook } from 'qlower'
import { describe, expect, test } from 'vitest'
import { thrown } from './servers.js'
import { ORDER } from './webhooks.js'

const NOW = 1_786_000_000
const BODY = Buffer.from('{"event_type": "ping", "é": "🏠"}')
const header = (body: webhook.Body = BODY, secret: webhook.Secret = 's', now = NOW) =>
  webhook.sign(body, secret, { now })
const refusal = (call: () => unknown): SignatureError => {
  const error = thrown<SignatureError>(call)
  expect(error).toBeInstanceOf(SignatureError)
  return error
}

test('a signature is HMAC-SHA256 over the time, a point and the bytes', () => {
  const mac = createHmac('sha256', 's').update(`${NOW}.`).update(BODY).digest('hex')
  expect(header()).toBe(`t=${NOW},v1=${mac}`)
  const [time] = webhook.sign('{}', 's').slice(2).split(',')
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(5)
})

test('bodies in every form have the same bytes', () => {
  const bytes = new Uint8Array(BODY)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  const larger = Buffer.concat([Buffer.from('xx'), BODY]).subarray(2)
  const view = new DataView(bytes.buffer)
  for (const body of [BODY, bytes, bytes.buffer, shared, shared.buffer, larger, view, BODY.toString()]) {
    expect(webhook.verify(body, header(), 's', { now: NOW })).toEqual({ timestamp: NOW, secret: 0 })
    expect(header(body)).toBe(header())
  }
  const odd = Buffer.from([0xff, 0, 0xfe])
  expect(webhook.verify(odd, header(odd), 's', { now: NOW }).secret).toBe(0)
})

test('a body that was parsed already is refused, and it is told why', () => {
  const cases: [unknown, RegExp][] = [
    [{ event_type: 'ping' }, /parsed already.*raw body/],
    [[1], /parsed already/],
    [undefined, /raw body is wanted.*not undefined/],
    [null, /not null/],
    [7, /not number/],
    ['\ud800', /half a character/],
  ]
  for (const [body, why] of cases) {
    for (const call of [
      () => webhook.verify(body as never, header(), 's'),
      () => webhook.sign(body as never, 's'),
      () => webhook.parse(body as never),
      () => webhook.explain(body as never, '', 's'),
    ]) {
      const error = thrown<NodeJS.ErrnoException>(call)
      expect(error).toBeInstanceOf(TypeError)
      expect([error.code, error.message]).toEqual(['ERR_INVALID_ARG_TYPE', expect.stringMatching(why)])
    }
  }
})

test('headers as frameworks give them', () => {
  for (const given of [header(), [header()], [`v1=${'0'.repeat(64)}`, header()]] as webhook.Header[]) {
    expect(webhook.verify(BODY, given, 's', { now: NOW }).timestamp).toBe(NOW)
  }
  for (const none of [undefined, null, '', ' ', []]) {
    expect(refusal(() => webhook.verify(BODY, none, 's')).reason).toBe('missing')
  }
  expect(refusal(() => webhook.verify(BODY, [header(), header()], 's', { now: NOW })).reason).toBe(
    'malformed',
  )
  expect(webhook.verify(BODY, `x=é漢,${header()}`, 's', { now: NOW }).secret).toBe(0)
  expect(thrown(() => webhook.verify(BODY, 7 as never, 's'))).toBeInstanceOf(ConfigError)
})

test('secrets in every form, and several of them', () => {
  const bytes = Buffer.from([0xff, 0, 1])
  expect(webhook.verify(BODY, header(BODY, bytes), bytes, { now: NOW }).secret).toBe(0)
  expect(webhook.verify(BODY, header(BODY, 'é'), ['a', Buffer.from('é')], { now: NOW }).secret).toBe(1)
  expect(refusal(() => webhook.verify(BODY, header(BODY, ''), '', { now: NOW })).reason).toBe('mismatch')
  expect(refusal(() => webhook.verify(BODY, header(), [], { now: NOW })).reason).toBe('mismatch')
  for (const wrong of [undefined, null, 7, {}, [undefined], '\ud800', new Date()]) {
    const error = thrown<ConfigError>(() => webhook.verify(BODY, header(), wrong as never))
    expect([error.name, error.setting]).toEqual(['ConfigError', 'secrets'])
  }
  expect(thrown<ConfigError>(() => webhook.sign('', undefined as never)).setting).toBe('secret')
})

test('a refusal has a reason, and a code that stays', () => {
  const late = refusal(() => webhook.verify(BODY, header(), 's', { now: NOW + 301 }))
  expect(late).toMatchObject({
    name: 'SignatureError',
    code: 'QLOWER_SIGNATURE',
    reason: 'expired',
    skew: 301,
    credential: 'signature',
    message: 'the signature is 301 seconds old',
  })
  expect(refusal(() => webhook.verify(BODY, header(), 's', { now: NOW - 301 })).skew).toBe(-301)
  const other = refusal(() => webhook.verify(BODY, header(), 'x', { now: NOW }))
  expect([other.reason, other.skew]).toEqual(['mismatch', null])
  expect(refusal(() => webhook.verify(BODY, 't=1', 's')).reason).toBe('malformed')
  expect(JSON.parse(JSON.stringify(late))).toMatchObject({
    code: 'QLOWER_SIGNATURE',
    reason: 'expired',
    skew: 301,
  })
})

test('clock and tolerance', () => {
  const at = (options: webhook.VerifyOptions) => () => webhook.verify(BODY, header(), 's', options)
  expect(at({ now: NOW + 0.9, tolerance: 0 })().timestamp).toBe(NOW)
  expect(at({ now: NOW + 300 })().timestamp).toBe(NOW)
  expect(at({ now: NOW + 1000, tolerance: 1000 })().timestamp).toBe(NOW)
  expect(at({ now: NOW + 1e9, tolerance: Number.POSITIVE_INFINITY })().timestamp).toBe(NOW)
  expect(refusal(at({})).reason, 'by the clock of this machine').toBe('expired')
  for (const [options, setting] of [
    [{ now: Number.NaN }, 'now'],
    [{ now: Number.POSITIVE_INFINITY }, 'now'],
    [{ now: '1' }, 'now'],
    [{ now: new Date() }, 'now'],
    [{ tolerance: -1 }, 'tolerance'],
    [{ tolerance: 0.5 }, 'tolerance'],
    [{ tolerence: 1 }, 'tolerence'],
  ] as [object, string][]) {
    expect(thrown<ConfigError>(at(options)).setting).toBe(setting)
  }
})

test('explanations', () => {
  const it = webhook.explain(BODY, header(), ' s\n', { now: NOW })
  expect([it.isGenuine, it.reason, it.skew]).toEqual([false, 'mismatch', null])
  expect(it.causes[0]).toMatchObject({ code: 'secret_spaces', certainty: 'certain', secret: 0 })
  expect(it.causes[0]?.messageFr).toContain('espaces')
  expect(`${it}`).toContain('secret_spaces')
  expect(it.text('fr')).toContain('Le webhook est refusé')
  expect(inspect(it)).toContain('secret_spaces')
  expect(JSON.parse(JSON.stringify(it)).causes[0].message_fr).toBe(it.causes[0]?.messageFr)
  const genuine = webhook.explain(BODY, header(), 's', { now: NOW })
  expect([genuine.isGenuine, genuine.reason, genuine.causes]).toEqual([true, null, []])
})

describe('HTTP Basic', () => {
  const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`
  const users = { imaging: 'p4ss', other: Buffer.from('é:ü'), nobody: '' }

  test('names the user', () => {
    expect(webhook.verifyBasic(basic('imaging:p4ss'), users)).toBe('imaging')
    expect(webhook.verifyBasic([basic('other:é:ü')], users)).toBe('other')
  })

  test.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['Bearer x', 'malformed'],
    ['Basic !', 'malformed'],
    [basic('imaging'), 'malformed'],
    [basic('imaging:pass'), 'mismatch'],
    [basic('nobody:'), 'mismatch'],
  ])('refuses %s', (given, reason) => {
    const error = refusal(() => webhook.verifyBasic(given, users))
    expect([error.reason, error.credential]).toEqual([reason, 'basic'])
  })

  test('wants passwords', () => {
    for (const wrong of [undefined, 'imaging', [], { imaging: 7 }]) {
      expect(thrown<ConfigError>(() => webhook.verifyBasic('', wrong as never)).setting).toBe('users')
    }
  })
})

describe('events', () => {
  test('an order, to the cent', () => {
    const event = webhook.parse(ORDER)
    if (event.type !== 'order.created') throw new Error(event.type)
    expect(event).toBeInstanceOf(webhook.OrderCreated)
    expect([event.eventType, event.id, event.orderId]).toEqual(['order.created', 'evt_1', 3051])
    expect(event.order.totalAmount).toBe('315.10')
    expect(event.timestamp.toISOString()).toBe('2026-08-05T08:42:18.000Z')
    expect(event.order.coverage[0]?.property.isNewToPartner).toBe(true)
    expect(inspect(event), 'who it is stays out of logs').not.toContain('marie.martin')
    expect(Buffer.from(event.raw).toString()).toBe(ORDER)
  })

  test('what is kept of the body does not change with the buffer', () => {
    const buffer = Buffer.from('{"event_type": "x"}')
    const event = webhook.parse(buffer)
    buffer.fill(0)
    expect(event.json()).toEqual({ event_type: 'x' })
  })

  test('what cannot be read is told with its place, and none of it is shown', () => {
    const body = ORDER.replace('315.10', '"s3cret"')
    const error = thrown<InvalidEventError>(() => webhook.parse(body))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({
      code: 'QLOWER_INVALID_EVENT',
      pointer: '/order/total_amount',
      problem: 'wrong_type',
    })
    expect(inspect(error) + JSON.stringify(error)).not.toContain('s3cret')
    expect(thrown<InvalidEventError>(() => webhook.parse(Buffer.from([0xff]))).problem).toBe('not_utf8')
    expect(thrown<InvalidEventError>(() => webhook.parse('{')).pointer).toBe('')
    expect(thrown<InvalidEventError>(() => webhook.parse('')).problem).toBe('empty')
  })

  test('of Keyclic', () => {
    const event = webhook.keyclic.parse(
      '{"event": "operationRemoved", "payload": {"id": "7", "createdAt": "2026-01-02T03:04:05+01:00"}}',
    )
    expect(event).toBeInstanceOf(webhook.keyclic.Event)
    expect([event.event, event.payload.id]).toEqual(['operation_removed', '7'])
    expect(event.payload.createdAt?.toISOString()).toBe('2026-01-02T02:04:05.000Z')
    expect(event.key).toMatch(/^operation_removed\/7\/[0-9a-f]{64}$/)
    expect(thrown<InvalidEventError>(() => webhook.keyclic.parse('{}')).pointer).toBe('/event')
  })

  test('of the imaging platform for vehicles', () => {
    for (const kind of ['vehicle_processed', 'vehicleProcessed', 'Véhicule traité']) {
      const event = webhook.vehicle.parse(kind, '{"a": [1.50]}')
      expect([event.kind, event.body, event.label('fr')]).toEqual([
        'vehicle_processed',
        { a: [1.5] },
        'Véhicule traité',
      ])
    }
    expect(thrown<ConfigError>(() => webhook.vehicle.parse('vehicle_sold', '{}')).setting).toBe('kind')
    expect(thrown<ConfigError>(() => webhook.vehicle.parse(7 as never, '{}')).setting).toBe('kind')
    expect(thrown(() => webhook.vehicle.parse('new_data', '{'))).toBeInstanceOf(InvalidEventError)
  })
})

test('both kinds of modules have the same', async () => {
  const required = createRequire(import.meta.url)('qlower').webhook
  const { webhook: imported } = await import('qlower')
  expect(required.verify).toBe(imported.verify)
  expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort())
})
