// Gives a reading out, watches it for a moment, and then has nothing to do any more.
//
//   node readings.mjs left|closed|aborted|open

import { createServer } from 'node:http'

import { live } from 'qlower'

const how = process.argv[2]
const producer = live.producer(async () => 42.5, { timeout: 60_000, freshFor: 60_000 })
const server = createServer(producer.node).listen(0, '127.0.0.1')
await new Promise((listening) => server.once('listening', listening))
const url = `http://127.0.0.1:${server.address().port}/`
const feed = new live.LiveFeed({ url, path: 'current_power' })
const controller = new AbortController()
const watch = feed.watch({ signal: controller.signal })
for await (const { text } of how === 'left' ? feed : [(await watch.next()).value]) {
  console.log(text)
  break
}
if (how === 'aborted') controller.abort()
else if (how !== 'open') watch.close()
server.close()
server.closeAllConnections()
