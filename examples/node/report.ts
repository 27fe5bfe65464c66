/**
 * What is wrong with a payload, in French, as text for a terminal or as JSON for a program.
 *
 *     npx tsx report.ts [FILE] [--lang en|fr] [--json]
 *
 * Without a FILE, the made-up agency's books with mistakes are checked. It ends with 1 if there are errors.
 */

import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

import { checkAsync, type Payload } from 'qlower'

import { DATA, readBooks } from './agency/index.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { lang: { type: 'string', default: 'fr' }, json: { type: 'boolean', default: false } },
})
const [file] = positionals

// With the text, the rendering shows the lines that findings are about.
const source = file === undefined ? undefined : await readFile(file)
const report = await checkAsync(source ?? brokenBooks())
if (options.json) console.log(JSON.stringify(report, null, 1))
else {
  const colors = process.stdout.isTTY === true
  process.stdout.write(report.render({ lang: options.lang, colors, source, name: file && basename(file) }))
}
process.exitCode = report.isValid ? 0 : 1

function brokenBooks(): Payload {
  return { partner: 'acme', apiKey: 'k', createdAt: new Date(), ...readBooks(DATA, join(DATA, 'broken')) }
}
