/** The service loads, and tells what is wrong. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'

import type { FastifyInstance } from 'fastify'
import { Client, Sandbox } from 'qlower'

import { createApp } from '../service.ts'
import { FOLDER } from './run.ts'

const SAMPLE = {
  properties: [
    {
      id: 'P1',
      description: 'Appartement 1',
      street: "rue de l'Église",
      town: 'Orléans',
      postCode: '45000',
      country: 'FR',
      lastName: 'Dupont',
      firstName: 'Élise',
      email: 'elise.dupont@example.com',
      acquisitionDate: '2010-05-06',
      taxRegime: 5,
    },
  ],
  transactions: [
    { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: '850.00', reference: 'Loyer janvier' },
  ],
}

/** The service beside a sandbox, for one test. */
async function started(context: TestContext): Promise<{ app: FastifyInstance; sandbox: Sandbox }> {
  const sandbox = await Sandbox.start()
  const client = new Client({ ...sandbox.clientOptions({ s3: false }), retry: { maxAttempts: 1 } })
  const app = createApp(client, sandbox.partner, sandbox.apiKey)
  context.after(async () => {
    await app.close()
    await client.close()
    await sandbox.stop()
  })
  return { app, sandbox }
}

const post = (app: FastifyInstance, payload: object) => app.inject({ method: 'POST', url: '/loads', payload })

test('it loads', async (context) => {
  const { app, sandbox } = await started(context)
  const answer = await post(app, SAMPLE)
  assert.equal(answer.statusCode, 200)
  const { accepted, failed } = answer.json()
  assert.deepEqual([accepted, failed], [2, 0])
  assert.equal(sandbox.loaded().count('transactions'), 1)
})

test('it answers with the report, and sends nothing', async (context) => {
  const { app, sandbox } = await started(context)
  const answer = await post(app, {
    ...SAMPLE,
    transactions: [{ ...SAMPLE.transactions[0], amount: '1 500,00' }],
  })
  assert.equal(answer.statusCode, 422)
  const { is_valid, findings } = answer.json()
  assert.equal(is_valid, false)
  assert.deepEqual(
    findings.map((it: { code: string; suggestion: string }) => [it.code, it.suggestion]),
    [['invalid_decimal', '1500.00']],
  )
  assert.equal(sandbox.requests().length, 0)
})

test('it refuses what it does not know', async (context) => {
  const { app } = await started(context)
  assert.equal((await post(app, { rows: [] })).statusCode, 400)
  assert.equal((await post(app, { apiKey: 'another', transactions: [] })).statusCode, 400)
  const text = await app.inject({
    method: 'POST',
    url: '/loads',
    headers: { 'content-type': 'application/json' },
    payload: 'null',
  })
  assert.equal(text.statusCode, 400)
})

test('it says when to try again', async (context) => {
  const { app, sandbox } = await started(context)
  sandbox.failNext({ name: 'too_many_requests', retryAfter: 7_000 })
  const answer = await post(app, SAMPLE)
  assert.equal(answer.statusCode, 503, answer.body)
  assert.equal(answer.headers['retry-after'], '7')
  assert.equal(answer.json().certainty, 'not_processed')
  assert.equal((await post(app, SAMPLE)).statusCode, 200)
})

test('it runs as a program, and ends', async () => {
  const sandbox = await Sandbox.start()
  const child = spawn(process.execPath, ['--import', 'tsx', 'service.ts'], {
    cwd: FOLDER,
    env: {
      ...process.env,
      PORT: '0',
      QLOWER_ENVIRONMENT: sandbox.url,
      QLOWER_PARTNER: sandbox.partner,
      QLOWER_API_KEY: sandbox.apiKey,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  try {
    const [address] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const answer = await fetch(new URL('/loads', address.trim()), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SAMPLE),
    })
    assert.equal(answer.status, 200, await answer.text())
    assert.equal(sandbox.loaded().count('transactions'), 1)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'close'), [0, null])
  } finally {
    child.kill('SIGKILL')
    await sandbox.stop()
  }
})
