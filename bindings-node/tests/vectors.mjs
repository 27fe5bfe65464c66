// The vectors of the core, run, and the digest of what comes of them.
//
//   node tests/vectors.mjs

import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { check } from 'qlower'

import { common, run as runLive } from './live-vectors.mjs'
import { run as runNaming } from './naming-vectors.mjs'
import { bytesOf, load } from './vectors-data.mjs'
import { run as runWebhooks } from './webhook-vectors.mjs'

/** The input of a vector of the check, as bytes. */
export function textOf({ input }) {
  return bytesOf(input)
}

/** Compact JSON with sorted keys. */
export function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}

/** Runs all vectors; gives the report or outcome of each, and the line about all of them. */
export async function run() {
  const digest = createHash('sha256')
  const reports = load('check').map((vector) => {
    const report = check(textOf(vector), { strict: vector.strict ?? false, today: vector.today })
    digest.update(`${vector.name}\n${canonical(report.toJSON())}\n`)
    return { vector, report }
  })
  const readings = await runLive()
  const names = runNaming()
  const webhooks = runWebhooks()
  const others = [
    ...readings.map(({ vector, outcome }) => [vector, common(outcome)]),
    ...names.map(({ vector, outcome }) => [vector, outcome]),
    ...webhooks.map(({ vector, outcome }) => [vector, outcome]),
  ]
  for (const [vector, outcome] of others) digest.update(`${vector.name}\n${canonical(outcome)}\n`)
  const number = reports.length + others.length
  return { reports, readings, webhooks, names, line: `${number} vectors, digest ${digest.digest('hex')}` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await run()).line)
