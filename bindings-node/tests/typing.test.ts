/** The program of `typing/consumer.ts` compiles strictly and runs, as an ES module and as CommonJS. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const here = import.meta.dirname
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

let folder: string
beforeEach(() => {
  // Here, so that it finds the package.
  folder = mkdtempSync(join(here, '.typing-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(kind: 'esm' | 'commonjs', extension: 'mts' | 'cts', text?: string) {
  const file = join(folder, `consumer.${extension}`)
  if (text === undefined) copyFileSync(join(here, 'typing/consumer.ts'), file)
  else writeFileSync(file, text)
  const config = JSON.parse(readFileSync(join(here, `typing/${kind}/tsconfig.json`), 'utf8'))
  config.include = [`*.${extension}`]
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const options = { cwd: folder, encoding: 'utf8', timeout: 60_000 } as const
  const compiled = spawnSync(process.execPath, [tsc, '--project', folder], options)
  if (compiled.status !== 0) return { ...compiled, compiles: false }
  const program = join(folder, 'out', `consumer.${extension.replace('ts', 'js')}`)
  return { ...spawnSync(process.execPath, [program], options), compiles: true }
}

test.each([
  ['esm', 'mts'],
  ['commonjs', 'cts'],
] as const)('%s', (kind, extension) => {
  const { stdout, stderr, status, compiles } = run(kind, extension)
  expect([compiles, stdout, stderr, status]).toEqual([true, 'done\n', '', 0])
})

test('what is marked as wrong, and is not, is noticed', () => {
  const program = `import { codes } from 'qlower'
// @ts-expect-error it is right
export const regime: codes.PropertyTaxRegime = 5
`
  expect(run('esm', 'mts', program)).toMatchObject({
    compiles: false,
    stdout: expect.stringContaining("Unused '@ts-expect-error' directive"),
  })
})
