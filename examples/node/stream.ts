/**
 * From a database to S3, row by row: any number of rows in constant memory.
 *
 *     npx tsx stream.ts [--copies 100]
 *
 * The database is SQLite, filled from the made-up agency's files; its cursor is read only as fast as rows are written, checked and
 * uploaded. The bucket is a sandbox's inside this program, which keeps all that it loads in memory; a real one does not. With
 * --copies, every transaction is there so many times, under ids of their own.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'

import Database from 'libsql'
import { Client, PayloadWriter, Sandbox, type Transaction } from 'qlower'

import { euros } from './agency/cells.ts'
import { DATA, readBooks } from './agency/index.ts'

const PARTNER = 'sandbox'
const API_KEY = 'sandbox-key'

const { values: options } = parseArgs({ options: { copies: { type: 'string', default: '1' } } })

/** A row as the database has it: SQLite has no decimals, so that amounts are whole cents. */
interface Entry {
  no: string
  jour: string
  lot: string
  locataire: string | null
  libelle: string
  centimes: number
}

function fill(db: Database.Database, copies: number): void {
  db.exec(
    'CREATE TABLE ecritures (no TEXT PRIMARY KEY, jour TEXT, lot TEXT, locataire TEXT, libelle TEXT, centimes INTEGER)',
  )
  const insert = db.prepare('INSERT INTO ecritures VALUES (?, ?, ?, ?, ?, ?)')
  const { transactions } = readBooks(DATA)
  db.transaction(() => {
    for (let copy = 1; copy <= copies; copy++) {
      for (const { id, date, propertyId, tenantId, reference, amount } of transactions) {
        insert.run(
          `${id}-${copy}`,
          date,
          propertyId,
          tenantId ?? null,
          reference,
          Math.round(Number(amount) * 100),
        )
      }
    }
  })()
}

/** The rows of a query, one by one. */
function* transactions(db: Database.Database): Generator<Transaction> {
  for (const row of db.prepare('SELECT * FROM ecritures ORDER BY no').iterate()) {
    const { no, jour, lot, locataire, libelle, centimes } = row as Entry
    yield {
      id: no,
      date: jour,
      propertyId: lot,
      tenantId: locataire,
      reference: libelle,
      amount: euros(centimes),
    }
  }
}

/** Everything in the database, into the bucket. */
async function upload(db: Database.Database, client: Client): Promise<void> {
  const writer = await PayloadWriter.s3(client, { partner: PARTNER, apiKey: API_KEY, createdAt: new Date() })
  try {
    // Before what refers to them, so that each reference can be seen to be right.
    const { declarants, properties } = readBooks(DATA)
    await writer.writeDeclarants(declarants)
    await writer.writeProperties(properties)
    await pipeline(Readable.from(transactions(db)), writer.stream('transactions'))
    const { receipts, report } = await writer.finish()
    process.stdout.write(report.render())
    for (const receipt of receipts) {
      const outcome = await client.waitFor(receipt, { timeout: 60_000 })
      console.log(`${receipt.key}\n  ${(receipt.size / 1e6).toFixed(1)} MB, ${receipt.certainty}, ${outcome}`)
    }
  } catch (error) {
    // What was uploaded before stays there: to upload it again creates nothing twice.
    await writer.discard()
    throw error
  }
}

const folder = await mkdtemp(join(tmpdir(), 'qlower-stream-'))
const db = new Database(join(folder, 'agency.db'))
const sandbox = await Sandbox.start({ partners: { [PARTNER]: API_KEY } })
const client = new Client(sandbox.clientOptions())
try {
  fill(db, Number(options.copies))
  await upload(db, client)
  console.log(`sandbox: ${sandbox.loaded().count('transactions')} transactions`)
} finally {
  await client.close()
  await sandbox.stop()
  db.close()
  await rm(folder, { recursive: true })
}
