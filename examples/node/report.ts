/**
 * What is wrong with a payload, in French, as text for a terminal or as JSON for a program.
 *
 *     npx tsx report.ts [FILE] [--lang en|fr] [--json]
 *
 * Without a FILE, the made-up agency's books with mistakes are checked. It ends with 1 if there are errors.
 */

import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { check, checkFile, type Report } from 'qlower'

import { DATA, readBooks } from './agency/index.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { lang: { type: 'string', default: 'fr' }, json: { type: 'boolean', default: false } },
})
const [file] = positionals
const lang = options.lang === 'en' ? 'en' : 'fr'

function brokenBooks(): Report {
  const books = readBooks(DATA, join(DATA, 'broken'))
  return check({ partner: 'acme', apiKey: 'k', createdAt: new Date(), ...books })
}

const report = file === undefined ? brokenBooks() : await checkFile(file)
if (options.json) console.log(JSON.stringify(report, null, 1))
else process.stdout.write(report.render({ lang, colors: process.stdout.isTTY === true }))
process.exitCode = report.isValid ? 0 : 1
