/** Whole programs: they end by themselves, and threads may end at any moment. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { Sandbox } from 'qlower'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { KEY, Raw } from './servers.js'

interface Ended {
  code: number | null
  signal: string | null
  out: string
  seconds: number
}

/** Runs a program to its end. */
function program(name: string, ...args: string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(`processes/${name}`, import.meta.url))
  const started = performance.now()
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    out += data
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) =>
      resolve({ code, signal, out, seconds: (performance.now() - started) / 1000 }),
    )
  })
}

let sandbox: Sandbox
let silent: Raw

beforeAll(async () => {
  sandbox = await Sandbox.start({ partners: { acme: KEY }, s3HoldLoads: true })
  silent = await Raw.start()
})
afterAll(async () => {
  await sandbox.stop()
  await silent.stop()
})

test.each([
  ['construct', 'made'],
  ['send', 'processed'],
  ['upload', 'false\ntrue'],
  ['wait', 'pending'],
  ['fail', 'AbortError'],
])('a program that has done %s ends by itself', async (what, said) => {
  const options = what === 'fail' ? { environment: silent.url } : sandbox.clientOptions()
  const { code, signal, out, seconds } = await program('once.mjs', what, '', JSON.stringify(options))
  expect([code, signal, out.trim()]).toEqual([0, null, said])
  expect(seconds).toBeLessThan(20)
})

// A watch that is open, and of which nobody waits for a state, holds nobody up either.
test.each(['left', 'closed', 'aborted', 'open'])(
  'a program whose reading was watched, and the watch is %s, ends by itself',
  async (how) => {
    const { code, signal, out, seconds } = await program('readings.mjs', how)
    expect([code, signal, out.trim()]).toEqual([0, null, '42.5'])
    expect(seconds).toBeLessThan(20)
  },
)

test.each([
  ['leave', 7],
  ['throw', 8],
])('a program may %s in the middle of calls', async (what, code) => {
  for (let round = 0; round < 5; round += 1) {
    const ended = await program('once.mjs', what, '', JSON.stringify({ environment: silent.url }))
    expect([ended.code, ended.signal, ended.out.trim()]).toEqual([code, null, 'left'])
  }
})

test('nothing goes on for a worker thread that is terminated', async () => {
  const { code, signal, out } = await program('abandoned.mjs')
  expect([code, signal, out.trim()]).toEqual([0, null, 'closed'])
})

test('worker threads are terminated in the middle, again and again', async () => {
  const { code, signal, out } = await program('terminate.mjs', '30')
  expect([code, signal, out.trim()]).toEqual([0, null, 'processed after some rounds'])
}, 120_000)
