/** What the loader does when the native module is there, is not, is damaged, or is another version's. */

import { spawnSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { copyPackage, fitting, modules, source } from './installed.js'

const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
const names = fitting.map((id) => `@qlower/node-${id}`)
const [first, second] = names as [string, string | undefined]

let folder: string
let main: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qlower-loader-'))
  main = copyPackage(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

function link(from: string, to: string) {
  try {
    linkSync(from, to)
  } catch {
    cpSync(from, to)
  }
}

/** Puts a package for a platform beside the main one. */
function add(name: string, file: 'right' | 'none' | Buffer) {
  const at = join(folder, 'node_modules', name)
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version, main: './qlower.node' }))
  if (file === 'right') link(modules.client, join(at, 'qlower.node'))
  else if (file !== 'none') writeFileSync(join(at, 'qlower.node'), file)
}

interface Seen {
  version?: string
  code?: string
  message?: string
  causes?: string[]
}

/** What a new process sees of it. */
function load(before = ''): Seen {
  const program = `${before}
    const tell = (it) => process.stdout.write(JSON.stringify(it))
    try {
      tell({ version: require('qlower').version })
    } catch (error) {
      const causes = error.cause === undefined ? [] : (error.cause.errors ?? [error.cause])
      tell({ code: error.code, message: error.message, causes: causes.map(String) })
    }`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe('the native module', () => {
  test("is found in the platform's package", () => {
    add(first, 'right')
    expect(load()).toEqual({ version })
  })

  test('is found in a build beside it', () => {
    link(modules.client, join(main, 'qlower.node'))
    expect(load()).toEqual({ version })
  })

  test.runIf(second)('is found in the other package, where the first does not run', () => {
    add(first, Buffer.from('for another C library'))
    add(second as string, 'right')
    expect(load()).toEqual({ version })
  })

  test('that is not installed is told by name, with what to do', () => {
    const { code, message, causes } = load()
    expect(code).toBe('QLOWER_NATIVE_MODULE')
    expect(causes).toEqual([])
    for (const name of names) expect(message).toContain(`${name}: it is not installed`)
    expect(message).toContain(`npm install ${first}@${version}`)
    expect(message).toContain('--no-optional')
    expect(message).toContain('made on another platform')
    expect(message).not.toContain('qlower.node')
  })

  test('that is damaged is told by name, with the reason', () => {
    add(first, Buffer.from('damaged'))
    const { code, message, causes } = load()
    expect(code).toBe('QLOWER_NATIVE_MODULE')
    expect(causes).toHaveLength(1)
    const reason = (causes as string[])[0]?.replace('Error: ', '')
    expect(reason).toContain(join(first, 'qlower.node'))
    expect(message).toContain(`${first}: ${reason}`)
    expect(message).toContain('install again')
    expect(message).not.toContain('--no-optional')
  })

  test('whose file is gone is damaged, and not missing', () => {
    add(first, 'none')
    const { message, causes } = load()
    expect(causes).toHaveLength(1)
    expect(message).not.toContain(`${first}: it is not installed`)
    expect(message).toContain('remove node_modules and install again')
  })

  test.runIf(second)('keeps both reasons, where two packages do not run', () => {
    add(first, Buffer.from('damaged'))
    add(second as string, Buffer.from('damaged'))
    expect(load().causes).toHaveLength(2)
  })

  test.each(['0.0.1', undefined])('of another version (%s) is refused, and both are named', (other) => {
    add(first, 'right')
    const manifest = join(main, 'package.json')
    const about = JSON.parse(readFileSync(manifest, 'utf8'))
    writeFileSync(manifest, JSON.stringify({ ...about, version: '9.9.9' }))
    if (other === undefined) {
      expect(load().message).toContain(`${first} is ${version}`)
    } else {
      writeFileSync(join(folder, 'node_modules', first, 'old.js'), `exports.version = () => '${other}'`)
      writeFileSync(join(folder, 'node_modules', first, 'package.json'), '{ "main": "./old.js" }')
      expect(load().message).toContain(`${first} is ${other}`)
    }
    const { code, message } = load()
    expect(code).toBe('QLOWER_NATIVE_MODULE')
    expect(message).toContain('qlower 9.9.9 needs')
    expect(message).toContain(`Install ${first}@9.9.9`)
  })

  test('of a platform that has none is refused with those that do', () => {
    const { code, message } = load("Object.defineProperty(process, 'platform', { value: 'aix' })")
    expect(code).toBe('QLOWER_NATIVE_MODULE')
    expect(message).toContain(`no native module for aix-${process.arch}`)
    expect(message).toContain('linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64')
  })
})

describe.each([
  {
    family: 'sandbox',
    install: 'npm install --save-dev @qlower/sandbox',
    entry: 'Sandbox',
    use: 'Sandbox.start().then((it) => it.stop())',
    code: 'QLOWER_SANDBOX',
  },
  {
    family: 'connect',
    install: 'npm install @qlower/connect',
    entry: 'FtpDestination',
    use: "Promise.resolve().then(() => ftp.names({}, [{ name: 'a' }]))",
    code: 'QLOWER_NATIVE_MODULE',
  },
] as const)('the package $family', ({ family, install, entry, use, code }) => {
  const uses = `
    const { Sandbox, ftp, QlowerError } = require('qlower')
    const tell = (it) => process.stdout.write(JSON.stringify(it))
    ${use}.then(
      () => tell('used'),
      (error) => tell([error instanceof QlowerError, error.code, error.message, String(error.cause?.cause)]),
    )`
  const start = (): unknown => {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', uses], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  beforeEach(() => {
    add(first, 'right')
    const at = join(folder, 'node_modules', first)
    writeFileSync(
      join(at, 'client.js'),
      `({ ${entry}: exports.none, ...module.exports } = require('./qlower.node'))`,
    )
    writeFileSync(join(at, 'package.json'), '{ "main": "./client.js" }')
  })

  /** The package that knows those of the platforms. */
  function addFamily() {
    const at = join(folder, `node_modules/@qlower/${family}`)
    mkdirSync(at)
    const loads = fitting.map((id) => `'${id}': () => require('@qlower/${family}-${id}')`)
    writeFileSync(join(at, 'index.js'), `module.exports = { ${loads} }`)
  }

  test('that is not installed is told by its name', () => {
    const [isOurs, found, message] = start() as [boolean, string, string]
    expect([isOurs, found]).toEqual([true, code])
    expect(message).toContain(`${install}@${version}`)
    addFamily()
    expect((start() as string[])[2]).toContain(`@qlower/${family}-${fitting[0]}: it is not installed`)
  })

  test('is found', () => {
    addFamily()
    const name = `@qlower/${family}-${fitting[0]}`
    add(name, 'none')
    link(modules[family], join(folder, 'node_modules', name, 'qlower.node'))
    expect(start()).toBe('used')
  })

  test('that is damaged is told with the reason', () => {
    addFamily()
    add(`@qlower/${family}-${fitting[0]}`, Buffer.from('damaged'))
    const [isOurs, found, message, cause] = start() as [boolean, string, string, string]
    expect([isOurs, found]).toEqual([true, code])
    expect(message).toContain('is damaged')
    expect(cause).toContain('qlower.node')
  })
})

test('what needs a package that is not installed says so, and all else works', () => {
  add(first, 'right')
  const at = join(folder, 'node_modules', first)
  writeFileSync(
    join(at, 'client.js'),
    "({ FtpDestination: exports.none, ...module.exports } = require('./qlower.node'))",
  )
  writeFileSync(join(at, 'package.json'), '{ "main": "./client.js" }')
  const program = `
    const { check, ftp, live } = require('qlower')
    const uses = [
      () => new ftp.Destination({ host: 'a' }),
      () => ftp.Fleet.parse(''),
      () => live.producer(() => 1),
      () => new live.LiveFeed({ url: 'https://a', path: 'b' }),
      () => live.read('{}', 'a'),
      () => live.convert(1, 'kW', 'MW'),
      () => live.probe('https://a', 'b'),
    ]
    const told = async (use) => { try { await use(); return 'worked' } catch ({ code }) { return code } }
    Promise.all(uses.map(told)).then((codes) => process.stdout.write(JSON.stringify([check('{}').isValid, ...codes])))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: folder, encoding: 'utf8' })
  expect([stderr, JSON.parse(stdout)]).toEqual(['', [false, ...Array(7).fill('QLOWER_NATIVE_MODULE')]])
})
