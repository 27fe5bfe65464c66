// Worker threads that are terminated in the middle of everything.
//
//   node terminate.mjs ROUNDS

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import { Client, checkAsync, PayloadWriter, Sandbox } from 'qlower'

const rent = (number) => ({
  id: `T${number}`,
  date: '2025-01-31',
  propertyId: 'P1',
  amount: 850.5,
  reference: 'Loyer',
})
const payload = (rents) => ({
  partner: 'acme',
  apiKey: 'k-1',
  createdAt: '2025-02-01T08:00:00+01:00',
  transactions: Array.from({ length: rents }, (_, at) => rent(at)),
})

async function work({ options, folder, endless }) {
  const client = new Client(endless ? { ...options, environment: endless } : options)
  const signal = new AbortController().signal
  const large = Buffer.from(JSON.stringify(payload(5000)))
  let number = 0
  const forever = async (call) => {
    for (;;) {
      await call().catch(() => {})
      parentPort.postMessage('round')
    }
  }
  number += 1
  forever(() => client.send(payload(2), { signal }))
  forever(() => client.upload(payload(++number), { signal, onProgress: () => new Promise(setImmediate) }))
  forever(() => checkAsync(large, { signal, timeout: 10_000 }))
  forever(async () => {
    const writer = await PayloadWriter.folder(`${folder}/${Math.random()}`, {
      partner: 'acme',
      apiKey: 'k-1',
    })
    await writer.writeTransactions(payload(2000).transactions)
    await writer.finish()
  })
}

if (isMainThread) {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const { createServer } = await import('node:net')
  const folder = mkdtempSync(`${tmpdir()}/qlower-workers-`)
  const silent = createServer((socket) => socket.on('error', () => {}))
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
  const options = sandbox.clientOptions()
  let rounds = 0
  for (let round = 0; round < Number(process.argv[2]); round += 1) {
    const endless = round % 3 === 2 ? `http://127.0.0.1:${silent.address().port}` : undefined
    const worker = new Worker(new URL(import.meta.url), { workerData: { options, folder, endless } })
    worker.on('message', () => {
      rounds += 1
    })
    worker.on('error', (error) => {
      console.error(error)
      process.exit(1)
    })
    await new Promise((resolve) => worker.once(endless ? 'online' : 'message', resolve))
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 60))
    await worker.terminate()
  }
  // The library goes on in this thread.
  const client = new Client(options)
  const { certainty } = await client.send(payload(1))
  await client.close()
  await sandbox.stop()
  silent.close()
  rmSync(folder, { recursive: true, force: true })
  console.log(`${certainty} after ${rounds > 0 ? 'some' : 'no'} rounds`)
} else {
  await work(workerData)
}
