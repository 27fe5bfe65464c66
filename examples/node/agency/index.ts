/**
 * The agency's export, file by file, as items of a payload.
 *
 * Each file has one function in `rows.ts` that makes an item of a row. Three rules hold in all of them:
 *
 * - Where the export writes a value otherwise than Qlower, the cell is converted; see `cells.ts`.
 * - What cannot be converted is handed over as it stood. Nothing is guessed, and one bad cell hides no other: the check finds
 *   them all.
 * - Only what is no table (a missing file or column, a row that is too short, bytes that are not UTF-8) stops the reading.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Associate, Declarant, Document, Property, Transaction } from 'qlower'

import * as rows from './rows.ts'
import { NoTableError, read } from './tables.ts'

export { NoTableError } from './tables.ts'

/** The sample data of these examples. */
export const DATA = fileURLToPath(new URL('../../data', import.meta.url))

/** What an export holds. */
export interface Books {
  /** With their associates in them. */
  declarants: Declarant[]
  /** Each names its declarant, and so need not stand inside it. */
  properties: Property[]
  transactions: Transaction[]
  /** Each names its property or its declarant. */
  documents: Document[]
}

/**
 * Reads the five files of an export in a folder, or in others that come before it: the first that has a file is taken.
 *
 * Throws a `NoTableError` if a file is no table of the expected columns, or an associate belongs to a client that is not there.
 */
export function readBooks(folder: string, ...before: string[]): Books {
  const file = (name: string) => join(before.find((it) => existsSync(join(it, name))) ?? folder, name)
  const associates = new Map<string, Associate[]>()
  for (const row of read(file('associes.csv'))) {
    const client = row.cell('code_mandant')
    associates.set(client, [...(associates.get(client) ?? []), rows.associate(row)])
  }
  const declarants = read(file('mandants.csv')).map((row) => {
    const client = row.cell('code_mandant')
    const own = associates.get(client) ?? []
    associates.delete(client)
    return rows.declarant(row, own)
  })
  // The payload has no place for an associate outside a declarant, so the check would never see this one.
  for (const [client, orphans] of associates) {
    const ids = orphans.map((it) => it.id).join(', ')
    throw new NoTableError(`associes.csv: ${ids} belong to "${client}", which mandants.csv does not hold`)
  }
  return {
    declarants,
    properties: read(file('lots.csv')).map(rows.property),
    transactions: read(file('ecritures.csv')).map(rows.transaction),
    documents: read(file('documents.csv')).map(rows.document),
  }
}
