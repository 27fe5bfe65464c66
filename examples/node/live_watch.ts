/**
 * Examines the endpoint of a plant, says in French what it lacks, and watches its power.
 *
 *     export PLANT_API_KEY=…
 *     npx tsx live_watch.ts http://127.0.0.1:8080/ data.power.value --times 3
 *
 * Without `--times` it watches until it is interrupted.
 */

import { parseArgs } from 'node:util'

import { live } from 'qlower'

const { values, positionals } = parseArgs({
  options: { times: { type: 'string' }, interval: { type: 'string', default: '5' } },
  allowPositionals: true,
})
const [url, path = 'current_power'] = positionals
if (url === undefined) {
  console.error('live_watch: which URL?')
  process.exit(2)
}
const key = process.env['PLANT_API_KEY']
const auth = key === undefined ? undefined : { apiKey: key }

const report = await live.probe(url, path, { auth })
console.log(report.text('fr'))

const feed = new live.LiveFeed({ url, path, auth, showIn: 'kW', interval: Number(values.interval) * 1000 })
const controller = new AbortController()
process.once('SIGINT', () => controller.abort())
let left = Number(values.times ?? Number.POSITIVE_INFINITY)
try {
  for await (const state of feed.watch({ signal: controller.signal })) {
    const why = state.kind === 'connection_error' ? ` : ${state.cause.messageFr}` : ''
    console.log(`${state.textFr}${why}`)
    left -= 1
    // Whoever leaves the loop ends the polling.
    if (left <= 0) break
  }
} catch (error) {
  if (!controller.signal.aborted) throw error
}
