/** The receiver records each order once, whatever becomes of it. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'

import { Sandbox, webhook } from 'qlower'

import { createReceiver, openDatabase } from '../webhook_receiver.ts'
import { FOLDER, run } from './run.ts'

const SECRET = 'whsec_example'

const order = (id: string, type = 'order.created'): string =>
  JSON.stringify({
    event_type: type,
    event_id: id,
    order_id: 3051,
    timestamp: '2026-08-05T08:42:18+00:00',
    customer: { email: 'marie.martin@example.com' },
    order: {
      total_amount: 315.1,
      currency: 'EUR',
      payment_date: '2026-08-05T08:42:18+00:00',
      is_subscription: true,
      products: [],
      coverage: [
        { year: 2026, property: { external_id: 'P1', name: 'Appartement 1' } },
        { year: 2026, property: { external_id: 'qlw_7', name: 'Maison' } },
      ],
    },
  })

/** Sends a webhook as Qlower does, and gives the status. */
async function post(url: string, body: string, secret = SECRET): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-qlower-signature': webhook.sign(body, secret) }
  const answer = await fetch(url, { method: 'POST', headers, body })
  await answer.text()
  return answer.status
}

async function file(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qlower-webhook-'))
  context.after(() => rm(folder, { recursive: true }))
  return join(folder, 'orders.sqlite')
}

interface Program {
  child: ChildProcess
  url: string
  lines: string[]
}

/** Starts the program, for one test. */
async function started(context: TestContext, database: string, port = '0'): Promise<Program> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'webhook_receiver.ts', '--database', database], {
    cwd: FOLDER,
    env: { ...process.env, PORT: port, QLOWER_WEBHOOK_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  context.after(() => child.kill('SIGKILL'))
  const lines: string[] = []
  const note = (text: string) => void lines.push(...text.trimEnd().split('\n'))
  child.stderr.setEncoding('utf8').on('data', note)
  const [address] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  child.stdout.on('data', note)
  return { child, url: new URL('/webhooks/qlower', address.trim()).href, lines }
}

/** What is in the database. */
function rows(name: string): { orders: unknown[]; coverage: unknown[] } {
  const database = openDatabase(name)
  const all = (sql: string) => database.prepare(sql).all()
  const orders = all(
    'SELECT event_id, type, order_id, total, currency, paid_at FROM orders ORDER BY event_id',
  )
  const coverage = all('SELECT event_id, external_id, year, is_new FROM coverage ORDER BY rowid')
  database.close()
  return { orders, coverage }
}

test('it records each order once, also after a restart, and ends', async (context) => {
  const database = await file(context)
  const first = await started(context, database)
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => post(first.url, order('evt_1')))), [200, 200, 200])
  assert.equal(await post(first.url, order('evt_1')), 200)
  assert.equal(await post(first.url, order('evt_2', 'order.renewed')), 200)
  assert.equal(await post(first.url, '{"event_type": "ping"}'), 200)
  assert.equal(await post(first.url, '{"event_type": "order.paused", "event_id": "evt_3"}'), 200)
  assert.equal(await post(first.url, order('evt_4'), 'another'), 401)
  first.child.kill('SIGTERM')
  assert.deepEqual(await once(first.child, 'close'), [0, null])
  assert.deepEqual(first.lines, [
    'order.created 3051: 315.1 EUR, new: qlw_7',
    'order.renewed 3051: 315.1 EUR, new: qlw_7',
    'refused (verify): SignatureError: the signature does not match',
  ])

  const second = await started(context, database)
  assert.equal(await post(second.url, order('evt_1')), 200)
  second.child.kill('SIGKILL')
  await once(second.child, 'close')
  assert.deepEqual(second.lines, [])
  const { orders, coverage } = rows(database)
  const paid = { order_id: 3051, total: '315.1', currency: 'EUR', paid_at: '2026-08-05T08:42:18.000Z' }
  assert.deepEqual(orders, [
    { event_id: 'evt_1', type: 'order.created', ...paid },
    { event_id: 'evt_2', type: 'order.renewed', ...paid },
  ])
  assert.deepEqual(coverage.slice(0, 2), [
    { event_id: 'evt_1', external_id: 'P1', year: 2026, is_new: 0 },
    { event_id: 'evt_1', external_id: 'qlw_7', year: 2026, is_new: 1 },
  ])
  assert.equal(coverage.length, 4)
})

test('what cannot be recorded as a whole is not recorded at all, and tried again', async (context) => {
  const database = openDatabase(await file(context))
  const { log, error } = console
  context.after(() => Object.assign(console, { log, error }))
  const lines: string[] = []
  console.log = console.error = (line: string) => void lines.push(line)
  const receiver = createReceiver(database, SECRET)
  const send = async (): Promise<number> => {
    const body = order('evt_1')
    const headers = { 'content-type': 'application/json', 'x-qlower-signature': webhook.sign(body, SECRET) }
    return (await receiver.fetch(new Request('http://127.0.0.1/', { method: 'POST', headers, body }))).status
  }
  database.exec("CREATE TRIGGER full BEFORE INSERT ON coverage BEGIN SELECT raise(ABORT, 'disk full'); END")
  assert.equal(await send(), 500)
  assert.match(lines[0] ?? '', /^failed evt_1 \(handle\): .*disk full/)
  assert.deepEqual(database.prepare('SELECT * FROM orders').all(), [])
  database.exec('DROP TRIGGER full')
  assert.equal(await send(), 200)
  assert.equal(database.prepare('SELECT * FROM orders').all().length, 1)
  database.close()
})

test('without a secret it does not start', async () => {
  const { err } = await run('webhook_receiver.ts', [], 2)
  assert.match(err, /QLOWER_WEBHOOK_SECRET is not set/)
})

test('no order of the sandbox is lost or recorded twice, though the program is killed', async (context) => {
  const database = await file(context)
  const first = await started(context, database)
  const target = { url: first.url, secrets: [SECRET] }
  // What Qlower waits in ten minutes is a second.
  const sandbox = await Sandbox.start({ webhook: target, webhookSpeed: 600 })
  context.after(() => sandbox.stop())

  const emitted = Array.from({ length: 20 }, () => sandbox.emitOrder().eventId)
  while (first.lines.length < 5) await new Promise((resolve) => setTimeout(resolve, 5))
  first.child.kill('SIGKILL')
  await once(first.child, 'close')
  emitted.push(sandbox.emitOrder().eventId)
  await started(context, database, new URL(first.url).port)
  emitted.push(sandbox.emitOrder().eventId)
  sandbox.emitAgain(emitted[0] ?? '')
  sandbox.emitPing()

  const deliveries = await sandbox.waitForDeliveries({ timeout: 30_000 })
  assert.deepEqual([...new Set(deliveries.map((it) => it.state))], ['delivered'])
  const { orders } = rows(database)
  const recorded = (orders as { event_id: string }[]).map((it) => it.event_id)
  assert.deepEqual(recorded, emitted.toSorted())
})
