/** What Qlower answers. */

import { inspect } from 'node:util'

import { type CallOptions, limitsOf, run } from './abort.js'
import type { Reply as NativeReply, Text } from './binding.js'
import { configError, value } from './errors.js'
import { checkedOf, checkedOfAsync, type Source } from './input.js'
import { native } from './native.js'
import type { ReadPayload } from './read.js'

/** What is known of an item that failed. */
interface ItemErrorFacts {
  model: string
  id: string | null
  type: string | null
  field: string | null
  reason: string | null
  message: string
  createdAt: string | null
  pointer: string | null
  pointers: string[]
}

/** An {@link ItemError} as JSON, the same from every language. */
export interface ItemErrorJson extends Omit<ItemErrorFacts, 'createdAt'> {
  /** See {@link ItemError.createdAt}. */
  created_at: string | null
}

/** A {@link Reply} as JSON, the same from every language. */
export interface ReplyJson {
  /** See {@link Reply.status}. */
  status: string
  /** See {@link Reply.totalCount}. */
  total_count: number | null
  /** See {@link Reply.successCount}. */
  success_count: number | null
  /** See {@link Reply.failedCount}. */
  failed_count: number | null
  /** See {@link Reply.endDate}. */
  end_date: string | null
  /** See {@link Reply.errors}. */
  errors: ItemErrorJson[]
  /** See {@link Reply.combinedResult}. */
  combined_result: { model: string; item: { success: number | null; error: number | null } }[]
}

/** How many items of a model were loaded. */
export interface ModelResult {
  /** The model as the server names it. */
  readonly model: string
  /** How many items were accepted, if it is stated. */
  readonly success: number | null
  /** How many items failed, if it is stated. */
  readonly error: number | null
}

interface Facts {
  status: string
  totalCount: number | null
  successCount: number | null
  failedCount: number | null
  endDate: string | null
  hasFailures: boolean
  allFailed: boolean
  unnamedFailures: number
  errors: { facts: ItemErrorFacts; text: string; json: ItemErrorJson }[]
  combinedResult: ModelResult[]
}

/** One item that was not loaded, and why. Texts are the server's, in French. `toString()` is one line. */
export class ItemError {
  readonly #text: string
  readonly #json: ItemErrorJson

  /** The model as the server names it, `transactions` for instance; empty if it does not. */
  readonly model: string
  /** The item's id. */
  readonly id: string | null
  /** The kind of error, `ValidationError` for instance. */
  readonly type: string | null
  /** Wire key of the field that is wrong, where the sentence names one. */
  readonly field: string | null
  /** What is wrong with it, where the sentence has the known form. */
  readonly reason: string | null
  /** The server's sentence. */
  readonly message: string
  /** When the error was noted, as it was written; no reliable instant. */
  readonly createdAt: string | null
  /** JSON Pointer to the wrong field of the item that was sent, or to the item; `null` if no such item was sent. */
  readonly pointer: string | null
  /** Pointers to all items that it may be: several, if an id stands in several places. */
  readonly pointers: readonly string[]

  /** @internal */
  constructor(facts: ItemErrorFacts, text: string, json: ItemErrorJson) {
    this.model = facts.model
    this.id = facts.id
    this.type = facts.type
    this.field = facts.field
    this.reason = facts.reason
    this.message = facts.message
    this.createdAt = facts.createdAt
    this.pointer = facts.pointer
    this.pointers = facts.pointers
    this.#text = text
    this.#json = json
  }

  /** As one line. */
  toString(): string {
    return this.#text
  }

  /** As plain data, the same from every language. */
  toJSON(): ItemErrorJson {
    return { ...this.#json, pointers: [...this.#json.pointers] }
  }
}

/**
 * What became of the items of a payload. `toString()` is the summary in English.
 *
 * @example
 * ```ts
 * import { Client, Sandbox } from 'qlower'
 *
 * const rent = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
 * const payload = { partner: 'acme', apiKey: 'k-1', createdAt: '2025-02-01T08:00:00+01:00', transactions: [rent] }
 * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
 * const client = new Client({ environment: sandbox.url })
 * const { reply } = await client.send(payload)
 * console.log(`${reply}`.split('\n')[0]) // SUCCESS: every item was accepted.
 * console.log(reply.hasFailures, reply.successCount, reply.errors) // false 1 []
 * await client.close()
 * await sandbox.stop()
 * ```
 */
export class Reply {
  readonly #native: NativeReply
  #known: Facts | undefined
  #errors: readonly ItemError[] | undefined

  private constructor(handle: NativeReply) {
    this.#native = handle
  }

  /** @internal */
  static of(handle: NativeReply): Reply {
    return new Reply(handle)
  }

  /** @internal */
  static nativeOf(reply: Reply): NativeReply {
    return reply.#native
  }

  get #facts(): Facts {
    this.#known ??= JSON.parse(value(this.#native.facts())) as Facts
    return this.#known
  }

  /** `SUCCESS`, `PARTIAL_SUCCESS`, `ERROR`, or one that this edition does not know, as it came. */
  get status(): 'SUCCESS' | 'PARTIAL_SUCCESS' | 'ERROR' | (string & {}) {
    return this.#facts.status
  }

  /** How many items Qlower counted, if it says so. */
  get totalCount(): number | null {
    return this.#facts.totalCount
  }

  /** How many items were accepted, if Qlower says so. */
  get successCount(): number | null {
    return this.#facts.successCount
  }

  /** How many items failed, if Qlower says so. */
  get failedCount(): number | null {
    return this.#facts.failedCount
  }

  /** When the load ended, as it was written. It is not known which clock this is: do not take it for an instant. */
  get endDate(): string | null {
    return this.#facts.endDate
  }

  /** What failed, in the order of the answer. An item may occur more than once. */
  get errors(): readonly ItemError[] {
    this.#errors ??= Object.freeze(
      this.#facts.errors.map(({ facts, text, json }) => new ItemError(facts, text, json)),
    )
    return this.#errors
  }

  /** Items accepted and failed by model. */
  get combinedResult(): readonly ModelResult[] {
    return this.#facts.combinedResult.map((result) => ({ ...result }))
  }

  /** The body as it came, nothing masked; empty for a reply about several parts. Each time a copy. */
  get raw(): Buffer {
    return this.#native.raw()
  }

  /** Whether anything failed, or the status is one that this edition does not know. */
  get hasFailures(): boolean {
    return this.#facts.hasFailures
  }

  /** Whether nothing was accepted: the status says so, and no count contradicts it. */
  get allFailed(): boolean {
    return this.#facts.allFailed
  }

  /** How many items failed, by the count, without being named in {@link errors}. */
  get unnamedFailures(): number {
    return this.#facts.unnamedFailures
  }

  /**
   * A payload of just the items that failed, to correct and send again.
   *
   * What belongs inside an item goes with it. If everything failed, it is the whole payload. JavaScript waits meanwhile: for a
   * large payload there is {@link failedOnlyAsync}.
   *
   * @param payload the one that was sent.
   * @throws {@link ValidationError} if it is not sound, so that it cannot be the one.
   */
  failedOnly(payload: Source): ReadPayload {
    return read(value(this.#native.failedOnly(checkedOf(payload))))
  }

  /**
   * {@link failedOnly}, the work being done in other threads.
   *
   * @throws {@link ValidationError} as above; {@link AbortError} and {@link TimeoutError} if it is ended before.
   */
  async failedOnlyAsync(payload: Source, options?: CallOptions | null): Promise<ReadPayload> {
    const limits = limitsOf(options)
    const began = performance.now()
    const sent = await checkedOfAsync(payload, limits)
    const text = await run(
      limits,
      (stop, timeout) => this.#native.failedOnlyAsync(sent, stop, timeout),
      'not_processed',
      began,
    )
    return read(text)
  }

  /**
   * What became of the items, on one screen: status, counts by model, and the first 20 errors with their places.
   *
   * @param lang `en` or `fr`.
   * @throws {@link ConfigError} for another language.
   */
  summary(lang: 'en' | 'fr' | (string & {}) = 'en'): string {
    if (typeof lang !== 'string') throw configError('lang', 'must be "en" or "fr"')
    return value(this.#native.summary(lang))
  }

  /** The summary in English. */
  toString(): string {
    return this.summary().trimEnd()
  }

  /** As plain data, the same from every language. It is the caller's own. */
  toJSON(): ReplyJson {
    return JSON.parse(value(this.#native.json())) as ReplyJson
  }

  /** @internal */
  [inspect.custom](): string {
    return `Reply { ${this.status}, ${this.successCount} accepted, ${this.failedCount} failed }`
  }
}

function read(text: Text): ReadPayload {
  return JSON.parse(value(native.payloadOfText(text))) as ReadPayload
}
