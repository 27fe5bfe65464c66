// How long `require('qlower')` takes in a new process, above bare Node.
//
//   node tools/require-time.mjs [--from FOLDER] [--module qlower] [--runs 15] [--most 60]
//
// FOLDER is where the package is looked for: this one by default. It fails above --most milliseconds, or more on a machine
// that is busy.

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '.' },
    module: { type: 'string', default: 'qlower' },
    runs: { type: 'string', default: '15' },
    most: { type: 'string', default: '60' },
  },
})

/** Milliseconds of a whole process, and what it printed. */
function run(program) {
  const began = process.hrtime.bigint()
  const done = spawnSync(process.execPath, ['-e', program], { cwd: values.from, encoding: 'utf8' })
  const taken = Number(process.hrtime.bigint() - began) / 1e6
  if (done.status !== 0) {
    console.error(`error: ${program}\n${done.stderr}`)
    process.exit(1)
  }
  return { taken, printed: done.stdout }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

const name = JSON.stringify(values.module)
const files = run(`require(${name}); console.log(Object.keys(require.cache).length)`).printed.trim()
const bare = []
const loaded = []
for (let at = 0; at < Number(values.runs); at++) {
  bare.push(run('').taken)
  loaded.push(run(`require(${name})`).taken)
}
const above = median(loaded) - median(bare)
console.log(
  `require('${values.module}'): ${above.toFixed(1)} ms above bare Node's ${median(bare).toFixed(1)} ms` +
    ` (medians of ${values.runs}), ${files} files`,
)
// Where bare Node takes longer than on an idle machine, so may this.
const most = Number(values.most) * Math.max(1, median(bare) / 50)
if (above > most) {
  console.error(`error: require('${values.module}') takes more than ${most.toFixed(0)} ms`)
  process.exitCode = 1
}
