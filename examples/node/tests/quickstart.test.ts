/** The quickstart tells what the ones in Rust and in Python tell. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'

import { FOLDER, run } from './run.ts'

test('it reads, checks, sends and tells', async () => {
  const { out, err } = await run('quickstart.ts')
  assert.equal(err, '')
  const lines = out.split('\n')
  const times = (line: string) => lines.filter((it) => it === line).length
  for (const line of [
    'The books of a letting agency, from CSV files to Qlower.',
    'error[invalid_siret]: "8543010820001" is not a SIRET: 14 digits.',
    '  = did you mean: 1250.00',
    '11 errors, 5 warnings: not valid, nothing may be sent (rules 2.0/2.2, 2026-08)',
    'Refused, nothing has left: the payload has 11 errors; first: "8543010820001" is not a SIRET: 14 digits.',
    '0 errors, 2 warnings: valid (rules 2.0/2.2, 2026-08)',
    'attempts   1',
    'attempts   2, and an earlier one may have been processed too',
    'bucket     ql-loader-stg-sandbox',
    '4 loads were treated, and there are still 6500 items: what exists is not created again.',
  ]) {
    assert.equal(times(line), 1, `${line}\n${out}`)
  }
  for (const [line, expected] of [
    ['Checked: declarants 40, associates 90, properties 120, transactions 6000, documents 250.', 2],
    ['6500 in all, 6500 accepted, 0 failed', 2],
    ['  transactions   6000 accepted, 0 failed', 2],
    ['sandbox    40 declarants, 90 associates, 120 properties, 6000 transactions, 250 documents', 3],
    ['certainty  processed', 3],
  ] as const) {
    assert.equal(times(line), expected, `${line}\n${out}`)
  }
  const moved = lines.filter((it) => it.startsWith('outcome    success (success/loader-'))
  assert.equal(moved.length, 1, out)
  assert.ok(!out.includes('\x1b'), 'no colours in a pipe')
})

test('a reader that leaves early is no failure', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'quickstart.ts'], {
    cwd: FOLDER,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = await once(child, 'close')
  assert.deepEqual([code, told], [0, ''])
})
