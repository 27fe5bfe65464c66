// The vectors of the core, read as their README says, and the digest of what the check finds in them.
//
//   node tests/vectors.mjs
//
// They are those of this repository, or of the one that QLOWER_REPOSITORY names.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { check } from 'qlower'

const repository = process.env.QLOWER_REPOSITORY ?? join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = join(resolve(repository), 'qlower-core/vectors/check')

/** All vectors, in the order of the file names. */
export function load() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  if (files.length === 0) throw new Error(`no vectors in ${folder}`)
  return files.sort().flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

/** The input of a vector, as bytes. */
export function textOf({ input }) {
  if (typeof input === 'string') return Buffer.from(input)
  if ('lines' in input) return Buffer.from(input.lines.join('\n'))
  if ('parts' in input) return Buffer.from(input.parts.map(([text, times]) => text.repeat(times)).join(''))
  return Buffer.from(input.base64, 'base64')
}

/** Compact JSON with sorted keys. */
export function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}

/** Checks all vectors; gives the report of each, and the line about all of them. */
export function run() {
  const digest = createHash('sha256')
  const reports = load().map((vector) => {
    const report = check(textOf(vector), { strict: vector.strict ?? false, today: vector.today })
    digest.update(`${vector.name}\n${canonical(report.toJSON())}\n`)
    return { vector, report }
  })
  return { reports, line: `${reports.length} vectors, digest ${digest.digest('hex')}` }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(run().line)
