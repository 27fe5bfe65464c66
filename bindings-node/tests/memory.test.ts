import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { check } from 'qlower'
import { expect, test } from 'vitest'

import { rents } from './given.js'

const MILLION = 1_000_000
/** So many milliseconds the test may take, about. */
const PATIENCE = 20_000

/** A million, unless the module is one for debugging, which is slow. */
function affordable(): number {
  const text = Buffer.from(rents(2))
  const began = performance.now()
  for (let done = 0; done < 2000; done++) check(text)
  const each = (performance.now() - began) / 2000
  // What else is done besides takes about as long again.
  return Math.min(MILLION, Math.floor(PATIENCE / (2 * each)))
}

test('checks leave nothing behind', { timeout: 20 * PATIENCE }, async () => {
  const checks = affordable()
  const program = join(import.meta.dirname, 'memory.mjs')
  const run = promisify(execFile)(process.execPath, ['--expose-gc', program, `${checks}`])
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    throw new Error(error.stdout + error.stderr)
  })
  process.stdout.write(stdout.slice(0, stdout.indexOf('\n') + 1))
  expect(stdout).toContain(`bytes: ${checks} times`)
})
