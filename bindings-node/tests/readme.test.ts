/** What the README shows is what its program prints. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { compile, programsOfMarkdown, run } from './programs.js'

const here = dirname(fileURLToPath(import.meta.url))

test('what the first program prints is what is shown', { timeout: 120_000 }, async () => {
  const file = join(here, '../README.md')
  const shown = /^```text\n(.*?)^```$/ms.exec(readFileSync(file, 'utf8'))?.[1] as string
  const [program] = programsOfMarkdown(file)
  // Here, so that it finds the package.
  const folder = mkdtempSync(join(here, '.programs-'))
  try {
    const folders = compile(program === undefined ? [] : [program], folder)
    for (const [it, at] of folders) expect((await run(it, at, {})).trimEnd()).toBe(shown.trimEnd())
    expect(folders.size).toBe(1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
