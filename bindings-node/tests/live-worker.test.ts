/** A feed ends with the thread that watches it, however that ends. */

import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'

import { Endpoint } from './live-servers.js'

const workers: Worker[] = []
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())))

test.each(['terminated', 'exits', 'by itself'])('a worker that watches, and is or does: %s', async (how) => {
  await using endpoint = await Endpoint.start()
  const worker = new Worker(join(import.meta.dirname, 'processes/watching.mjs'), {
    workerData: { url: endpoint.url, how },
  })
  workers.push(worker)
  const ended = once(worker, 'exit')
  await once(worker, 'message')
  if (how === 'terminated') await worker.terminate()
  await ended
  await sleep(300)
  const before = endpoint.requests.length
  await sleep(2500)
  expect(endpoint.requests).toHaveLength(before)
})
