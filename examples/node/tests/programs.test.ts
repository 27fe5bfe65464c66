/** The other programs do what they say. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { run } from './run.ts'

test('a report in French, and as JSON', async () => {
  const { out } = await run('report.ts', [], 1)
  assert.match(out, /« 8543010820001 » n'est pas un SIRET/)
  assert.match(out, /^11 erreurs, 5 avertissements/m)
  const json = JSON.parse((await run('report.ts', ['--json'], 1)).out)
  assert.equal(json.is_valid, false)
  assert.equal(json.findings.length, 16)
})

test('a report of a file names its lines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'qlower-report-'))
  const file = join(folder, 'payload.json')
  const header =
    '{"inigPtynm": "acme", "apiKey": "sandbox-key", "creDtTm": "2025-02-01T08:00:00Z", "versionId": "2.0",\n'
  try {
    await writeFile(file, `${header} "transactions": [{"id": "T1", "amt": "1 500,00"}]}`)
    const { out } = await run('report.ts', [file, '--lang', 'en'], 1)
    assert.match(
      out,
      /error\[invalid_decimal\]: "1 500,00" is not a decimal number.*\n --> payload\.json:2:39 .*\n.*\n2 \| .*1 500,00/,
    )
    await writeFile(file, `${header} "transactions": []}`)
    await run('report.ts', [file])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('rows of a database arrive in the bucket, and are loaded', async () => {
  const { out, err } = await run('stream.ts', ['--copies', '3'])
  assert.equal(err, '')
  assert.match(out, /^Checked: .*transactions 18000\.$/m)
  assert.match(out, /^sandbox: 18000 transactions$/m)
  assert.match(out, /MB, processed, success \(success\/loader-/)
})
