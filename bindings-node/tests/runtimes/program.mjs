// What a program does with the package, in Node and in others that take its packages: check, send, upload, work in a worker,
// end a call, see an error for what it is, and take a webhook. Prints a line, or fails.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

import { AbortError, Client, check, checkAsync, Sandbox, ValidationError, version, webhook } from 'qlower'

const payload = (amount) => ({
  partner: 'sandbox',
  apiKey: 'sandbox-key',
  createdAt: '2025-02-01T08:00:00+01:00',
  transactions: [{ id: 'T1', date: '2025-01-31', propertyId: 'P1', amount, reference: 'Loyer janvier' }],
})
const codes = (report) => report.errors.map((finding) => finding.code).join()

if (!isMainThread) {
  parentPort.postMessage(codes(await checkAsync(payload('1 250,00'))))
} else {
  assert.equal(codes(check(payload('1 250,00'))), 'invalid_decimal')
  assert.equal(check(Buffer.from('{"a": ')).isValid, false)

  const sandbox = await Sandbox.start()
  const client = new Client(sandbox.clientOptions())
  await assert.rejects(client.send(payload('1 250,00')), (error) => {
    assert(error instanceof ValidationError)
    assert.equal(codes(error.report), 'invalid_decimal')
    return true
  })
  const receipt = await client.send(payload('850.50'))
  assert.equal(receipt.certainty, 'processed')
  assert.equal(sandbox.loaded().count('transactions'), 1)
  const { key } = await client.upload(payload('850.50'))
  assert.match(key, /^loader-/)
  await assert.rejects(client.send(payload(850.5), { signal: AbortSignal.abort() }), AbortError)
  assert(!inspect(client).includes('sandbox-key'))
  await client.close()
  await sandbox.stop()

  const handled = []
  const receiver = new webhook.Receiver({
    secrets: 'whsec_acme',
    dedupe: new webhook.MemoryStore(),
    handler: (event, delivery) => handled.push(event.eventType, delivery.key),
    onAnswer: () => {},
  })
  const body = '{"event_type": "order.paused", "event_id": "evt_1"}'
  const answers = []
  for (const secret of ['whsec_acme', 'whsec_acme', 'another']) {
    const headers = { 'content-type': 'application/json', 'x-qlower-signature': webhook.sign(body, secret) }
    const request = new Request('http://127.0.0.1/webhooks', { method: 'POST', headers, body })
    const answer = await receiver.fetch(request)
    answers.push([answer.status, (await answer.json()).status])
  }
  assert.deepEqual(answers, [
    [200, 'handled'],
    [200, 'duplicate'],
    [401, 'refused'],
  ])
  assert.deepEqual(handled, ['order.paused', 'evt_1'])

  for (let at = 0; at < 3; at++) {
    const worker = new Worker(fileURLToPath(import.meta.url))
    const [found] = await once(worker, 'message')
    assert.equal(found, 'invalid_decimal')
    await worker.terminate()
  }
  const { bun, deno, node } = process.versions
  console.log(`qlower ${version} in ${bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`}: ok`)
}
