/** Several copies of the package in one process, in its main thread and in workers. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { rents } from './given.js'
import { copyAll } from './installed.js'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qlower-copies-'))
  // Files of their own: the system would take a link for the same library.
  for (const name of ['one', 'two']) copyAll(join(folder, name))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What a program prints that has both copies, as `one` and `two`. */
function run(program: string): unknown {
  const begin = `
    const { Worker, isMainThread } = require('node:worker_threads')
    const folder = ${JSON.stringify(folder)}
    const one = require(folder + '/one/node_modules/qlower')
    const two = require(folder + '/two/node_modules/qlower')
    const print = (it) => process.stdout.write(JSON.stringify(it))
    const codes = (it) => it.check('{"inigPtynm": "acme"}').findings.map((finding) => finding.code).join()
  `
  const file = join(folder, 'program.cjs')
  writeFileSync(file, `${begin}\n;(async () => {${program}})().catch((error) => print(String(error.stack)))`)
  const done = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 })
  expect({ status: done.status, signal: done.signal, stderr: done.stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  })
  return JSON.parse(done.stdout)
}

test('are two libraries of the system', () => {
  const maps = run(`
    print(require('node:fs').existsSync('/proc/self/maps')
      ? [...new Set(require('node:fs').readFileSync('/proc/self/maps', 'utf8').match(/\\S+qlower\\.node$/gm))].length
      : 2)
  `)
  expect(maps).toBe(2)
})

test('work beside each other, and are not mixed up', () => {
  const seen = run(`
    const error = (call) => { try { call() } catch (error) { return error } }
    const failed = error(() => one.checked('{}'))
    const checked = one.checked(${JSON.stringify(rents(1))})
    const foreign = error(() => two.checked(checked))
    print({
      same: one.check === two.check,
      codes: codes(one) === codes(two) && codes(one).split(',')[0],
      own: failed instanceof one.ValidationError,
      others: failed instanceof two.QlowerError,
      valid: one.check(checked).isValid,
      foreign: foreign === undefined ? 'taken' : foreign.name,
    })
  `)
  expect(seen).toEqual({
    same: false,
    codes: 'missing_field',
    own: true,
    others: false,
    valid: true,
    foreign: 'ValidationError',
  })
})

test('do their work off the event loop at the same time', () => {
  const seen = run(`
    const text = Buffer.from('{"transactions": [' + '{"id": "x"},'.repeat(2_000) + '{}]}')
    const reports = await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 ? one : two).checkAsync(text)))
    const sandboxes = await Promise.all([one.Sandbox.start(), two.Sandbox.start()])
    const answers = await Promise.all(sandboxes.map(async (it) => (await fetch(it.url)).status))
    await Promise.all(sandboxes.map((it) => it.stop()))
    print([new Set(reports.map((it) => it.errorCount)).size, reports[0].isValid, answers.length])
  `)
  expect(seen).toEqual([1, false, 2])
})

test('work in workers, which may end in the midst of it', { timeout: 90_000 }, () => {
  const seen = run(`
    if (!isMainThread) {
      const { parentPort } = require('node:worker_threads')
      parentPort.postMessage(codes(one) + '|' + codes(two))
      const sandbox = await one.Sandbox.start()
      for (;;) await Promise.all([one.checkAsync('{}'), two.checkAsync('{}'), fetch(sandbox.url)])
    }
    const wanted = codes(one) + '|' + codes(two)
    let right = 0
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 3 }, async (_, at) => {
        const worker = new Worker(__filename)
        const [told] = await require('node:events').once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, at * 15))
        await worker.terminate()
        if (told === wanted) right++
      }))
      if ((await two.checkAsync('{}')).isValid) throw new Error('valid?')
    }
    print(right)
  `)
  expect(seen).toBe(15)
})
