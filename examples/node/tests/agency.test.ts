/** The agency's export becomes items, and what is wrong in it stays to be found. */

import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { check } from 'qlower'

import { day, decimal, euros, yesNo } from '../agency/cells.ts'
import { DATA, NoTableError, readBooks } from '../agency/index.ts'

const header = { partner: 'acme', apiKey: 'k', createdAt: '2026-01-05T08:00:00+01:00' }

function found(...before: string[]): string[] {
  const report = check({ ...header, ...readBooks(DATA, ...before) }, { today: '2026-01-05' })
  return report.findings.map((it) => `${it.severity} ${it.code} ${it.id}`)
}

test('decimals are converted, and what is none stays', () => {
  assert.deepEqual(['855,00', '-1234567,89', '7'].map(decimal), ['855.00', '-1234567.89', '7'])
  for (const cell of ['1 250,00', '-12O,50', '1.250,00', '1,250,00', ',', '12,', '€', '', '١٢']) {
    assert.equal(decimal(cell), cell)
  }
})

test('days are converted, and what is none stays', () => {
  assert.equal(day('31/12/2024'), '2024-12-31')
  assert.equal(day('31/02/2025'), '2025-02-31', 'of the right form, and no day: for the check')
  for (const cell of ['2025/03/07', '1/2/2025', '01/02/25', '01-02-2025', '01/02/2025/03', 'hier', '']) {
    assert.equal(day(cell), cell)
  }
})

test('words become codes, and others stay', () => {
  assert.deepEqual(['OUI', 'NON', 'PEUT-ÊTRE', 'constructor'].map(yesNo), [
    'O',
    'N',
    'PEUT-ÊTRE',
    'constructor',
  ])
})

test('cents become decimals', () => {
  assert.deepEqual([48_000, -5, 7, -123, 0].map(euros), ['480.00', '-0.05', '0.07', '-1.23', '0.00'])
})

test('the good books have no error, and the two warnings that belong there', () => {
  const { declarants, properties, transactions, documents } = readBooks(DATA)
  const associates = declarants.flatMap((it) => [...(it.associates ?? [])])
  assert.deepEqual(
    [declarants, associates, properties, transactions, documents].map((it) => it.length),
    [40, 90, 120, 6000, 250],
  )
  assert.deepEqual(found(), ['warning foreign_country A016', 'warning undecided_tax_regime L063'])
})

test('the broken books have the mistakes that are documented', () => {
  assert.deepEqual(found(join(DATA, 'broken')), [
    'warning foreign_country A016',
    'error invalid_siret L028',
    'error missing_field L041',
    'error invalid_email L056',
    'warning undecided_tax_regime L063',
    'warning acquired_before_construction L072',
    'error unknown_code L091',
    'error invalid_decimal 2024-00466',
    'error invalid_decimal 2024-01081',
    'error missing_field 2024-01827',
    'warning zero_amount 2024-02836',
    'error nonexistent_date 2025-00441',
    'error invalid_date 2025-00533',
    'warning unknown_reference 2025-01002',
    'error unknown_code 2025-01727',
    'error duplicate_id 2025-02466',
  ])
})

const damages: [string, string, (text: Buffer) => Buffer | undefined, RegExp][] = [
  [
    'a column is missing',
    'ecritures.csv',
    replaced('no_ecriture', 'numero'),
    /^ecritures\.csv: there is no column no_ecriture$/,
  ],
  [
    'a row is too short',
    'ecritures.csv',
    (it) => it.subarray(0, -6),
    /^ecritures\.csv: .*length is 8, got 7 on line 6001/,
  ],
  [
    'it is not UTF-8',
    'ecritures.csv',
    (it) => Buffer.concat([it, Buffer.of(0xe9)]),
    /^ecritures\.csv: .*not valid.*utf-8/i,
  ],
  ['it is not there', 'ecritures.csv', () => undefined, /^ecritures\.csv: ENOENT/],
  [
    'an associate is nobody’s',
    'associes.csv',
    replaced('A001;M019', 'A001;M999'),
    /^associes\.csv: A001 belong to "M999"/,
  ],
]

function replaced(old: string, by: string): (text: Buffer) => Buffer {
  return (text) => Buffer.from(text.toString().replace(old, by))
}

for (const [what, name, damage, told] of damages) {
  test(`told with the file: ${what}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qlower-agency-'))
    try {
      await cp(DATA, folder, { recursive: true })
      const content = damage(await readFile(join(folder, name)))
      if (content === undefined) await rm(join(folder, name))
      else await writeFile(join(folder, name), content)
      assert.throws(
        () => readBooks(folder),
        (error) => error instanceof NoTableError && told.test(error.message),
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
