/** Streams of Node whose rows go into a writer. */

import { Writable } from 'node:stream'

import type { Call } from './call.js'
import { type Feed, open } from './rows.js'

/** So many rows may wait in it: about as many as are handed over at once. */
const WAITING = 1024

/** What a stream does its work with. */
export interface Work {
  readonly call: Call
  readonly feed: Feed
  /** Lets others end the call, until the function that it gives is called. */
  watch(): () => void
  /** Says whether rows are being written. */
  busy(isBusy: boolean): void
  /** Throws what is wrong with rows that were not taken. */
  finish(): void
}

type Done = (error?: Error | null) => void

/** Takes rows. */
export class RowStream extends Writable {
  readonly #work: Work
  readonly #unwatch: () => void
  #writing: Promise<void> | undefined

  constructor(work: Work) {
    super({ objectMode: true, highWaterMark: WAITING })
    this.#work = work
    this.#unwatch = work.watch()
    void work.call.ending().then(() => this.destroy(work.call.ended?.error as Error))
  }

  override _write(row: unknown, _encoding: BufferEncoding, done: Done): void {
    this.#take([row], done)
  }

  override _writev(rows: { chunk: unknown }[], done: Done): void {
    this.#take(
      rows.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: Done): void {
    try {
      this.#work.finish()
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#unwatch()
    const { call, busy } = this.#work
    call.end(error)
    // What is under way ends at once; then nothing of the stream changes the writer any more.
    void Promise.resolve(this.#writing).then(() => {
      busy(false)
      done(error)
    })
  }

  #take(rows: unknown[], done: Done): void {
    const { feed, call, busy } = this.#work
    busy(true)
    this.#writing = feed.take(open(rows), call).then(
      () => {
        busy(false)
        done()
      },
      (error: unknown) => {
        busy(false)
        done(call.ended === undefined ? (error as Error) : null)
      },
    )
  }
}
