// Looks at packed packages: what they hold, how large they are, and whether that is as it must be.
//
//   node tools/look.mjs FILE… [--megabytes 4.05]

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  options: { megabytes: { type: 'string', default: '4.05' } },
  allowPositionals: true,
})

const everywhere = ['package.json', 'README.md', 'LICENSE-APACHE', 'LICENSE-MIT']
const magic = { linux: '7f454c46', darwin: 'cffaedfe', win32: '4d5a9000' }

/** Names and contents of what is in a package. */
function contents(tarball) {
  const bytes = gunzipSync(readFileSync(tarball))
  const files = new Map()
  for (let at = 0; bytes[at]; ) {
    const text = (from, length) =>
      bytes.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12), 8)
    const name = [text(345, 155), text(0, 100)].filter(Boolean).join('/')
    if (!name.endsWith('/'))
      files.set(name.replace(/^package\//, ''), bytes.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** The files of the main package: few with programs, and the types of each module in `ts`. */
function compiled() {
  const modules = readdirSync(join(here, 'ts')).filter((it) => /\.m?ts$/.test(it))
  const types = modules.map((it) => it.replace(/(m?)ts$/, 'd.$1ts'))
  return ['index.js', 'index.mjs', 'platforms.js', ...types].map((it) => `dist/${it}`)
}

/** Packages that load the one for the platform. */
const families = ['@qlower/sandbox', '@qlower/connect']

/** What a package is made for. */
function own(manifest) {
  if (manifest.os) return ['qlower.node']
  return families.includes(manifest.name) ? ['index.js', 'index.d.ts'] : compiled()
}

function nativeFaults(module, manifest) {
  const faults = []
  const [os] = manifest.os
  if (module.toString('hex', 0, 4) !== magic[os]) faults.push(`qlower.node is no library for ${os}`)
  if (module.includes('.symtab')) faults.push('qlower.node has its symbols')
  const machine = {
    'the repository': dirname(here),
    'the registry': process.env.CARGO_HOME || join(homedir(), '.cargo'),
  }
  for (const [what, place] of Object.entries(machine))
    if (module.includes(`${place}/`)) faults.push(`qlower.node tells where ${what} was when it was built`)
  return faults
}

function faultsOf(files) {
  const manifest = JSON.parse(files.get('package.json')?.toString() ?? '{}')
  const wanted = [...everywhere, ...own(manifest)]
  const faults = wanted.filter((it) => !files.has(it)).map((it) => `${it} is missing`)
  for (const name of files.keys()) if (!wanted.includes(name)) faults.push(`${name} does not belong into it`)
  for (const field of ['scripts', 'dependencies', 'devDependencies'])
    if (manifest[field]) faults.push(`its package.json has ${field}`)
  if (manifest.os && files.has('qlower.node'))
    faults.push(...nativeFaults(files.get('qlower.node'), manifest))
  return faults
}

if (positionals.length === 0) throw new Error('which file?')
for (const file of positionals) {
  const { size } = statSync(file)
  const files = contents(file)
  const whole = [...files.values()].reduce((sum, it) => sum + it.length, 0)
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
  console.log(`${basename(file)}: ${megabytes(size)}, ${megabytes(whole)} installed, ${files.size} files`)
  const faults = faultsOf(files)
  if (size > Number(values.megabytes) * 1e6) faults.push(`it has more than ${values.megabytes} MB`)
  for (const fault of faults) console.error(`error: ${basename(file)}: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
}
