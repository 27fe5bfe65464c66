/**
 * A receiver of Qlower's webhooks that records each order once, in the same transaction as the key of its event.
 *
 *     export QLOWER_WEBHOOK_SECRET=…
 *     npx tsx webhook_receiver.ts --database orders.sqlite
 *
 * It listens on PORT, or 8080, of this machine alone, at any path: put it behind the proxy that ends TLS.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import Database from 'libsql'
import { webhook } from 'qlower'

/** Orders, and the fiscal years of properties that they are for. Amounts stay text: SQLite has no decimals. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS orders (
    event_id TEXT PRIMARY KEY, type TEXT NOT NULL, order_id INTEGER NOT NULL, total TEXT NOT NULL, currency TEXT NOT NULL,
    paid_at TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS coverage (
    event_id TEXT NOT NULL REFERENCES orders, external_id TEXT NOT NULL, year INTEGER NOT NULL, is_new INTEGER NOT NULL
  );
`

/** Opens the file, or makes a new one. */
export function openDatabase(file: string): Database.Database {
  const database = new Database(file)
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec(SCHEMA)
  return database
}

/** A receiver that records orders. Whoever opened the database closes it. */
export function createReceiver(database: Database.Database, secrets: webhook.Secrets): webhook.Receiver {
  const order = database.prepare('INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?)')
  const covered = database.prepare('INSERT INTO coverage VALUES (?, ?, ?, ?)')

  /** All of it or nothing; nothing too if the event is there already. */
  const record = database.transaction((event: webhook.OrderCreated | webhook.OrderRenewed): boolean => {
    const { totalAmount, currency, paymentDate, coverage } = event.order
    const { eventId, type, orderId } = event
    if (order.run(eventId, type, orderId, totalAmount, currency, paymentDate.toISOString()).changes === 0)
      return false
    for (const { year, property } of coverage) {
      covered.run(eventId, property.externalId, year, property.isNewToPartner ? 1 : 0)
    }
    return true
  })

  return new webhook.Receiver({
    secrets,
    // The key of the event is in the transaction: nothing else does an effect exactly once.
    dedupe: null,
    handler: (event) => {
      // Of a type that this version does not know, there is nothing to record.
      if (event.type === 'other' || !record.immediate(event)) return
      const properties = event.newProperties.map((it) => it.externalId).join(', ')
      const { totalAmount, currency } = event.order
      console.log(
        `${event.type} ${event.orderId}: ${totalAmount} ${currency}${properties && `, new: ${properties}`}`,
      )
    },
    onAnswer: ({ answer, step, error, key }) => {
      if (error !== null) console.error(`${answer}${key ? ` ${key}` : ''} (${step}): ${error}`)
    },
  })
}

/** Ends after what is under way. */
async function stop(server: Server, receiver: webhook.Receiver, database: Database.Database): Promise<void> {
  await new Promise((closed) => {
    server.close(closed)
    server.closeIdleConnections()
  })
  await receiver.idle()
  database.close()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { database: { type: 'string', default: 'orders.sqlite' } } })
  const secret = process.env['QLOWER_WEBHOOK_SECRET']
  if (!secret) {
    console.error('webhook_receiver: QLOWER_WEBHOOK_SECRET is not set')
    process.exit(2)
  }
  const database = openDatabase(values.database)
  const receiver = createReceiver(database, secret)
  const server = createServer(receiver.node)
  server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  process.once('SIGTERM', () => stop(server, receiver, database))
}
