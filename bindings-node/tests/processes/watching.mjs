// Watches a reading in a worker thread until it is terminated, or ends, as `how` says.

import { parentPort, workerData } from 'node:worker_threads'

import { live } from 'qlower'

const { url, how } = workerData
const feed = new live.LiveFeed({ url, path: 'current_power', interval: 1000 })
const watch = feed.watch()
await watch.next()
parentPort.postMessage('watching')
if (how === 'terminated') for await (const _ of feed);
if (how === 'exits') process.exit(0)
