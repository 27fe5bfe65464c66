/** What can be checked and sent, and its text. */

import { isAnyArrayBuffer, isSharedArrayBuffer } from 'node:util/types'

import { aborted, type CallOptions, onAbort, run, throwIfAborted } from './abort.js'
import type { Fault, Text } from './binding.js'
import { Checked } from './checked.js'
import { encodePayload, encodePayloadAsync } from './encode.js'
import { make, TimeoutError, value } from './errors.js'
import { native } from './native.js'
import { type AsyncCheckOptions, type CheckOptions, settingsOf } from './options.js'
import type { Payload, PayloadWire } from './types.js'

/**
 * A payload in any form: an object (by readable names or wire keys), JSON text in bytes or in a string, or what was checked before.
 */
export type Source = Payload | PayloadWire | Checked | ArrayBufferView | ArrayBufferLike | string

/** A text, and where it comes from. */
export interface Input {
  readonly text: Text
  /** Whether it was made here, of objects: nobody knows its lines. */
  readonly made: boolean
}

type NativeChecked = InstanceType<typeof native.Checked>

/** So many bytes, or UTF-16 units, are copied without a break: in well under a millisecond. */
const SLICE = 1 << 18
/** So many milliseconds others may have to wait. */
const PATIENCE = 2
/** The longest that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31

/** The text of a payload. */
export function textOf(source: Source): Text {
  return inputOf(source).text
}

/** The same; others have the event loop in between. Nobody may change the payload meanwhile. */
export async function textOfAsync(source: Source, signal?: AbortSignal | null): Promise<Text> {
  return (await inputOfAsync(source, new Turns({ signal }))).text
}

/** Something that may be sent. Throws a `ValidationError` if there is an error in it. */
export function checkedOf(source: Source, options?: CheckOptions | null): NativeChecked {
  const held = Checked.held(source)
  if (held !== undefined && isDefault(options)) return held
  return withText(source, (text, made) => native.checkedText(text, settingsOf(options, made, false)))
}

/** What the native module makes of the text of a payload, which is then let go of. */
export function withText<T>(source: Source, work: (text: Text, made: boolean) => T | Fault): T {
  const { text, made } = inputOf(source)
  try {
    return value(work(text, made))
  } finally {
    text.release()
  }
}

/** The same, off the event loop. */
export async function checkedOfAsync(
  source: Source,
  options?: AsyncCheckOptions | null,
): Promise<NativeChecked> {
  const held = Checked.held(source)
  if (held !== undefined && isDefault(options)) {
    throwIfAborted(options)
    return held
  }
  return background(source, options, native.checkedTextAsync)
}

/**
 * Runs something of the native module on the text of a payload.
 *
 * @internal
 */
export async function background<T>(
  source: Source,
  options: AsyncCheckOptions | null | undefined,
  entry: (
    text: Text,
    settings: ReturnType<typeof settingsOf>,
    ...limits: Parameters<Parameters<typeof run<T>>[1]>
  ) => ReturnType<Parameters<typeof run<T>>[1]>,
): Promise<T> {
  // Before the work, so that what is wrong with them is told at once.
  settingsOf(options, false, true)
  const turns = new Turns(options)
  const { text, made } = await inputOfAsync(source, turns)
  const settings = settingsOf(options, made, true)
  return turns.last((limits) => {
    const checking = run<T>(limits, (stop, timeout) => entry(text, settings, stop, timeout), 'not_processed')
    // It has begun, and holds the text itself: a long one is not freed here when it is done.
    text.release()
    return checking
  })
}

function isDefault(options: CheckOptions | null | undefined): boolean {
  const { strict, today, maxFindings } = options ?? {}
  settingsOf(options, false, true)
  return !strict && today == null && maxFindings == null
}

/** The text of a payload, and where it comes from. */
export function inputOf(source: Source): Input {
  const held = Checked.held(source)
  if (held !== undefined) return { text: held.text(), made: false }
  if (typeof source === 'string') return { text: native.textOfString(wellFormed(source)), made: false }
  const bytes = bytesOf(source)
  if (bytes !== undefined) return { text: native.textOfBytes(bytes), made: false }
  return { text: encodePayload(objectOf(source)), made: true }
}

/** The same; others have the event loop in between. */
export async function inputOfAsync(source: Source, turns: Turns): Promise<Input> {
  turns.check()
  const held = Checked.held(source)
  if (held !== undefined) return { text: held.text(), made: false }
  if (typeof source === 'string') return { text: await copyString(source, turns), made: false }
  const bytes = bytesOf(source)
  if (bytes !== undefined) return { text: await copyBytes(bytes, turns), made: false }
  const object = objectOf(source)
  return { text: await turns.through((signal) => encodePayloadAsync(object, signal)), made: true }
}

/** The bytes of a buffer or view, in place; of memory that other threads can change, a copy. */
export function bytesOf(source: unknown): Uint8Array | undefined {
  let bytes: Uint8Array
  if (ArrayBuffer.isView(source)) {
    const { buffer, byteOffset, byteLength } = source
    bytes = source instanceof Uint8Array ? source : new Uint8Array(buffer, byteOffset, byteLength)
  } else if (isAnyArrayBuffer(source)) {
    bytes = new Uint8Array(source)
  } else return undefined
  return isSharedArrayBuffer(bytes.buffer) ? Uint8Array.from(bytes) : bytes
}

/** A lone surrogate becomes the escape that stands for it in JSON, so that the check finds it at its place. */
export function wellFormed(text: string): string {
  if (text.isWellFormed()) return text
  return text.replace(/\p{Surrogate}/gu, (lone) => `\\u${lone.charCodeAt(0).toString(16)}`)
}

/** What may be a payload. */
export function objectOf(source: unknown): object {
  if (typeof source === 'object' && source !== null && !Array.isArray(source)) return source
  const kind = source === null ? 'null' : Array.isArray(source) ? 'an array' : typeof source
  const problem = `a payload is wanted: an object, a Buffer or Uint8Array, a string, or what was checked; not ${kind}`
  throw Object.assign(new TypeError(problem), { code: 'ERR_INVALID_ARG_TYPE' })
}

async function copyBytes(bytes: Uint8Array, turns: Turns): Promise<Text> {
  const { length } = bytes
  if (length <= SLICE) return native.textOfBytes(bytes)
  const builder = new native.TextBuilder(length)
  for (let at = 0; at < length; at += SLICE) {
    if (bytes.length < length) throw new TypeError('the buffer was detached or cut while it was read')
    value(builder.append(bytes.subarray(at, at + SLICE)))
    await turns.next()
  }
  return value(builder.finish())
}

async function copyString(text: string, turns: Turns): Promise<Text> {
  if (text.length <= SLICE) return native.textOfString(wellFormed(text))
  const builder = new native.TextBuilder(text.length)
  // A new one for each piece would take three times as long.
  const bytes = Buffer.allocUnsafe(3 * (SLICE + 1))
  for (let at = 0, end: number; at < text.length; at = end) {
    end = Math.min(at + SLICE, text.length)
    // Two surrogates that belong together stay together.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1
    const piece = text.slice(at, end)
    if (piece.isWellFormed()) value(builder.append(bytes.subarray(0, bytes.write(piece))))
    else value(builder.append(Buffer.from(wellFormed(piece))))
    await turns.next()
  }
  return value(builder.finish())
}

/** Work in turns with the others of the event loop, within the limits of the call. */
export class Turns {
  readonly #options: CallOptions | null | undefined
  readonly #began = performance.now()
  #since = this.#began

  constructor(options: CallOptions | null | undefined) {
    throwIfAborted(options)
    this.#options = options
  }

  /** Throws if the call was aborted, or its time is up. */
  check(): void {
    throwIfAborted(this.#options)
    const timeout = this.#options?.timeout
    // What is no time at all is for the native module to refuse.
    if (timeout != null && timeout >= 0 && performance.now() - this.#began > timeout) throw expired(timeout)
  }

  /** Lets others have their turn, if this took long enough. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < PATIENCE) return
    await new Promise(setImmediate)
    this.check()
    this.#since = performance.now()
  }

  /** What takes turns by itself, until the call is to end. */
  async through<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, timeout } = this.#options ?? {}
    const ending = new AbortController()
    const end = (): void => ending.abort()
    const forget = signal ? onAbort(signal, end) : undefined
    const timer = timeout != null && timeout < LONGEST ? setTimeout(end, timeout) : undefined
    try {
      return await work(ending.signal)
    } catch (error) {
      if (ending.signal.aborted && error === ending.signal.reason) {
        throw signal?.aborted ? aborted(signal, 'not_processed') : expired(timeout ?? 0)
      }
      throw error
    } finally {
      clearTimeout(timer)
      forget?.()
      this.#since = performance.now()
    }
  }

  /** What is left of the call, in the time that is left. */
  async last<T>(work: (limits: CallOptions) => Promise<T>): Promise<T> {
    const { signal, timeout } = this.#options ?? {}
    if (timeout == null || !(timeout >= 0)) return work({ signal, timeout })
    this.check()
    try {
      return await work({ signal, timeout: Math.max(0, timeout - (performance.now() - this.#began)) })
    } catch (error) {
      throw error instanceof TimeoutError ? expired(timeout) : error
    }
  }
}

function expired(limit: number): TimeoutError {
  return make(TimeoutError, `it took longer than ${limit} ms`, { limit, isRetryable: true })
}
