/** Ending what goes on: by an `AbortSignal`, or by time. */

import type { Fault, Stop } from './binding.js'
import { AbortError, type Certainty, configError, errorOf, isFault, make, TimeoutError } from './errors.js'
import { type Native, native } from './native.js'

/** How any asynchronous call may be ended before it is done. */
export interface CallOptions {
  /**
   * Ends the call when it is aborted, with an {@link AbortError}. What was under way is given up at once: a connection is closed.
   * The `certainty` of the error tells whether Qlower may have treated the payload all the same.
   */
  signal?: AbortSignal | null | undefined
  /** How many milliseconds the whole call may take, all its attempts together; then it ends with a {@link TimeoutError}. Default: no limit. */
  timeout?: number | null | undefined
}

/**
 * Only what ends a call, of options that have more. Throws if it is of another kind.
 *
 * @internal
 */
export function limitsOf(options: CallOptions | null | undefined): CallOptions {
  return checked(options)
}

/**
 * Runs something of the native module that its caller may end.
 *
 * @param begin starts it; it gives a promise that is never rejected, as entries of the native module do.
 * @param ended what is known if it is ended before it is done: `not_processed` if nothing can have been sent.
 * @param began when the call began, if it has done something else before.
 * @param module the native module that it belongs to.
 * @internal
 */
export async function run<T>(
  options: CallOptions | null | undefined,
  begin: (stop: Stop, timeout: number | undefined) => Promise<T | Fault>,
  ended: Certainty = 'unknown',
  began?: number,
  module: Pick<Native, 'Stop'> = native,
): Promise<T> {
  const { signal, timeout } = checked(options)
  const stop = new module.Stop()
  const abort = (): void => stop.stop()
  if (signal?.aborted) throw aborted(signal, 'not_processed')
  const forget = signal && onAbort(signal, abort)
  let outcome: T | Fault
  try {
    outcome = await begin(stop, left(timeout, began))
  } finally {
    forget?.()
  }
  if (!isFault(outcome)) return outcome
  const error = errorOf(outcome)
  const certainty = ended === 'unknown' ? error.certainty : ended
  if (outcome.fault === 'stopped' && signal?.aborted) throw aborted(signal, certainty)
  // One of the client's own has made an attempt, and knows more.
  if (timeout !== undefined && outcome.fault === 'timeout' && error.attempts === 0) {
    throw expired(timeout, certainty)
  }
  throw error
}

/**
 * The error of a call whose time was up.
 *
 * @internal
 */
export function expired(limit: number, certainty: Certainty): TimeoutError {
  return make(TimeoutError, `it took longer than ${limit} ms`, { limit, certainty, isRetryable: true })
}

/** What is left of a limit. What is none is for the native module to refuse. */
function left(timeout: number | undefined, began: number | undefined): number | undefined {
  if (timeout === undefined || began === undefined || !(timeout >= 0)) return timeout
  return Math.max(0, timeout - (performance.now() - began))
}

/** What is to be called when a signal is aborted. Node warns of signals that have many listeners, so each has one of ours at most. */
const waiting = new WeakMap<AbortSignal, { readonly calls: Set<() => void>; readonly listener: () => void }>()

/**
 * Has something called when a signal is aborted, until the function that it gives is called.
 *
 * @internal
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  let ours = waiting.get(signal)
  if (ours === undefined) {
    const calls = new Set<() => void>()
    const listener = (): void => {
      waiting.delete(signal)
      for (const call of calls) call()
    }
    ours = { calls, listener }
    waiting.set(signal, ours)
    signal.addEventListener('abort', listener, { once: true })
  }
  const { calls, listener } = ours
  calls.add(call)
  return () => {
    calls.delete(call)
    if (calls.size > 0 || waiting.get(signal)?.calls !== calls) return
    waiting.delete(signal)
    signal.removeEventListener('abort', listener)
  }
}

/**
 * Throws if it is aborted already: before work that cannot be ended.
 *
 * @internal
 */
export function throwIfAborted(options: CallOptions | null | undefined): void {
  const { signal } = checked(options)
  if (signal?.aborted) throw aborted(signal, 'not_processed')
}

/**
 * The error of a call that was ended by its signal.
 *
 * @internal
 */
export function aborted(signal: AbortSignal, certainty: Certainty): AbortError {
  return make(AbortError, 'the call was aborted', { certainty }, { cause: signal.reason })
}

function checked(options: CallOptions | null | undefined): {
  signal: AbortSignal | undefined
  timeout: number | undefined
} {
  if (options === undefined || options === null) return { signal: undefined, timeout: undefined }
  if (typeof options !== 'object') throw configError('options', 'must be an object')
  const signal = options.signal ?? undefined
  const timeout = options.timeout ?? undefined
  // Not by its class: there are signals of other realms, and of other makers.
  if (
    signal !== undefined &&
    !(
      typeof signal === 'object' &&
      typeof signal.aborted === 'boolean' &&
      typeof signal.addEventListener === 'function'
    )
  ) {
    throw configError('signal', 'must be an AbortSignal')
  }
  if (timeout !== undefined && typeof timeout !== 'number') {
    throw configError('timeout', 'must be a number of milliseconds, 0 or more')
  }
  return { signal, timeout }
}
