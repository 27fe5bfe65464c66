/** From a request to its answer, whatever the server. */

import type { WebhookPolicy } from './binding.js'
import { errorOf, InvalidEventError, isFault, make, TimeoutError } from './errors.js'
import { native } from './native.js'
import { Flights, within } from './webhook-flights.js'
import { headerBytes } from './webhook-given.js'
import type { Answered, AnswerName, Delivery, Step } from './webhook-options.js'
import type { Head, Read, Source } from './webhook-sources.js'
import type { DedupeStore } from './webhook-stores.js'

/** A request, as a server gives it. */
export interface Incoming extends Head {
  /** The body, or why there is none. */
  read(limit: number, milliseconds: number): Promise<Uint8Array | Done>
}

/** What is answered. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether some of the request's body may be on its way still. */
  readonly isUnread: boolean
}

/** What became of a request. */
export interface Done {
  readonly answer: AnswerName
  readonly step?: Step
  readonly error?: unknown
}

/** What an engine runs by. Times are in milliseconds. */
export interface Settings {
  readonly source: Source
  readonly handler: (event: never, delivery: Delivery) => unknown
  readonly dedupe: DedupeStore | null
  readonly maxBody: number
  readonly bodyTimeout: number
  readonly timeout: number
  readonly lease: number
  readonly maxConcurrency: number
  readonly retryRefused: boolean
  readonly tell: (answered: Answered) => void
}

/** What is known of a request by the time it is answered. */
interface Known {
  type: string | null
  key: string | null
  hasBody: boolean
}

const DISCARDED_LIMITS = 16

/** Judges requests. */
export class Engine {
  readonly #settings: Settings
  readonly #policy: WebhookPolicy
  readonly #flights: Flights<Done>

  constructor(settings: Settings, policy: WebhookPolicy) {
    this.#settings = settings
    this.#policy = policy
    this.#flights = new Flights(settings.maxConcurrency)
  }

  /** How much of a body that nobody wants is read, so that its sender comes to read the answer. */
  get discarded(): number {
    return DISCARDED_LIMITS * this.#settings.maxBody
  }

  /** How long a body may take. */
  get bodyTimeout(): number {
    return this.#settings.bodyTimeout
  }

  /** Waits until no handler runs any more. */
  idle(): Promise<void> {
    return this.#flights.idle()
  }

  /** Answers a request. It is never rejected. */
  async answer(request: Incoming): Promise<Reply> {
    const began = performance.now()
    const known: Known = { type: null, key: null, hasBody: false }
    let done: Done
    try {
      done = await this.#judge(request, known, began)
    } catch (error) {
      done = { answer: 'failed', error }
    }
    this.#tell(done, known, began, false)
    const { status, body } = this.#known(done.answer)
    const allow = done.answer === 'not_post' ? { allow: 'POST' } : {}
    const headers = { 'content-type': 'application/json', ...allow }
    return { status, headers, body, isUnread: !known.hasBody }
  }

  async #judge(request: Incoming, known: Known, began: number): Promise<Done> {
    const { maxBody, bodyTimeout, source, retryRefused, timeout } = this.#settings
    if (request.method !== 'POST') return { answer: 'not_post' }
    const type = headerBytes(request.header('content-type'))
    if (type.length > 0 && !native.webhookIsJson(type)) return { answer: 'not_json' }
    if (Number(request.header('content-length')) > maxBody) return { answer: 'too_large' }
    const body = await request.read(maxBody, bodyTimeout)
    if (!(body instanceof Uint8Array)) return body
    known.hasBody = true
    if (body.length > maxBody) return { answer: 'too_large' }

    const verified = source.verify(request, body)
    if (isFault(verified)) {
      const error = errorOf(verified)
      return { answer: retryRefused ? 'busy' : 'refused', step: 'verify', error }
    }
    let read: Read
    try {
      read = source.read(body)
    } catch (error) {
      return { answer: error instanceof InvalidEventError ? 'unreadable' : 'failed', step: 'read', error }
    }
    known.type = read.type
    known.key = read.key
    if (read.isPing) return { answer: 'pong' }

    const delivery = {
      body: Buffer.from(body.buffer, body.byteOffset, body.length),
      key: read.key,
      verified: verified ?? null,
    }
    const flight = this.#flights.take(read.key, () => this.#work(read, delivery))
    if (flight === undefined) {
      const limit = this.#settings.maxConcurrency
      return { answer: 'busy', step: 'handle', error: new Error(`${limit} events are worked on already`) }
    }
    const done = await within(flight.done, began + timeout - performance.now())
    if (done !== undefined) {
      // What went wrong is told once.
      return flight.isFirst ? done : { answer: done.answer }
    }
    if (flight.isFirst) void flight.done.then((late) => this.#tell(late, known, began, true))
    const message = `it takes longer than ${timeout} ms; the work goes on`
    return {
      answer: 'busy',
      step: 'handle',
      error: make(TimeoutError, message, { limit: timeout, isRetryable: true }),
    }
  }

  /** Does the work of an event, and remembers that it is done. It never fails. */
  async #work({ event, key }: Read, delivery: Delivery): Promise<Done> {
    const { handler, dedupe, lease } = this.#settings
    const store = key === null ? null : dedupe
    try {
      const claim = (await store?.claim(key as string, lease)) ?? 'new'
      if (claim === 'handled') return { answer: 'duplicate' }
      if (claim === 'busy') return { answer: 'busy' }
      if (claim !== 'new') throw new TypeError('a store has to answer "new", "handled" or "busy"')
    } catch (error) {
      return { answer: 'busy', step: 'claim', error }
    }
    try {
      await handler(event as never, delivery)
    } catch (error) {
      try {
        await store?.release(key as string)
      } catch (second) {
        const both = new AggregateError(
          [error, second],
          'the work failed, and so did the store that was told of it',
        )
        return { answer: 'failed', step: 'release', error: both }
      }
      return { answer: 'failed', step: 'handle', error }
    }
    try {
      await store?.complete(key as string)
    } catch (error) {
      return { answer: 'busy', step: 'complete', error }
    }
    return { answer: 'handled' }
  }

  #tell({ answer, step, error }: Done, { type, key }: Known, began: number, isLate: boolean): void {
    const { status } = this.#known(answer)
    const duration = performance.now() - began
    this.#settings.tell({
      answer,
      status,
      step: step ?? null,
      error: error ?? null,
      type,
      key,
      isLate,
      duration,
    })
  }

  #known(answer: AnswerName): { status: number; body: string } {
    const found = this.#policy.answers.find((it) => it.name === answer)
    return found ?? { status: 500, body: '' }
  }
}
