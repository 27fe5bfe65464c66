import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { check } from 'qlower'
import { expect, test } from 'vitest'

import { rents } from './given.js'

const text = rents(2)
const long = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(rents(20_000))))
long.set(Buffer.from(rents(20_000)))
const findings = check(text).findings.length

async function worker(ending: string): Promise<Worker> {
  const started = new Worker(join(import.meta.dirname, 'worker.mjs'), { workerData: { text, long, ending } })
  const [told] = await once(started, 'message')
  expect(told).toEqual({ findings, partner: 'acme' })
  return started
}

test('workers come and go while they check', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 50; round++) {
    const one = await worker('never')
    // In the middle of something else each time.
    if (round % 3 > 0) await sleep(round % 7)
    expect(await one.terminate()).toBe(1)
  }
  expect(check(text).findings).toHaveLength(findings)
})

test.each(['by itself', 'exit'])('a worker that ends: %s', { timeout: 120_000 }, async (ending) => {
  for (let round = 0; round < 8; round++) {
    const one = await worker(ending)
    const [code] = one.threadId === -1 ? [0] : await once(one, 'exit')
    expect(code).toBe(0)
  }
})

test('several at once', { timeout: 120_000 }, async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => worker('never')))
  await Promise.all(all.map((one) => one.terminate()))
})

test('a process may end in the middle of a check', async () => {
  const program = `
    import { checkAsync } from 'qlower'
    const text = Buffer.alloc(20_000_000, 0x20)
    for (let at = 0; at < 4; at++) checkAsync(text)
    setTimeout(() => process.exit(7), 30)
  `
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  })
  await expect(run).rejects.toMatchObject({ code: 7, signal: null, stderr: '' })
})
