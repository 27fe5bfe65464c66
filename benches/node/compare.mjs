// Compares the Node package with what checks payloads in Node today, in whole programs; see README.md.
//
//   node benches/node/compare.mjs [--runs 5] [--package FILE…] [--json FILE]
//   node benches/node/compare.mjs --quick      no figures: all of them accept what is right, and refuse what is wrong

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, loadavg, platform, release } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { broken } from './broken.mjs'
import { small, writePayload } from './data.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = join(HERE, '../..')
const CHECKING = ['qlower', 'typebox', 'ajv', 'ajv-published', 'zod']
const CONTENDERS = [...CHECKING, 'json', 'nothing']
const LONGEST = 300_000

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `ended with ${status}`}`)
}

/** The package as it is in this repository, built and packed as for a release: its files. */
function packed(folder) {
  const own = join(ROOT, 'bindings-node')
  if (!existsSync(join(own, 'node_modules')))
    run('npm', ['install', '--silent', '--ignore-scripts', '--no-save'], own)
  const module = join(folder, 'client.node')
  const packages = join(folder, 'packages')
  rmSync(packages, { recursive: true, force: true })
  run('node', ['tools/build.mjs', '--profile', 'wheel', '--features', 'client', '--out', module], own)
  run('node', ['tools/pack.mjs', '--client', module, '--out', packages], own)
  return readdirSync(packages).map((name) => join(packages, name))
}

/** The peers, and the package. */
function install(packages) {
  run('npm', ['ci', '--silent', '--ignore-scripts'], HERE)
  // Offline: the registry is not asked for the packages of the other platforms.
  const how = ['install', '--silent', '--offline', '--ignore-scripts', '--no-save', '--no-package-lock']
  run('npm', [...how, ...packages.map((file) => resolve(file))], HERE)
}

/** One program from start to end: what it printed, and how many seconds all of it took. */
async function once(contender, job) {
  const began = process.hrtime.bigint()
  const child = spawn(process.execPath, [join(HERE, `peers/${contender}.mjs`), ...job], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
    timeout: LONGEST,
  })
  let printed = ''
  child.stdout.on('data', (text) => {
    printed += text
  })
  const [code, signal] = await new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (...ended) => done(ended))
  })
  const whole = Number(process.hrtime.bigint() - began) / 1e9
  if (code !== 0) throw new Error(`${contender} ${job.join(' ')} ended with ${code ?? signal}`)
  return { ...JSON.parse(printed), whole }
}

async function accepts(contender, job) {
  const taken = await once(contender, job)
  if (!taken.accepted) throw new Error(`${contender} refuses what is right: ${job.join(' ')}`)
  return taken
}

/** What a text holds, however its keys are ordered and its amounts are spelled. */
function content(file) {
  const sorted = (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  const payload = JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
    key === 'amt' ? Number(value) : value,
  )
  return createHash('sha256').update(JSON.stringify(payload, sorted)).digest('hex')
}

/** All of them build the same payload. */
async function sameContent(job, folder) {
  const found = new Map()
  for (const contender of CONTENDERS.slice(0, -1)) {
    const file = join(folder, `${contender}.json`)
    await accepts(contender, [...job, file])
    found.set(contender, content(file))
    rmSync(file)
  }
  if (new Set(found.values()).size !== 1) {
    throw new Error(`${job.join(' ')}: not the same payload: ${JSON.stringify(Object.fromEntries(found))}`)
  }
}

/** Every contender that checks refuses every payload with a mistake, as a text and as rows. */
async function refuseMistakes(folder) {
  let refused = 0
  const file = join(folder, 'broken.json')
  for (const { name, payload } of broken(small)) {
    writeFileSync(file, JSON.stringify(payload))
    const jobs = name.startsWith('transactions') ? ['validate', 'rows'] : ['validate']
    for (const job of jobs) {
      for (const contender of CHECKING) {
        if ((await once(contender, [job, file])).accepted)
          throw new Error(`${contender} accepts ${name} (${job})`)
        refused++
      }
    }
  }
  return refused
}

/** All in turn, another one first in every round; the first round warms up and does not count. */
async function compare(job, rounds) {
  const runs = Object.fromEntries(CONTENDERS.map((contender) => [contender, []]))
  for (let number = 0; number <= rounds; number++) {
    const at = number % CONTENDERS.length
    for (const contender of [...CONTENDERS.slice(at), ...CONTENDERS.slice(0, at)]) {
      const taken = await accepts(contender, job)
      if (number > 0) runs[contender].push(taken)
    }
  }
  return runs
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Medians, and how many times ours each of them is. */
function table(title, runs) {
  const of = (contender, what) => median(runs[contender].map((taken) => taken[what]))
  const seconds = (number) => `${number.toFixed(3)} s`.padStart(9)
  const times = (number) => `${number.toFixed(1)} ×`.padStart(8)
  console.log(`\n${title}`)
  console.log(
    `  ${''.padEnd(15)}${'work'.padStart(9)}${' '.repeat(8)}${'whole'.padStart(9)}${' '.repeat(8)}${'least'.padStart(9)}${'most'.padStart(9)}${'peak'.padStart(9)}`,
  )
  for (const [contender, all] of Object.entries(runs)) {
    const wholes = all.map((taken) => taken.whole)
    const peak = Math.max(...all.map((taken) => taken.peak)) / 1e6
    console.log(
      `  ${contender.padEnd(15)}${seconds(of(contender, 'seconds'))}${times(of(contender, 'seconds') / of('qlower', 'seconds'))}` +
        `${seconds(of(contender, 'whole'))}${times(of(contender, 'whole') / of('qlower', 'whole'))}` +
        `${seconds(Math.min(...wholes))}${seconds(Math.max(...wholes))}${peak.toFixed(0).padStart(6)} MB`,
    )
  }
}

function facts() {
  const require = createRequire(import.meta.url)
  return {
    machine: `${cpus().length} cores, ${arch()}, ${platform()} ${release()}`,
    'load average before': loadavg()[0].toFixed(2),
    node: process.versions.node,
    qlower: require('qlower/package.json').version,
    ...require('./package.json').dependencies,
  }
}

async function quick(folder) {
  const file = join(folder, 'small.json')
  writeFileSync(file, JSON.stringify(small()))
  for (const contender of CONTENDERS) await accepts(contender, ['validate', file])
  await sameContent(['rows', '200'], folder)
  await sameContent(['typed', '200'], folder)
  const refused = await refuseMistakes(folder)
  console.log(
    `${CONTENDERS.length} programs accept what is right and build the same; ${refused} refusals of mistakes`,
  )
}

async function measured(folder, options) {
  const { runs: rounds, megabytes, transactions: count } = options
  const file = join(folder, 'payload.json')
  const items = await writePayload(file, Number(megabytes))
  const known = facts()
  for (const [name, value] of Object.entries(known)) console.log(`${name}: ${value}`)
  const results = {}
  for (const [title, job] of [
    [`check a buffer of ${megabytes} MB (${items} items)`, ['validate', file]],
    [`${count} rows with numbers and texts to checked bytes`, ['rows', count]],
    [`${count} rows with Date and decimals as texts to checked bytes`, ['typed', count]],
  ]) {
    if (job[0] !== 'validate') await sameContent(job, folder)
    results[title] = await compare(job, Number(rounds))
    table(`${title}, ${rounds} runs each`, results[title])
  }
  console.log(`
work: the work alone, median; whole: the process from start to end, median, least and most
×: how many times what qlower takes; peak: the most memory of any run
ajv-published: with the JSON Schema of the SDK; json: JSON.parse or JSON.stringify alone
nothing: start, reading the file and making the rows`)
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ facts: known, runs: results }, null, 1)}\n`)
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '100' },
    transactions: { type: 'string', default: '500000' },
    package: { type: 'string', multiple: true, default: [] },
    'no-install': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const folder = join(ROOT, 'target/node-bench')
mkdirSync(folder, { recursive: true })
if (!options['no-install']) install(options.package.length > 0 ? options.package : packed(folder))
await (options.quick ? quick(folder) : measured(folder, options))
