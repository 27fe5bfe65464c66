/** A reading, watched by many with one poll. */

import { inspect } from 'node:util'

import { aborted, type CallOptions, onAbort, run } from './abort.js'
import type { LiveFeed as NativeFeed, LiveWatch as NativeWatch, Stop } from './binding.js'
import { connect } from './connect.js'
import { configError, value } from './errors.js'
import { type EndpointOptions, endpointSettings, type Unit } from './live-options.js'
import { known } from './options.js'

/** Settings of a {@link LiveFeed}. Times are in milliseconds. */
export interface LiveFeedOptions extends EndpointOptions {
  /** The address that gives the document: `https://`. */
  url: string | URL
  /** Where the value stands in it: `current_power`, `data.power.value`, `measurements.0.value`. */
  path: string
  /** The unit that values are shown in. Default: that of the document. */
  showIn?: Unit | null | undefined
  /** From one poll to the next, 1 s to 60 s; a tenth more or less is drawn each time. Default: 5 s. */
  interval?: number | null | undefined
  /** How long an answer may take, to its last byte; at most 60 s. Default: 3 s. */
  timeout?: number | null | undefined
  /** From which age on a reading is stale. Default: 60 s, or twice `interval` and `timeout` together if that is longer. */
  staleAfter?: number | null | undefined
}

/** What every state has. */
interface Shown {
  /** What a map shows: `42.5 MW`, `42.5 MW (75 s old)`, `Connection error`. */
  readonly text: string
  /** The same in French: `42,5 MW`, `42,5 MW (il y a 75 s)`, `Erreur de connexion`. */
  readonly textFr: string
}

/** A value that was read. */
export interface Value {
  /** The value, in {@link unit}. */
  readonly value: number
  /** The unit in which it is shown; `null` if neither the settings nor the document name one. */
  readonly unit: Unit | null
  /** When it was measured, as the document says; `null` if it does not. */
  readonly at: Date | null
  /** How many milliseconds old it was when this was made. */
  readonly age: number
}

/** The producer answered, and its value is of now. */
export interface Reading extends Value, Shown {
  readonly kind: 'reading'
}

/** The producer answered, but its value is older than `staleAfter`. */
export interface Stale extends Value, Shown {
  readonly kind: 'stale'
}

/** The last poll failed. The next one that succeeds ends this by itself. */
export interface ConnectionError extends Shown {
  readonly kind: 'connection_error'
  /** Why. */
  readonly cause: FeedFault
  /** How many milliseconds ago the first of the polls in a row failed that did. */
  readonly failingFor: number
  /** The last value that was read; `null` if there was none yet. */
  readonly last: Value | null
}

/** Why a poll failed. It shows no key. */
export interface FeedFault {
  /** What kind of failure it is, such as `timeout`, `status` or `not_json`. */
  readonly code: string
  /** What happened, and what to do, in English. */
  readonly message: string
  /** The same in French. */
  readonly messageFr: string
}

/** What is known of a reading at a moment: tell them apart by `kind`. */
export type State = Reading | Stale | ConnectionError

interface ValueJson {
  value: number
  unit: string | null
  at: string | null
  age: number
}

interface StateJson extends ValueJson {
  state: State['kind']
  cause: { code: string; message: string; message_fr: string }
  failing_for: number
  last: ValueJson | null
  text: string
  text_fr: string
}

/**
 * A reading that is polled for all who watch it: one poll, however many they are. It begins with the first and ends with the last; a
 * poll that fails is tried again, slower and slower, and recovers by itself. It shows no key.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import type { AddressInfo } from 'node:net'
 * import { live } from 'qlower'
 *
 * const server = createServer(live.producer(() => ({ value: 42.5, unit: 'MW' })).node).listen(0, '127.0.0.1')
 * await new Promise((listening) => server.once('listening', listening))
 * const { port } = server.address() as AddressInfo
 *
 * const feed = new live.LiveFeed({ url: `http://127.0.0.1:${port}/`, path: 'current_power', unit: 'MW', showIn: 'kW' })
 * for await (const state of feed) {
 *   if (state.kind === 'connection_error') console.log(state.cause.message)
 *   else console.log(state.kind, state.value, state.unit) // reading 42500 kW
 *   break // nobody watches any more: nothing is polled
 * }
 * server.close()
 * ```
 */
export class LiveFeed {
  readonly #native: NativeFeed
  readonly #shown: Record<string, unknown>
  readonly #watches = new Set<Watch>()
  #isClosed = false

  /**
   * Nothing is asked yet.
   *
   * @throws {@link ConfigError} for a setting that is missing, cannot be used, or does not exist; it names the setting.
   */
  constructor(options: LiveFeedOptions) {
    if (typeof options !== 'object' || options === null) throw configError('options', 'must be an object')
    const { url, path, ...rest } = options
    const kinds = { showIn: 'text', interval: 'time', timeout: 'time', staleAfter: 'time' } as const
    this.#native = value(connect().openLiveFeed(endpointSettings(url, path, rest, kinds)))
    this.#shown = { url: value(this.#native.url()), path, ...(options.auth != null && { auth: '***' }) }
  }

  /** The address, the keys in it masked. */
  get url(): string {
    return this.#shown['url'] as string
  }

  /**
   * Begins to watch. Close the watch, or leave its loop, when nobody looks any more; a `signal` ends it with an {@link AbortError}.
   *
   * @throws an error if the feed is closed.
   */
  watch(options?: Pick<CallOptions, 'signal'> | null): Watch {
    if (this.#isClosed) throw configError('feed', 'it is closed')
    const { signal } = known(options, new Set(['signal'])) ?? {}
    const watch = Watch.of(value(this.#native.watch()), signal ?? undefined, (it) => this.#watches.delete(it))
    if (!watch.isClosed) this.#watches.add(watch)
    return watch
  }

  /** Watches, as `for await (const state of feed)` does. */
  [Symbol.asyncIterator](): Watch {
    return this.watch()
  }

  /** How many watch. */
  get watchers(): number {
    return this.#watches.size
  }

  /** Ends all watches of this feed: their loops end. To close it twice does no harm. */
  close(): void {
    this.#isClosed = true
    for (const watch of this.#watches) watch.close()
  }

  /** Closes it at the end of a block: `using feed = new live.LiveFeed(…)`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** The same, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** What may be shown: no secret. */
  toJSON(): Record<string, unknown> {
    return { ...this.#shown }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    return `LiveFeed ${inspect(this.#shown, options)}`
  }
}

/** One who watches a {@link LiveFeed}. While it is open, its feed is polled. */
export class Watch implements AsyncIterableIterator<State, undefined, undefined> {
  readonly #native: NativeWatch
  readonly #signal: AbortSignal | undefined
  readonly #forget: (() => void) | undefined
  readonly #closed: (watch: Watch) => void
  #isClosed = false

  private constructor(native: NativeWatch, signal: AbortSignal | undefined, closed: (watch: Watch) => void) {
    this.#native = native
    this.#signal = signal
    this.#closed = closed
    if (signal?.aborted) this.close()
    else this.#forget = signal && onAbort(signal, () => this.close())
  }

  /** @internal */
  static of(native: NativeWatch, signal: AbortSignal | undefined, closed: (watch: Watch) => void): Watch {
    return new Watch(native, signal, closed)
  }

  /** What is known now; `null` before the first poll has an outcome. */
  get state(): State | null {
    const state = value(this.#native.state())
    return state == null ? null : stateOf(JSON.parse(state))
  }

  /**
   * The next state: at once if there is one that was not given yet. Whoever comes late gets the latest, not all that were.
   *
   * @throws {@link TimeoutError} if none comes within `timeout` milliseconds: the watch stays open.
   * @throws {@link AbortError} if it is aborted: by the signal of the call it stays open, by its own it is closed.
   */
  async next(options?: CallOptions | null): Promise<IteratorResult<State, undefined>> {
    const limits = known(options ?? undefined, new Set(['signal', 'timeout']))
    const next = (stop: Stop, timeout?: number) => this.#native.next(stop, timeout)
    const state = this.#isClosed ? null : await run(limits, next, 'not_processed', undefined, connect())
    if (state != null) return { done: false, value: stateOf(JSON.parse(state)) }
    this.close()
    if (this.#signal?.aborted) throw aborted(this.#signal, 'not_processed')
    return { done: true, value: undefined }
  }

  /** Closes it, as leaving a loop does. */
  async return(): Promise<IteratorResult<State, undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  /** Closes it, and is rejected with the error. */
  async throw(error: unknown): Promise<IteratorResult<State, undefined>> {
    this.close()
    throw error
  }

  /** Ends it: who waits for its next state is told that there is none. To close it twice does no harm. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#native.close()
    this.#forget?.()
    this.#closed(this)
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Closes it at the end of a block: `using watch = feed.watch()`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** The same, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

function stateOf(json: StateJson): State {
  const { state: kind, text, text_fr: textFr } = json
  if (kind !== 'connection_error') return Object.freeze({ kind, ...measured(json), text, textFr })
  const { code, message, message_fr } = json.cause
  const cause = Object.freeze({ code, message, messageFr: message_fr })
  const last = json.last === null ? null : Object.freeze(measured(json.last))
  return Object.freeze({ kind, cause, failingFor: json.failing_for * 1000, last, text, textFr })
}

function measured({ value, unit, at, age }: ValueJson): Value {
  return { value, unit, at: at === null ? null : new Date(at), age: age * 1000 }
}
