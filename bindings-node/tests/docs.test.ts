/** The programs in the README files and in the documentation of the public items compile strictly, run, and print what they say. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Sandbox } from 'qlower'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  compile,
  type Program,
  programsOfDeclarations,
  programsOfMarkdown,
  promised,
  run,
} from './programs.js'

const here = dirname(fileURLToPath(import.meta.url))
const declarations = dirname(createRequire(import.meta.url).resolve('qlower'))
const readmes = ['../README.md', '../../README.md'].map((it) => join(here, it)).filter(existsSync)
const programs = [...readmes.flatMap(programsOfMarkdown), ...programsOfDeclarations(declarations)]

let folder: string
let sandbox: Sandbox
let env: Record<string, string>

beforeAll(async () => {
  // Here, so that they find the package.
  folder = mkdtempSync(join(here, '.programs-'))
  sandbox = await Sandbox.start()
  const options = sandbox.clientOptions()
  env = {
    QLOWER_ENVIRONMENT: options.environment,
    QLOWER_PARTNER: options.partner,
    QLOWER_API_KEY: options.apiKey,
    AWS_REGION: options.region ?? '',
    AWS_ACCESS_KEY_ID: options.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
    AWS_ENDPOINT_URL_S3: options.s3Endpoint ?? '',
  }
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await sandbox.stop()
})

describe('the programs in the documentation', () => {
  let folders: Map<Program, string>

  beforeAll(() => {
    folders = compile(programs, join(folder, 'all'))
  }, 120_000)

  test('are there', () => {
    expect(readmes).toHaveLength(2)
    expect(programs.filter((it) => it.name.startsWith('README.md')).length).toBeGreaterThan(2)
    expect(programs.filter((it) => it.name.includes('.d.ts:')).length).toBeGreaterThan(15)
  })

  test.concurrent.each(programs.map((it) => [it.name, it] as const))(
    '%s',
    { timeout: 90_000 },
    async (_, program) => {
      // The others start a sandbox of their own where they need one.
      const settings = program.name.startsWith('README.md') ? env : {}
      const out = await run(program, folders.get(program) as string, settings)
      expect(out).not.toContain(sandbox.apiKey)
    },
  )
})

describe('what looks at them', () => {
  const program = (text: string): Program => ({ name: 'README.md:1', text })
  const tried = async (text: string) => {
    const one = program(text)
    const at = compile([one], mkdtempSync(join(folder, 'tried-')))
    return run(one, at.get(one) as string, {})
  }

  test('reads what is promised', () => {
    expect(
      promised('console.log(1) // 1\nif (a) {\n  console.log(f(2)) // two, or more\n}\nf(3) // no\n'),
    ).toEqual(['1', 'two, or more'])
  })

  test('is content with a right one', async () => {
    expect(await tried("import { version } from 'qlower'\nconsole.log(version.length > 0) // true\n")).toBe(
      'true\n',
    )
  })

  test.each([
    [
      'does not compile',
      "import { check } from 'qlower'\ncheck(1)\n",
      /do not compile[\s\S]*main\.mts\(2,7\)/,
    ],
    ['prints something else', 'console.log(2) // 1\n', /does not print, or not in its turn: 1/],
    [
      'prints in another order',
      'queueMicrotask(() => {\n  console.log(1) // 1\n})\nconsole.log(2) // 2\n',
      /turn: 2/,
    ],
    ['fails', "throw new Error('broken')\n", /ended with 1[\s\S]*broken/],
    ['warns', "process.emitWarning('odd')\n", /odd/],
  ])('sees one that %s', async (_, text, why) => {
    await expect(tried(text)).rejects.toThrow(why)
  })
})
