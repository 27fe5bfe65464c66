/** Runs the examples as their readers do. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the examples. */
export const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** What a program printed. */
export interface Done {
  out: string
  err: string
}

/** Runs a program with nothing of the tester's own settings. No key may be shown. */
export async function run(
  name: string,
  args: string[] = [],
  code = 0,
  variables: Record<string, string> = {},
): Promise<Done> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(QLOWER_|AWS_|NO_COLOR|FORCE_COLOR|NODE_)/.test(key)),
  )
  const child = spawn(process.execPath, ['--import', 'tsx', name, ...args], {
    cwd: FOLDER,
    env: { ...env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  const done: Done = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    done.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    done.err += text
  })
  const ended = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(status ?? signal))
  })
  assert.equal(ended, code, done.out + done.err)
  assert.doesNotMatch(done.out + done.err, /sandbox-key/)
  return done
}
