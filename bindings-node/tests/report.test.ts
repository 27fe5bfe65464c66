import { inspect } from 'node:util'
import { ConfigError, check, Finding, type RenderOptions, Report, ValidationError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { EMPTY, KEY, TODAY, thrown } from './given.js'

const TEXT =
  `{"inigPtynm": "acme", "apiKey": "${KEY}", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",\n` +
  ' "properties": [], "transactions": [\n' +
  '  {"id": "T1", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 850.0, "ref": "Loyer", "ccy": "EURO"}]}'

const report = check(TEXT, { today: TODAY })

test('a report tells everything', () => {
  expect(report).toBeInstanceOf(Report)
  expect([report.isValid, report.isComplete, report.omitted]).toEqual([false, true, 0])
  expect(report.counts).toEqual({ transactions: { items: 1, errors: 2, warnings: 1 } })
  expect([report.errorCount, report.warningCount]).toEqual([2, 1])
  expect(report.rules).toEqual({
    format: '2.0',
    edition: expect.any(String),
    date: expect.stringMatching(/^\d{4}-\d\d$/),
  })
  expect(report.errors.map((finding) => finding.code)).toEqual(['invalid_date', 'unknown_code'])
  expect(report.warnings.map((finding) => finding.code)).toEqual(['unknown_reference'])
  expect(report.findings).toHaveLength(3)
  expect(report.findings).toBe(report.findings)
  expect(Object.isFrozen(report.findings)).toBe(true)
})

test('a finding tells everything', () => {
  const [date, currency] = report.errors
  expect(date).toBeInstanceOf(Finding)
  expect({ ...date }).toEqual({
    code: 'invalid_date',
    severity: 'error',
    model: 'transactions',
    id: 'T1',
    field: 'reqdExctnDt',
    fieldName: 'date',
    pointer: '/transactions/0/reqdExctnDt',
    line: 3,
    column: 31,
    message: '"31/01/2025" is not a date (YYYY-MM-DD).',
    messageFr: "« 31/01/2025 » n'est pas une date (AAAA-MM-JJ).",
    accepted: [],
    suggestion: '2025-01-31',
  })
  expect(`${date}`).toBe(date?.message)
  expect(currency).toMatchObject({ field: 'ccy', fieldName: 'currency', suggestion: 'EUR' })
  expect(currency?.accepted).toContain('EUR')
  const [header] = check('{"transactions": []}').errors
  expect(header).toMatchObject({
    model: 'payload',
    id: null,
    field: 'inigPtynm',
    fieldName: 'partner',
    suggestion: null,
  })
  const [malformed] = check('{"transactions": [').errors
  expect(malformed).toMatchObject({ field: null, fieldName: null })
})

test('its JSON is that of every language', () => {
  expect(Object.keys(report.toJSON())).toEqual([
    'is_valid',
    'is_complete',
    'rules',
    'counts',
    'omitted',
    'findings',
  ])
  expect(JSON.stringify(report.toJSON().findings[0])).toBe(
    '{"code":"invalid_date","severity":"error","model":"transactions","id":"T1","pointer":"/transactions/0/reqdExctnDt",' +
      '"line":3,"column":31,"message":"\\"31/01/2025\\" is not a date (YYYY-MM-DD).",' +
      '"message_fr":"« 31/01/2025 » n\'est pas une date (AAAA-MM-JJ).","suggestion":"2025-01-31"}',
  )
  expect(JSON.stringify(report.findings)).toBe(JSON.stringify(report.toJSON().findings))
  expect(JSON.parse(JSON.stringify({ report }))).toEqual({ report: report.toJSON() })
  report.toJSON().findings.length = 0
  expect(report.toJSON().findings, "it is the caller's own").toHaveLength(3)
})

test('it is thrown with what it found', async () => {
  const error = (await thrown(() => report.throwForErrors())) as ValidationError
  expect(error).toBeInstanceOf(ValidationError)
  expect(error.code).toBe('QLOWER_VALIDATION')
  expect(error.message).toBe('the payload has 2 errors; first: "31/01/2025" is not a date (YYYY-MM-DD).')
  expect(error.report).toBeInstanceOf(Report)
  expect(error.report?.toJSON()).toEqual(report.toJSON())
  expect(JSON.parse(JSON.stringify(error)).report).toEqual(report.toJSON())
  expect(check(EMPTY).throwForErrors()).toBeUndefined()
})

describe('renderings', () => {
  const ENGLISH = `error[invalid_date]: "31/01/2025" is not a date (YYYY-MM-DD).
 --> -:3:31  transactions T1  /transactions/0/reqdExctnDt
  = did you mean: 2025-01-31

error[unknown_code]: "EURO" is not a code of "ccy".
 --> -:3:99  transactions T1  /transactions/0/ccy
  = accepted: EUR, USD, GBP
  = did you mean: EUR

warning[unknown_reference]: "id-prty" refers to "P1", which is not in this payload: it must have been loaded before.
 --> -:3:56  transactions T1  /transactions/0/id-prty

Checked: transactions 1.
2 errors, 1 warning: not valid, nothing may be sent (rules 2.0/2.2, 2026-08)
`
  const FRENCH = `erreur[invalid_date] : « 31/01/2025 » n'est pas une date (AAAA-MM-JJ).
 --> loyers.json:3:31  transactions T1  /transactions/0/reqdExctnDt
  |
3 |   {"id": "T1", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 850.0, "ref": "Loyer", "ccy": "EURO"}]}
  |                               ^^^^^^^^^^^^
  = vouliez-vous dire : 2025-01-31
`

  test('in English, and French with its lines', () => {
    expect(report.toString().replace(/\u00a0|\u202f/g, ' ')).toBe(ENGLISH)
    expect(report.render()).toBe(`${report}`)
    const french = report
      .render({ lang: 'fr', source: TEXT, name: 'loyers.json' })
      .replace(/\u00a0|\u202f/g, ' ')
    expect(french.slice(0, FRENCH.length)).toBe(FRENCH)
    expect(french).toContain('2 erreurs, 1 avertissement : non valide, rien ne peut être envoyé')
  })

  test('in colours only if they are asked for', () => {
    expect(report.render()).not.toContain('\u001b')
    const coloured = report.render({ colors: true })
    expect(coloured).toContain('\u001b[1;31m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(report.render())
  })

  test('with lines of every kind of source, the key masked', () => {
    const bytes = Buffer.from(TEXT)
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    for (const source of [TEXT, bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer, shared]) {
      const shown = report.render({ source })
      expect(shown).toContain(' --> -:3:31')
      expect(shown).toContain('^^^^^^^^^^^^')
    }
    const header = check(TEXT.replace('"2.0"', '"1.0"'))
    expect(header.render({ source: TEXT })).toContain('***", "creDtTm"')
    expect(header.render({ source: TEXT })).not.toContain(KEY)
    expect(report.render({ source: 'something \ud800 else', name: 'x' })).toContain('x:3:31')
  })

  test('so many of a kind', () => {
    const many = check(`{"transactions": [${Array(9).fill('{"id": "1", "reqdExctnDt": "x"}').join()}]}`)
    const count = (options?: RenderOptions): number =>
      many.render(options).split('error[invalid_date]').length - 1
    expect([1, 2, 5, 100, Number.POSITIVE_INFINITY].map((perGroup) => count({ perGroup }))).toEqual([
      1, 2, 5, 9, 9,
    ])
    expect(count()).toBe(3)
    expect(count({ perGroup: null, lang: null, colors: null, source: null, name: null })).toBe(3)
  })

  test.each([
    ['lang', { lang: 'de' }],
    ['lang', { lang: 7 }],
    ['perGroup', { perGroup: -1 }],
    ['perGroup', { perGroup: 0.5 }],
    ['perGroup', { perGroup: '3' }],
    ['source', { source: 7 }],
    ['source', { source: {} }],
    ['name', { name: 7 }],
    ['color', { color: true }],
    ['colors', { colors: 'always' }],
    ['options', 'fr'],
  ])('%s has no meaning in %o', async (setting, options) => {
    const error = await thrown(() => report.render(options as RenderOptions))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ setting })
  })

  test.each(['fr', 'fr-FR', 'FR', 'fr_CA'])('%s is French', (lang) => {
    expect(report.render({ lang })).toMatch(/^erreur/)
  })
})

test('what console.log shows', () => {
  expect(inspect(report)).toBe(`Report {
  isValid: false,
  errorCount: 2,
  warningCount: 1,
  findings: [
    Finding error[invalid_date] /transactions/0/reqdExctnDt id="T1" (3:31): "31/01/2025" is not a date (YYYY-MM-DD).,
    Finding warning[unknown_reference] /transactions/0/id-prty id="T1" (3:56): "id-prty" refers to "P1", which is not in this payload: it must have been loaded before.,
    Finding error[unknown_code] /transactions/0/ccy id="T1" (3:99): "EURO" is not a code of "ccy".
  ]
}`)
  expect(inspect({ a: { b: { report } } })).toContain(
    'Report { isValid: false, errorCount: 2, warningCount: 1 }',
  )
  expect(inspect(check('[]').findings[0])).toMatch(/^Finding error\[not_a_payload\] \/ \(1:1\): /)
})

test('neither reports nor findings are made by hand', () => {
  expect(() => new (Report as unknown as new () => Report)()).toThrow(/made by/)
  const prototype = Object.create(Report.prototype) as Report
  expect(() => prototype.isValid).toThrow(TypeError)
})
