/** Receivers of webhooks that nobody signs. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { type ConfigError, InvalidEventError, webhook } from 'qlower'
import { describe, expect, test } from 'vitest'

import { thrown } from './servers.js'
import { send } from './webhook-servers.js'

const BODY = '{"event": "reportCreated", "payload": {"id": "7", "state": "NEW"}}'
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

/** The status of an answer by `fetch`. */
async function post(
  receiver: webhook.EventReceiver,
  path: string,
  headers: object = {},
  body = BODY,
): Promise<number> {
  const given = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
  return (await receiver.fetch(new Request(`http://127.0.0.1${path}`, given))).status
}

describe('Keyclic', () => {
  test('lets in users, and handles an event once', async () => {
    const handled: webhook.keyclic.Event[] = []
    const told: webhook.Answered[] = []
    const receiver = new webhook.keyclic.Receiver({
      users: { keyclic: 'p4ss', nobody: '' },
      handler: (event, { key, verified }) => {
        handled.push(event)
        expect([key, verified]).toEqual([event.key, null])
      },
      onAnswer: (answered) => told.push(answered),
    })
    expect(await post(receiver, '/', basic('keyclic:p4ss'))).toBe(200)
    expect(await post(receiver, '/', basic('keyclic:p4ss'))).toBe(200)
    expect(told.map((it) => it.answer)).toEqual(['handled', 'duplicate'])
    expect(handled).toHaveLength(1)
    expect(handled[0]).toBeInstanceOf(webhook.keyclic.Event)
    expect([handled[0]?.event, handled[0]?.payload.state]).toEqual(['report_created', 'NEW'])
    for (const headers of [{}, basic('keyclic:pass'), basic('nobody:'), { authorization: 'Bearer x' }]) {
      expect(await post(receiver, '/', headers)).toBe(401)
    }
    expect(told.at(-1)?.error).toMatchObject({ credential: 'basic' })
    expect(await post(receiver, '/', basic('keyclic:p4ss'), '{"event": "x"}')).toBe(500)
    expect(told.at(-1)?.error).toMatchObject({ pointer: '/payload' })
  })

  test('lets in who knows the address', async () => {
    const receiver = new webhook.keyclic.Receiver({
      pathSecrets: ['s3cret', 'older'],
      handler: () => {},
      onAnswer: () => {},
    })
    expect(await post(receiver, '/hooks/s3cret')).toBe(200)
    expect(await post(receiver, '/hooks/older?a=/b')).toBe(200)
    for (const path of [
      '/hooks',
      '/hooks/',
      '/hooks/s3cre',
      '/hooks/s3cret/',
      '/s3cret/x',
      '/hooks?x=/s3cret',
    ]) {
      expect(await post(receiver, path), path).toBe(401)
    }
    const app = express()
    app.use('/mounted/s3cret', receiver.express())
    app.post('/plain/:secret', receiver.express())
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const given = { headers: { 'content-type': 'application/json' }, body: [BODY] }
    expect((await send(at('/mounted/s3cret'), given)).status).toBe(200)
    expect((await send(at('/plain/s3cret?a=b'), given)).status).toBe(200)
    expect((await send(at('/plain/other'), given)).status).toBe(401)
    server.close()
  })

  test('wants both where both are set', async () => {
    const receiver = new webhook.keyclic.Receiver({
      users: { keyclic: 'p4ss' },
      pathSecrets: 's3cret',
      handler: () => {},
      onAnswer: () => {},
    })
    expect(await post(receiver, '/s3cret', basic('keyclic:p4ss'))).toBe(200)
    expect(await post(receiver, '/s3cret')).toBe(401)
    expect(await post(receiver, '/', basic('keyclic:p4ss'))).toBe(401)
  })
})

test('the imaging platform for vehicles', async () => {
  const handled: unknown[] = []
  const told: webhook.Answered[] = []
  const receiver = new webhook.vehicle.Receiver('Véhicule traité', {
    users: { imaging: 'p4ss' },
    handler: ({ kind, body }) => handled.push([kind, body]),
    onAnswer: (answered) => told.push(answered),
  })
  for (let at = 0; at < 2; at++)
    expect(await post(receiver, '/', basic('imaging:p4ss'), '{"id": 1}')).toBe(200)
  expect(handled, 'nothing identifies them').toEqual(Array(2).fill(['vehicle_processed', { id: 1 }]))
  expect(told[0]).toMatchObject({ answer: 'handled', type: 'vehicle_processed', key: null })
  expect(await post(receiver, '/', basic('imaging:p4ss'), '{')).toBe(500)
  expect(told.at(-1)?.error).toBeInstanceOf(InvalidEventError)
})

test.each([
  [{}, 'users'],
  [{ users: {} }, 'users'],
  [{ users: { a: '' } }, 'users'],
  [{ users: ['a'] }, 'users'],
  [{ pathSecrets: '' }, 'pathSecrets'],
  [{ pathSecrets: [] }, 'pathSecrets'],
  [{ pathSecrets: 'a/b' }, 'pathSecrets'],
  [{ pathSecrets: ['fine', 'é'] }, 'pathSecrets'],
  [{ users: { a: 'b' }, secrets: 'x' }, 'secrets'],
  [{ users: { a: 'b' }, handler: 7 }, 'handler'],
] as [object, string][])('%o is refused by its name', (options, setting) => {
  const given = { handler: () => {}, ...options } as never
  expect(thrown<ConfigError>(() => new webhook.keyclic.Receiver(given)).setting).toBe(setting)
  expect(thrown<ConfigError>(() => new webhook.vehicle.Receiver('new_data', given)).setting).toBe(setting)
})

test('there has to be such a kind of event', () => {
  const given = { users: { a: 'b' }, handler: () => {} }
  for (const kind of ['vehicle_sold', '', 7]) {
    expect(thrown<ConfigError>(() => new webhook.vehicle.Receiver(kind as never, given)).setting).toBe('kind')
  }
})
