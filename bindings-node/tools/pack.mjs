// Makes the packages to publish: the main one, those that stand beside it, and those with their native modules for a platform.
//
//   node tools/pack.mjs --client FILE [--sandbox FILE] [--connect FILE] [--platform ID] --out FOLDER
//
// The modules are those of `node tools/build.mjs --profile wheel --features client|sandbox|connect`; the platform is this one by
// default. Without a module, its packages are not made. Look at what comes of it with tools/look.mjs.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(here)
const stage = mkdtempSync(join(tmpdir(), 'qlower-pack-'))
process.on('exit', () => rmSync(stage, { recursive: true }))
const main = join(stage, 'main')
compile(join(main, 'dist'))
bundle(join(main, 'dist'))
const { platforms } = createRequire(import.meta.url)(join(main, 'dist/platforms.js'))

function compile(folder) {
  const tsc = join(here, 'node_modules/typescript/bin/tsc')
  const run = (...args) => {
    const done = spawnSync(process.execPath, [tsc, '--project', here, '--outDir', folder, ...args], {
      stdio: 'inherit',
    })
    if (done.status !== 0) throw new Error('tsc failed')
  }
  run('--emitDeclarationOnly')
  // Comments are for the declarations; programs would read over them at every start. The sources are not there, so that maps to
  // them would lead nowhere.
  run('--declaration', 'false', '--sourceMap', 'false', '--removeComments')
}

/**
 * Puts the modules of a folder into its `index.js`, except `platforms.js`: one file is read quicker than forty. The last line is
 * for Node, which looks there for the names that an ES module can import; the one before for tests of what is inside.
 */
function bundle(folder) {
  const modules = new Map()
  const add = (name) => {
    if (modules.has(name) || name === 'platforms.js') return
    const text = readFileSync(join(folder, name), 'utf8').replace('"use strict";\n', '')
    modules.set(name, text)
    for (const [, other] of text.matchAll(/\brequire\(["']\.\/([\w-]+\.js)["']\)/g)) add(other)
  }
  add('index.js')
  const index = modules.get('index.js')
  const names = [...index.matchAll(/^(?:Object\.defineProperty\(exports, "|exports\.)(\w+)(?:"|\b)/gm)].map(
    (it) => it[1],
  )
  const exported = [...new Set(names)].filter((it) => it !== '__esModule')
  const parts = [...modules].map(([name, text]) => `"./${name}"(exports, require) {\n${text}},\n`)
  for (const name of readdirSync(folder))
    if (name.endsWith('.js') && name !== 'platforms.js') rmSync(join(folder, name))
  writeFileSync(
    join(folder, 'index.js'),
    `"use strict";
const modules = {
${parts.join('')}};
const loaded = {};
function load(name) {
  const module = modules[name];
  if (module === undefined) return require(name);
  if (loaded[name] === undefined) module(loaded[name] = {}, load);
  return loaded[name];
}
module.exports = load("./index.js");
Object.defineProperty(module.exports, Symbol.for("qlower.modules"), { value: load });
0 && (module.exports = { ${exported.join(', ')} });
`,
  )
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
    client: { type: 'string' },
    sandbox: { type: 'string' },
    connect: { type: 'string' },
    platform: { type: 'string', default: thisPlatform()?.id },
    out: { type: 'string' },
  },
})
if (!values.client || !values.out) throw new Error('--client and --out are wanted')
const platform = platforms.find((it) => it.id === values.platform)
if (!platform) throw new Error(`no platform is called ${values.platform}: ${platforms.map((it) => it.id)}`)

const own = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']

const about = {
  version: own.version,
  type: own.type,
  license: own.license,
  author: own.author,
  repository: own.repository,
  homepage: own.homepage,
  bugs: own.bugs,
  engines: own.engines,
  publishConfig: own.publishConfig,
}

/** What stands beside the main package, for whoever needs it. */
const families = {
  sandbox: {
    description: 'What the class Sandbox of the package qlower runs: a stand-in for Qlower on this machine',
    readme: '. See `Sandbox` there.\n\n```sh\nnpm install --save-dev @qlower/sandbox\n```',
  },
  connect: {
    description:
      'What ftp and live of the package qlower run: delivery by FTP, FTPS and SFTP, and live readings',
    readme: '. See `ftp` and `live` there.\n\n```sh\nnpm install @qlower/connect\n```',
  },
}

/** The packages of a family on every platform. */
function everywhere(family) {
  return Object.fromEntries(platforms.map((it) => [`@qlower/${family}-${it.id}`, own.version]))
}

/** The same of each package beside the main one. */
function beside(fact) {
  return Object.fromEntries(Object.keys(families).map((family) => [`@qlower/${family}`, fact]))
}

/** The main package's own, without what is of use in the repository alone, and with the others. */
function mainPackage() {
  const { scripts: _scripts, devDependencies: _devDependencies, ...published } = own
  return {
    ...published,
    optionalDependencies: everywhere('node'),
    peerDependencies: beside(own.version),
    peerDependenciesMeta: beside({ optional: true }),
  }
}

function familyPackage(family) {
  return {
    name: `@qlower/${family}`,
    description: families[family].description,
    ...about,
    main: './index.js',
    types: './index.d.ts',
    files: ['index.js', 'index.d.ts', ...licences],
    optionalDependencies: everywhere(family),
  }
}

function platformPackage(family, what) {
  const on = `${platform.os} on ${platform.cpu}${platform.libc ? ` with ${platform.libc}` : ''}`
  return {
    name: `@qlower/${family}-${platform.id}`,
    description: `The native module of the package ${what} for ${on}`,
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
  const args = ['pack', '--loglevel=error', '--ignore-scripts', '--pack-destination', resolve(values.out)]
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const done = spawnSync(npm, args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  if (done.status !== 0) throw new Error(`npm pack failed: ${done.stderr}`)
  // npm does not compress as well as gzip can, by some hundredths.
  const file = join(resolve(values.out), done.stdout.trim())
  const tar = file.replace(/tgz$/, 'tar')
  writeFileSync(tar, gunzipSync(readFileSync(file)))
  if (spawnSync('gzip', ['-9', '-n', '-f', '-S', '.tgz', tar]).status === 0) renameSync(`${tar}.tgz`, file)
  else rmSync(tar)
}

function write(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const name of licences) cpSync(join(root, name), join(folder, name))
}

mkdirSync(values.out, { recursive: true })
for (const name of readdirSync(values.out)) if (/\.(tgz|tar)$/.test(name)) rmSync(join(values.out, name))

cpSync(join(here, 'README.md'), join(main, 'README.md'))
write(main, mainPackage())
pack(main)

/** Packs what has no README of its own. */
function packWith(manifest, readme, files) {
  const folder = mkdtempSync(join(stage, 'package-'))
  writeFileSync(join(folder, 'README.md'), `# ${manifest.name}\n\n${manifest.description}${readme}\n`)
  write(folder, manifest)
  files(folder)
  pack(folder)
}

/** Packs a native module for the platform. */
function packModule(family, what, file) {
  packWith(platformPackage(family, what), ', which brings it along: install that one.', (folder) => {
    cpSync(file, join(folder, 'qlower.node'))
    strip(join(folder, 'qlower.node'))
  })
}

packModule('node', 'qlower', values.client)
for (const family of Object.keys(families)) {
  if (!values[family]) continue
  packWith(familyPackage(family), families[family].readme, (folder) => {
    const loads = platforms.map((it) => `  '${it.id}': () => require('@qlower/${family}-${it.id}'),\n`)
    writeFileSync(join(folder, 'index.js'), `module.exports = {\n${loads.join('')}}\n`)
    const types = 'declare const load: Record<string, () => unknown>\nexport = load\n'
    writeFileSync(join(folder, 'index.d.ts'), `/** Loads the native module of a platform. */\n${types}`)
  })
  packModule(family, `@qlower/${family}`, values[family])
}
