/** Errors: one tree under {@link QlowerError}. */

import type { Fault } from './binding.js'

/** Base of everything that the package throws on purpose. */
export class QlowerError extends Error {
  override readonly name: string = 'QlowerError'
}

/** Whether the native module gave a fault instead of a value. */
export function isFault(outcome: unknown): outcome is Fault {
  return typeof outcome === 'object' && outcome !== null && 'fault' in outcome
}

/** What the native module gave. Throws the error of a fault. */
export function value<T>(outcome: T | Fault): T {
  if (isFault(outcome)) throw new QlowerError(outcome.message)
  return outcome
}
