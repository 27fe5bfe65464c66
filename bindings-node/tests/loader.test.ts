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

describe('the sandbox', () => {
  const starts = `
    const { Sandbox, SandboxError } = require('qlower')
    const tell = (it) => process.stdout.write(JSON.stringify(it))
    Sandbox.start().then(
      (it) => it.stop().then(() => tell('started')),
      (error) => tell([error instanceof SandboxError, error.message, String(error.cause?.cause)]),
    )`
  const start = (): unknown => {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', starts], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  beforeEach(() => {
    add(first, 'right')
    const at = join(folder, 'node_modules', first)
    writeFileSync(
      join(at, 'client.js'),
      "({ Sandbox: exports.none, ...module.exports } = require('./qlower.node'))",
    )
    writeFileSync(join(at, 'package.json'), '{ "main": "./client.js" }')
  })

  /** The package that knows those of the platforms. */
  function addSandbox() {
    const at = join(folder, 'node_modules/@qlower/sandbox')
    mkdirSync(at)
    const loads = fitting.map((id) => `'${id}': () => require('@qlower/sandbox-${id}')`)
    writeFileSync(join(at, 'index.js'), `module.exports = { ${loads} }`)
  }

  test('that is not installed is told by its name', () => {
    const [isSandboxError, message] = start() as [boolean, string]
    expect(isSandboxError).toBe(true)
    expect(message).toContain(`npm install --save-dev @qlower/sandbox@${version}`)
    addSandbox()
    expect((start() as string[])[1]).toContain(`@qlower/sandbox-${fitting[0]}: it is not installed`)
  })

  test('is found in its package', () => {
    addSandbox()
    const name = `@qlower/sandbox-${fitting[0]}`
    add(name, 'none')
    link(modules.sandbox, join(folder, 'node_modules', name, 'qlower.node'))
    expect(start()).toBe('started')
  })

  test('that is damaged is told with the reason', () => {
    addSandbox()
    add(`@qlower/sandbox-${fitting[0]}`, Buffer.from('damaged'))
    const [isSandboxError, message, cause] = start() as [boolean, string, string]
    expect(isSandboxError).toBe(true)
    expect(message).toContain('is damaged')
    expect(cause).toContain('qlower.node')
  })
})
