// A worker thread that is terminated while it sends: its connection is closed.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

import { Client } from 'qlower'

if (isMainThread) {
  const silent = createServer()
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const environment = `http://127.0.0.1:${silent.address().port}`
  const worker = new Worker(new URL(import.meta.url), { workerData: environment })
  const [socket] = await once(silent, 'connection')
  socket.on('error', () => {})
  await once(socket, 'data')
  const closed = once(socket.resume(), 'close')
  await worker.terminate()
  await closed
  silent.close()
  console.log('closed')
} else {
  const rent = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' }
  const header = { partner: 'acme', apiKey: 'k-1', createdAt: new Date(0) }
  await new Client({ environment: workerData, partner: 'acme' }).send({ ...header, transactions: [rent] })
}
