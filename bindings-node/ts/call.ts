/** Calls of a writer that are under way. */

import { aborted, type CallOptions, expired, onAbort, throwIfAborted } from './abort.js'
import type { Stop } from './binding.js'
import { type Certainty, configError } from './errors.js'
import { native } from './native.js'

/** A timer cannot wait longer. */
const LONGEST = 2 ** 31 - 1

/** A call that its caller may end, and others. */
export class Call {
  /** Ends what the native module does for it. */
  readonly stop: Stop = new native.Stop()
  #ended: { readonly error: unknown } | undefined
  #tell: (() => void) | undefined

  /** Why it is to end before it is done. */
  get ended(): { readonly error: unknown } | undefined {
    return this.#ended
  }

  /** Ends it. Nothing happens to one that is to end already. */
  end(error: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.stop.stop()
    this.#tell?.()
  }

  /** Resolves when it is to end. */
  ending(): Promise<void> {
    if (this.#ended !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  /** Lets a signal and a limit end it, until the function that it gives is called. Throws if the signal was aborted before. */
  watch(options: CallOptions | null | undefined, certainty: Certainty): () => void {
    throwIfAborted(options)
    const signal = options?.signal ?? undefined
    const timeout = options?.timeout ?? undefined
    if (timeout !== undefined && !(timeout >= 0)) {
      throw configError('timeout', 'must be a number of milliseconds, 0 or more')
    }
    const abort = (): void => this.end(aborted(signal as AbortSignal, certainty))
    const forget = signal && onAbort(signal, abort)
    const timer =
      timeout === undefined || timeout === Infinity
        ? undefined
        : setTimeout(() => this.end(expired(timeout, certainty)), Math.min(timeout, LONGEST))
    return () => {
      forget?.()
      clearTimeout(timer)
    }
  }
}
