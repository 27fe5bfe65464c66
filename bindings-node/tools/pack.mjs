// Makes the packages to publish: the main one, and the one with the native module of a platform.
//
//   node tools/pack.mjs --module FILE [--platform NAME] --out FOLDER
//
// The module is one built with `node tools/build.mjs --profile wheel --out FILE`; the platform is this one by default. Look
// at what comes of it with tools/look.mjs.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(here)
const stage = mkdtempSync(join(tmpdir(), 'qlower-pack-'))
process.on('exit', () => rmSync(stage, { recursive: true }))
const main = join(stage, 'main')
compile(join(main, 'dist'))
const { platforms } = createRequire(import.meta.url)(join(main, 'dist/platforms.js'))

function compile(folder) {
  const tsc = join(here, 'node_modules/typescript/bin/tsc')
  // The sources are not there, so that maps to them would lead nowhere.
  const args = [tsc, '--project', here, '--sourceMap', 'false', '--outDir', folder]
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) throw new Error('tsc failed')
}

/** The platform this runs on, by its package. */
function thisPlatform() {
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  return platforms.find(
    (it) =>
      it.os === process.platform &&
      it.cpu === process.arch &&
      (it.libc === undefined || (it.libc === 'musl') === musl),
  )
}

const { values } = parseArgs({
  options: {
    module: { type: 'string' },
    platform: { type: 'string', default: thisPlatform()?.name },
    out: { type: 'string' },
  },
})
if (!values.module || !values.out) throw new Error('--module and --out are wanted')
const platform = platforms.find((it) => it.name === values.platform)
if (!platform) throw new Error(`no platform is called ${values.platform}: ${platforms.map((it) => it.name)}`)

const own = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']

const about = {
  version: own.version,
  license: own.license,
  author: own.author,
  repository: own.repository,
  homepage: own.homepage,
  bugs: own.bugs,
  engines: own.engines,
  publishConfig: own.publishConfig,
}

/** The main package's own, without what is of use in the repository alone, with every platform's package. */
function mainPackage() {
  const { scripts: _scripts, devDependencies: _devDependencies, ...published } = own
  const optionalDependencies = Object.fromEntries(platforms.map((it) => [it.name, own.version]))
  return { ...published, optionalDependencies }
}

function platformPackage() {
  const of = `${platform.os} on ${platform.cpu}${platform.libc ? ` with ${platform.libc}` : ''}`
  return {
    name: platform.name,
    description: `The native module of the package qlower for ${of}`,
    ...about,
    main: './qlower.node',
    files: ['qlower.node', ...licences],
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc ? { libc: [platform.libc] } : {}),
    // A library cannot be loaded out of an archive.
    preferUnplugged: true,
  }
}

function strip(file) {
  const how = platform.os === 'darwin' ? ['-x', file] : ['--strip-all', file]
  // There a module has its symbols beside it.
  if (platform.os === 'win32') return
  const done = spawnSync(process.env.STRIP ?? 'strip', how, { stdio: 'inherit' })
  if (done.status !== 0) throw new Error(`strip failed: ${done.error ?? done.status}`)
}

function pack(folder) {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(values.out)]
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const done = spawnSync(npm, args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  if (done.status !== 0) throw new Error(`npm pack failed: ${done.stderr}`)
}

function write(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const name of licences) cpSync(join(root, name), join(folder, name))
}

mkdirSync(values.out, { recursive: true })
for (const name of readdirSync(values.out)) if (name.endsWith('.tgz')) rmSync(join(values.out, name))

cpSync(join(here, 'README.md'), join(main, 'README.md'))
write(main, mainPackage())
pack(main)

const native = join(stage, 'native')
mkdirSync(native)
cpSync(values.module, join(native, 'qlower.node'))
strip(join(native, 'qlower.node'))
const manifest = platformPackage()
const readme = `# ${manifest.name}\n\n${manifest.description}, which brings it along: install that one.\n`
writeFileSync(join(native, 'README.md'), readme)
write(native, manifest)
pack(native)
