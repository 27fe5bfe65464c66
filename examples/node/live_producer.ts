/**
 * The endpoint of a plant: gives out the power that its meter shows, as a map reads it.
 *
 *     export PLANT_API_KEY=…
 *     npx tsx live_producer.ts --meter power.json
 *
 * The meter writes its value to a file, `{"kW": 42500, "at": "2025-01-31T08:30:00Z"}`. It listens on PORT, or 8080, of this machine
 * alone: put it behind the proxy that ends TLS. Then see with `live_watch.ts` what a map sees.
 */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { live } from 'qlower'

/** A producer that reads the meter's file, at most once a second, however many look. */
export function createProducer(meter: string, key: string): live.Producer {
  const source: live.Source = async ({ signal }) => {
    const { kW, at } = JSON.parse(await readFile(meter, { encoding: 'utf8', signal }))
    return { value: kW, unit: 'kW', at }
  }
  return live.producer(source, {
    auth: { apiKey: key },
    form: 'with_metadata',
    unit: 'MW',
    onError: (error) => console.error(`no value: ${(error as Error).message}`),
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { meter: { type: 'string', default: 'power.json' } } })
  const key = process.env['PLANT_API_KEY']
  if (!key) {
    console.error('live_producer: PLANT_API_KEY is not set')
    process.exit(2)
  }
  const server = createServer(createProducer(values.meter, key).node)
  server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  process.once('SIGTERM', () => {
    server.close()
    server.closeIdleConnections()
  })
}
