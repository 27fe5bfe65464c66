/** What remembers the events that were handled. */

import { configError } from './errors.js'
import { native } from './native.js'
import { count, known } from './options.js'

/** What became of a claim: nobody has handled the event, it was handled, or somebody else is at it. */
export type Claim = 'new' | 'handled' | 'busy'

/**
 * Remembers which events were handled, so that one that comes again is handled once.
 *
 * An event is claimed before the work, and completed after it, or released when the work has failed. Whoever dies in between leaves
 * a claim, which runs out after its lease: then the event is handled again when it comes again. So with a store alone an effect may
 * happen twice after a crash; where that must not be, the event's key goes into the same transaction as the work.
 *
 * Every method may give a promise. One that throws, or is rejected, is a store that fails: the sender is asked to try again.
 */
export interface DedupeStore {
  /** Claims a key for so many milliseconds, in one step that no other claim can come between. */
  claim(key: string, lease: number): Claim | PromiseLike<Claim>
  /** The work is done: the key is handled from now on. */
  complete(key: string): unknown
  /** The work has failed: the key may be claimed again at once. What another process has claimed since is left alone. */
  release(key: string): unknown
}

/** Settings of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** How many handled keys it holds, and how many claims beside them. Default: 100 000. */
  capacity?: number | null | undefined
}

/**
 * Remembers handled events in this process, and forgets them when it ends: for tests, or for one process whose work does no harm
 * when it is done again. When it is full it drops the keys that were handled longest ago.
 *
 * @example
 * ```ts
 * import { webhook } from 'qlower'
 *
 * const store = new webhook.MemoryStore()
 * console.log(store.claim('evt_1', 600_000), store.claim('evt_1', 600_000)) // new busy
 * store.complete('evt_1')
 * console.log(store.claim('evt_1', 600_000)) // handled
 * ```
 */
export class MemoryStore implements DedupeStore {
  readonly #capacity: number
  /** Ends of the leases. */
  readonly #claims = new Map<string, number>()
  readonly #handled = new Set<string>()

  /** @throws {@link ConfigError} for a capacity that is no whole number from 1 on. */
  constructor(options?: MemoryStoreOptions | null) {
    const { capacity } = known(options, new Set(['capacity'])) ?? {}
    this.#capacity =
      capacity == null ? native.webhookPolicy().memoryCapacity : atLeast('capacity', capacity, 1)
  }

  claim(key: string, lease: number): Claim {
    const id = short(key)
    if (this.#handled.has(id)) return 'handled'
    const now = performance.now()
    const until = this.#claims.get(id)
    if (until !== undefined && now < until) return 'busy'
    if (this.#claims.size >= this.#capacity) {
      for (const [other, end] of this.#claims) if (end <= now) this.#claims.delete(other)
      if (this.#claims.size >= this.#capacity) throw new Error(`all ${this.#capacity} places are claimed`)
    }
    this.#claims.set(id, now + lease)
    return 'new'
  }

  complete(key: string): void {
    const id = short(key)
    this.#claims.delete(id)
    this.#handled.add(id)
    if (this.#handled.size <= this.#capacity) return
    for (const oldest of this.#handled) {
      this.#handled.delete(oldest)
      return
    }
  }

  release(key: string): void {
    this.#claims.delete(short(key))
  }
}

/** Keys may be long. */
function short(key: string): string {
  if (key.length <= 128) return key
  const { createHash } = require('node:crypto') as typeof import('node:crypto')
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}

/** What a {@link SqliteStore} needs of a database: `DatabaseSync` of `node:sqlite`, `better-sqlite3` and `libsql` have it. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
}

/** A statement of a {@link SqliteDatabase}. */
export interface SqliteStatement {
  run(...values: (string | number)[]): { changes: number | bigint }
  get(...values: (string | number)[]): unknown
}

/** Settings of a {@link SqliteStore}. */
export interface SqliteStoreOptions {
  /** The table, which is made if it is not there. Default: `qlower_webhook`. */
  table?: string | null | undefined
  /** How long a handled key is remembered, in milliseconds. Default: 30 days; Qlower tries for some hours. */
  retention?: number | null | undefined
}

/** Rows that are removed at once, and milliseconds between such times. */
const PRUNED = 500
const PRUNE_EVERY = 60_000

/**
 * Remembers in a SQLite database which events were handled; several processes of one machine may share it.
 *
 * The database is an open handle of `node:sqlite` (Node 22 and later), `better-sqlite3` or `libsql`, none of which this package
 * depends on. Whoever opened it closes it, and chooses how long it waits for other writers (`PRAGMA busy_timeout`) and how it
 * writes. The store's steps are part of a transaction that is open on the handle at that moment: where a transaction of yours lasts
 * over an `await`, give the store a handle of its own.
 *
 * @example
 * ```ts skip
 * import Database from 'better-sqlite3'
 * import { webhook } from 'qlower'
 *
 * const store = new webhook.SqliteStore(new Database('handled.sqlite'))
 * ```
 */
export class SqliteStore implements DedupeStore {
  readonly #claim: SqliteStatement
  readonly #state: SqliteStatement
  readonly #complete: SqliteStatement
  readonly #release: SqliteStatement
  readonly #prune: SqliteStatement
  readonly #retention: number
  /** Whose claims are this store's: another process may have its own. */
  readonly #owner = crypto.randomUUID()
  #pruned = Number.NEGATIVE_INFINITY

  /**
   * Makes the table, if it is not there.
   *
   * @throws {@link ConfigError} for a database or a setting that cannot be used; and what the database throws.
   */
  constructor(database: SqliteDatabase, options?: SqliteStoreOptions | null) {
    const { table, retention } = known(options, new Set(['table', 'retention'])) ?? {}
    if (typeof database?.prepare !== 'function')
      throw configError('database', 'must be an open SQLite database')
    const name = table ?? 'qlower_webhook'
    if (typeof name !== 'string' || !/^[A-Za-z_]\w{0,62}$/.test(name)) {
      throw configError('table', 'must be a name of letters, digits and _')
    }
    this.#retention =
      retention == null ? native.webhookPolicy().retention : atLeast('retention', retention, 1)
    const t = `"${name}"`
    database
      .prepare(
        `CREATE TABLE IF NOT EXISTS ${t} (key TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL, claimed_until INTEGER,
           handled_at INTEGER) WITHOUT ROWID`,
      )
      .run()
    database
      .prepare(`CREATE INDEX IF NOT EXISTS "${name}_age" ON ${t} (coalesce(handled_at, claimed_until))`)
      .run()
    this.#claim = database.prepare(
      `INSERT INTO ${t} (key, owner, claimed_until) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, claimed_until = excluded.claimed_until
         WHERE handled_at IS NULL AND claimed_until <= ?`,
    )
    this.#state = database.prepare(`SELECT handled_at IS NOT NULL AS handled FROM ${t} WHERE key = ?`)
    this.#complete = database.prepare(
      `INSERT INTO ${t} (key, owner, handled_at) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET claimed_until = NULL, handled_at = coalesce(handled_at, excluded.handled_at)`,
    )
    this.#release = database.prepare(`DELETE FROM ${t} WHERE key = ? AND owner = ? AND handled_at IS NULL`)
    this.#prune = database.prepare(
      `DELETE FROM ${t} WHERE key IN (SELECT key FROM ${t} WHERE coalesce(handled_at, claimed_until) < ? LIMIT ?)`,
    )
  }

  claim(key: string, lease: number): Claim {
    const now = Date.now()
    if (now - this.#pruned >= PRUNE_EVERY) {
      this.#prune.run(now - this.#retention, PRUNED)
      this.#pruned = now
    }
    if (Number(this.#claim.run(key, this.#owner, now + lease, now).changes) === 1) return 'new'
    const found = this.#state.get(key) as { handled: number | bigint } | undefined
    return Number(found?.handled) === 1 ? 'handled' : 'busy'
  }

  complete(key: string): void {
    this.#complete.run(key, this.#owner, Date.now())
  }

  release(key: string): void {
    this.#release.run(key, this.#owner)
  }
}

/**
 * A number that is large enough.
 *
 * @internal
 */
export function atLeast(setting: string, given: unknown, least: number): number {
  const found = count(setting, given)
  if (!(found >= least)) throw configError(setting, `must be a number, ${least} or more`)
  return found
}
