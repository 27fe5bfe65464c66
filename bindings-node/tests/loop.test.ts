import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, checkAsync, checkedAsync, checkFile, type Source, splitAsync } from 'qlower'
import { afterAll, expect, test } from 'vitest'

import { rents } from './given.js'

const text = rents(100_000)
const bytes = Buffer.from(text)
const folder = mkdtempSync(join(tmpdir(), 'qlower-loop-'))
const file = join(folder, 'long.json')
writeFileSync(file, bytes)
afterAll(() => rmSync(folder, { recursive: true }))

/** How many turns the event loop had while something went on. */
async function turns(work: () => Promise<unknown>): Promise<number> {
  let counted = 0
  let goesOn = true
  const turn = (): void => {
    counted += 1
    if (goesOn) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  goesOn = false
  return counted
}

const works: [string, () => Promise<unknown>][] = [
  ['checkAsync of bytes', () => checkAsync(bytes)],
  ['checkAsync of a string', () => checkAsync(text)],
  ['checkedAsync', () => checkedAsync(bytes)],
  ['checkFile', () => checkFile(file)],
  ['splitAsync', () => splitAsync(bytes, { maxItems: 1000 })],
]

test.each(works)('%s leaves the event loop to others', { timeout: 120_000 }, async (_, work) => {
  const many = await turns(work)
  // Not by time, which on a busy machine tells nothing: a check that blocks takes one turn.
  expect(many).toBeGreaterThan(100)
})

test('a long buffer is copied in turns with others', { timeout: 120_000 }, async () => {
  const long = Buffer.alloc(32 * 2 ** 20, 0x20)
  long.write(rents(1))
  expect(check(long).isValid).toBe(true)
  const checking = checkAsync(long)
  // What nobody should do, and what can be seen only if it is not copied in one go.
  setImmediate(() => long.write('?', long.length - 1))
  expect((await checking).isValid).toBe(false)
})

test('a check in the foreground is what it is compared with', async () => {
  const few = await turns(async () => check(bytes))
  expect(few).toBeLessThan(10)
})

test('many checks go on at the same time', async () => {
  const short = rents(4000)
  const sources: Source[] = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? short : Buffer.from(short)))
  const reports = await Promise.all(sources.map((source) => checkAsync(source, { maxFindings: 1 })))
  const [first] = reports
  expect(new Set(reports.map((report) => JSON.stringify(report)))).toEqual(new Set([JSON.stringify(first)]))
})
