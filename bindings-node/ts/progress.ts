/** Telling how far uploads have come. */

import type { Fault, Progress, Step, Stop } from './binding.js'
import { value } from './errors.js'
import { native } from './native.js'

/**
 * Runs an upload, and calls back for each step of it, in the event loop. What the callback throws, or what its promise is rejected
 * with, ends the upload and is thrown here.
 *
 * @param upload is given the steps' other end, and an end to what is to be ended by the callback.
 * @internal
 */
export function telling<T>(
  callback: ((step: Step) => unknown) | undefined,
  upload: (progress: Progress | undefined, alsoBy: (stop: Stop) => void) => Promise<T>,
): Promise<T> {
  return tellingOf(() => new native.Progress(), callback, upload)
}

/** Where steps come from, one after the other. */
interface Steps<S> {
  next(): Promise<S | null | Fault>
}

/**
 * The same, for steps of any kind.
 *
 * @internal
 */
export async function tellingOf<T, S, P extends Steps<S>>(
  steps: () => P,
  callback: ((step: S) => unknown) | undefined,
  upload: (progress: P | undefined, alsoBy: (stop: Stop) => void) => Promise<T>,
): Promise<T> {
  if (callback === undefined) return upload(undefined, () => {})
  const progress = steps()
  let stop: Stop | undefined
  let thrown: { error: unknown } | undefined
  let isOver = false
  const listen = async (): Promise<void> => {
    for (let step = value(await progress.next()); step != null; step = value(await progress.next())) {
      if (isOver) return
      try {
        await callback(step)
      } catch (error) {
        thrown = { error }
        stop?.stop()
        return
      }
    }
  }
  const told = listen()
  try {
    const receipt = await upload(progress, (given) => {
      stop = given
    })
    // What it throws at the very end counts as well.
    await told
    if (thrown === undefined) return receipt
  } catch (error) {
    isOver = true
    // Nobody waits for it any more.
    told.catch(() => {})
    if (thrown === undefined) throw error
  }
  throw (thrown as { error: unknown }).error
}
