/** The producer gives out what the meter says, and the watcher sees it. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { FOLDER, run } from './run.ts'

test('what the meter says is watched, also when the meter is broken, and only with the key', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'qlower-live-'))
  context.after(() => rm(folder, { recursive: true }))
  const meter = join(folder, 'power.json')
  await writeFile(meter, JSON.stringify({ kW: 42_500, at: new Date() }))
  const child = spawn(process.execPath, ['--import', 'tsx', 'live_producer.ts', '--meter', meter], {
    cwd: FOLDER,
    env: { ...process.env, PORT: '0', PLANT_API_KEY: 'k-1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  context.after(() => child.kill('SIGKILL'))
  const [address] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const watch = (key: string) =>
    run('live_watch.ts', [address.trim(), 'data.power.value', '--times', '2', '--interval', '1'], 0, {
      PLANT_API_KEY: key,
    })

  const { out } = await watch('k-1')
  assert.match(out, /data\.power\.value : 42,5 MW/)
  assert.match(out, /✗ Chiffrement \(https\)/)
  assert.deepEqual(out.trim().split('\n').slice(-2), ['42500 kW', '42500 kW'])

  const refused = await watch('k-2')
  assert.match(refused.out, /Erreur de connexion : .*HTTP 401/)
  assert.doesNotMatch(out + refused.out, /k-[12]/)

  await writeFile(meter, 'broken')
  await new Promise((later) => setTimeout(later, 1100))
  assert.match((await watch('k-1')).out, /Erreur de connexion : .*HTTP 503/)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [0, null])
})

test('without a key, or without a URL, they say what is missing', async () => {
  assert.match((await run('live_producer.ts', [], 2)).err, /PLANT_API_KEY is not set/)
  assert.match((await run('live_watch.ts', [], 2)).err, /which URL/)
})
