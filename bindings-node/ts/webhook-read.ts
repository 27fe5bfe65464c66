/** Bodies read off streams, up to a size and within a time. */

import type { Readable } from 'node:stream'

import type { Done } from './webhook-engine.js'

const TOO_LARGE: Done = { answer: 'too_large' }
/** Also of one that broke off: nobody reads the answer then. */
const TOO_SLOW: Done = { answer: 'too_slow' }

/** The body of a stream of Node's. */
export function readReadable(
  stream: Readable,
  limit: number,
  milliseconds: number,
): Promise<Uint8Array | Done> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => end(TOO_SLOW), milliseconds)
    const add = (chunk: Buffer): void => {
      size += chunk.length
      if (size > limit) end(TOO_LARGE)
      else chunks.push(chunk)
    }
    const whole = (): void => end(Buffer.concat(chunks, size))
    const broken = (): void => end(TOO_SLOW)
    function end(result: Uint8Array | Done): void {
      clearTimeout(timer)
      stream.off('data', add).off('end', whole).off('close', broken).off('error', broken)
      stream.pause()
      // A connection that breaks afterwards is nobody's fault.
      stream.on('error', () => {})
      resolve(result)
    }
    if (stream.destroyed) {
      end(TOO_SLOW)
      return
    }
    stream.on('data', add).on('end', whole).on('close', broken).on('error', broken)
  })
}

/** Reads what nobody wants, up to a size and within a time. */
export function discard(stream: Readable, limit: number, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    let left = limit
    const timer = setTimeout(end, milliseconds)
    const take = (chunk: Buffer): void => {
      left -= chunk.length
      if (left < 0) end()
    }
    function end(): void {
      clearTimeout(timer)
      stream.off('data', take).off('end', end).off('close', end).off('error', end)
      resolve()
    }
    if (stream.destroyed || stream.readableEnded) end()
    else stream.on('data', take).on('end', end).on('close', end).on('error', end).resume()
  })
}

/** The body of a stream of the web's. */
export async function readWeb(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
  milliseconds: number,
): Promise<Uint8Array | Done> {
  if (stream === null) return new Uint8Array()
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'late')
  })
  try {
    while (true) {
      const read = await Promise.race([reader.read(), late])
      if (read === 'late') return TOO_SLOW
      if (read.done) return Buffer.concat(chunks, size)
      size += read.value.byteLength
      if (size > limit) return TOO_LARGE
      chunks.push(read.value)
    }
  } catch {
    return TOO_SLOW
  } finally {
    clearTimeout(timer)
    // Whether it can be is the server's affair.
    reader.cancel().catch(() => {})
  }
}
