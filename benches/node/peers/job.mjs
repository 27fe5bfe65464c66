// What every contender does, with its own `validate` and `build`, and how long that alone took.
//
//   node PROGRAM validate FILE          a payload in a buffer, read from a file, is checked
//   node PROGRAM rows COUNT [OUT]       rows, with numbers and texts, become the checked bytes of a payload
//   node PROGRAM typed COUNT [OUT]      the same from rows with `Date` and decimals as texts
//
// It prints JSON: whether the payload was accepted; the seconds that the work took, without start, imports and the making
// of the rows; how many bytes were built; the most memory that the process had, in bytes.

import { readFileSync, writeFileSync } from 'node:fs'

import { properties, transactions, typed } from '../data.mjs'

function peak() {
  try {
    // Unlike what `getrusage` tells, this begins anew with the program.
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

/**
 * Does what the command line says. `validate(buffer)` gives whether the payload is right; `build(transactions, properties)`
 * gives its bytes in whatever can be
 * sent, or nothing if it is wrong.
 */
export function main(contender) {
  const [job, given, out] = process.argv.slice(2)
  let work
  if (job === 'validate') {
    const buffer = readFileSync(given)
    work = () => contender.validate(buffer)
  } else {
    // A file of rows instead of a number of them: broken ones.
    const rows = Number.isNaN(Number(given)) ? JSON.parse(readFileSync(given, 'utf8')) : undefined
    const entries = rows?.transactions ?? transactions(Number(given))
    const lots = rows?.properties ?? properties()
    const build = job === 'typed' ? contender.buildTyped : contender.build
    if (job === 'typed') typed(entries)
    work = () => build(entries, lots)
  }
  const began = process.hrtime.bigint()
  const result = work()
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  const most = peak()
  const bytes = result?.byteLength ?? result?.size ?? 0
  const accepted = result === true || bytes > 0
  if (out !== undefined) writeFileSync(out, result.toBuffer?.() ?? result)
  console.log(JSON.stringify({ accepted, seconds, bytes, peak: most }))
}

/** A row with a `Date` as it has to be for a schema of JSON, and in JSON. */
export const withTextualDate = (row) => ({ ...row, reqdExctnDt: row.reqdExctnDt.toISOString().slice(0, 10) })
