/** Stores of handled events: in memory, and in SQLite. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Libsql from 'libsql'
import { ConfigError, webhook } from 'qlower'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { thrown } from './servers.js'
import { noting, ORDER, signed } from './webhooks.js'

test('a store in memory is bounded, and forgets no claim', () => {
  expect(() => new webhook.MemoryStore({ capacity: 0 })).toThrow(ConfigError)
  const store = new webhook.MemoryStore({ capacity: 2 })
  const claim = (key: string, lease = 1e6) => store.claim(key, lease)
  expect([claim('a'), claim('b'), claim('a')]).toEqual(['new', 'new', 'busy'])
  expect(() => claim('c')).toThrow('all 2 places are claimed')
  for (const key of ['a', 'b']) store.complete(key)
  expect([claim('a'), claim('b'), claim('c')]).toEqual(['handled', 'handled', 'new'])
  store.complete('c')
  store.release('c')
  expect([claim('c'), claim('b'), claim('a')], 'the oldest is forgotten').toEqual([
    'handled',
    'handled',
    'new',
  ])
  store.release('a')
  expect([claim('a', -1), claim('a', -1), claim('d', -1), claim('e')], 'leases end').toEqual(
    Array(4).fill('new'),
  )
  const long = 'k'.repeat(1e6)
  const other = new webhook.MemoryStore()
  const claims = [long, long, `${long}x`].map((key) => other.claim(key, 1e6))
  expect(claims).toEqual(['new', 'busy', 'new'])
})

type Database = webhook.SqliteDatabase & { close(): unknown }

/** What opens a database in this Node. */
const opening: [string, (file: string) => Database][] = [['libsql', (file) => new Libsql(file)]]
try {
  const { DatabaseSync } = await import('node:sqlite')
  opening.push(['node:sqlite', (file) => new DatabaseSync(file)])
} catch {
  // Before Node 22 there is none.
}

test.skipIf(opening.length > 1)('there is no node:sqlite in this Node, so that it is not tested', () => {
  expect(Number(process.versions.node.split('.')[0])).toBeLessThan(23)
})

describe.each(opening)('a store in SQLite, by %s', (_, open) => {
  const LEASE = 600_000
  let folder: string
  let file: string
  let databases: Database[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qlower-webhook-'))
    file = join(folder, 'handled.sqlite')
    databases = []
  })
  afterEach(() => {
    for (const database of databases) database.close()
    rmSync(folder, { recursive: true })
  })

  function opened(options?: webhook.SqliteStoreOptions): webhook.SqliteStore {
    const database = open(file)
    databases.push(database)
    return new webhook.SqliteStore(database, options)
  }

  test('remembers what was handled, also for the next one that opens it', () => {
    const store = opened()
    expect([store.claim('a', LEASE), store.claim('a', LEASE)]).toEqual(['new', 'busy'])
    store.complete('a')
    store.complete('a')
    store.release('a')
    expect(store.claim('a', LEASE)).toBe('handled')
    expect(store.claim('b', LEASE)).toBe('new')
    store.release('b')
    expect(store.claim('b', LEASE)).toBe('new')
    const odd = "é' \u{1f3e0}"
    expect([store.claim(odd, LEASE), store.claim(odd, LEASE)]).toEqual(['new', 'busy'])
    databases.pop()?.close()
    const next = opened()
    expect([next.claim('a', LEASE), next.claim('b', LEASE)]).toEqual(['handled', 'busy'])
  })

  test('is one with another handle on the file, which leaves a newer claim alone', () => {
    const [one, other] = [opened(), opened()]
    expect([one.claim('a', -1), one.claim('b', LEASE)]).toEqual(['new', 'new'])
    expect([other.claim('a', LEASE), other.claim('b', LEASE)], 'its lease is over').toEqual(['new', 'busy'])
    one.release('a')
    other.release('b')
    expect([one.claim('a', LEASE), one.claim('b', LEASE)]).toEqual(['busy', 'busy'])
    one.complete('a')
    expect(other.claim('a', LEASE), 'what is done is done').toBe('handled')
    for (let at = 0; at < 40; at++) {
      const claims = [one.claim(`k${at}`, LEASE), other.claim(`k${at}`, LEASE)]
      expect(claims).toEqual(['new', 'busy'])
    }
  })

  test('forgets keys after their time', async () => {
    const store = opened({ retention: 1, table: 'seen' })
    store.claim('a', LEASE)
    store.complete('a')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(store.claim('a', LEASE), 'from time to time').toBe('handled')
    expect(opened({ retention: 1, table: 'seen' }).claim('a', LEASE)).toBe('new')
    expect(opened().claim('a', LEASE), 'another table').toBe('new')
  })

  test('serves a receiver, and asks for another try when it fails', async () => {
    const { receiver, handled, told } = noting({ dedupe: opened() })
    const post = () =>
      receiver.fetch(
        new Request('http://127.0.0.1/', { method: 'POST', headers: signed(ORDER), body: ORDER }),
      )
    expect(await (await post()).json()).toEqual({ status: 'handled' })
    expect(await (await post()).json()).toEqual({ status: 'duplicate' })
    const other = open(file)
    other.prepare('DROP TABLE qlower_webhook').run()
    other.close()
    expect((await post()).status).toBe(503)
    expect(told.at(-1)).toMatchObject({ answer: 'busy', step: 'claim', error: expect.any(Error) })
    expect(handled).toEqual(['evt_1'])
  })

  test.each([
    [{ table: 'a"; DROP TABLE b' }, 'table'],
    [{ table: '' }, 'table'],
    [{ retention: 0 }, 'retention'],
    [{ file: 'x' }, 'file'],
  ] as [object, string][])('refuses %o', (options, setting) => {
    expect(thrown<ConfigError>(() => opened(options)).setting).toBe(setting)
  })
})

test('what is no database is refused', () => {
  for (const wrong of [undefined, 'handled.sqlite', {}]) {
    expect(thrown<ConfigError>(() => new webhook.SqliteStore(wrong as never)).setting).toBe('database')
  }
})
