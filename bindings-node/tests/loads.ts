// Rows and items for tests of what is written.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach } from 'vitest'

export const HEADER = {
  partner: 'acme',
  apiKey: 'k-1',
  createdAt: '2025-02-01T08:00:00+01:00',
  today: '2025-06-01',
}

export interface Row {
  id: string
  date: string
  propertyId: string
  amount: string | number
  reference: string
}

export function row(number: number, changes: Partial<Row> = {}): Row {
  return {
    id: `T${number}`,
    date: '2025-01-31',
    propertyId: 'P1',
    amount: '850.00',
    reference: 'Loyer',
    ...changes,
  }
}

export function* rows(count: number, changes: Partial<Row> = {}): Generator<Row, void> {
  for (let number = 0; number < count; number++) yield row(number, changes)
}

export function home(number: number) {
  return {
    id: `P${number}`,
    description: 'Studio',
    street: 'rue de la Paix',
    town: 'Paris',
    postCode: '75002',
    country: 'FR',
    lastName: 'Martin',
    firstName: 'Jeanne',
    email: 'jeanne.martin@example.fr',
    acquisitionDate: '2020-01-01',
    taxRegime: 5,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: it is any JSON
export function content(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'))
}

const folders: string[] = []

/** A folder of the test's own. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'qlower-test-'))
  folders.push(made)
  return made
}

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

/** What a promise is rejected with. */
export async function rejected<E>(promise: Promise<unknown>, kind: new (...args: never[]) => E): Promise<E> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof kind) return error
  throw error ?? new Error(`nothing was thrown, and ${kind.name} was expected`)
}
