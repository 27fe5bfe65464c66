import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { check, type Finding, Payload, QlowerError, type Report, ValidationError } from 'qlower'
import { expect, test } from 'vitest'

// @ts-expect-error: plain JavaScript, so that Node runs it by itself.
import { compared as comparedLive } from './live-vectors.mjs'
// @ts-expect-error: plain JavaScript, too.
import { compared as comparedNames } from './naming-vectors.mjs'
// @ts-expect-error: plain JavaScript, too.
import { run, textOf } from './vectors.mjs'
// @ts-expect-error: plain JavaScript, too.
import { compared as comparedWebhooks } from './webhook-vectors.mjs'

interface Vector {
  name: string
  today: string
  strict?: boolean
  typed_only?: string[]
  text_only?: string[]
  expect: { is_valid: boolean; findings: Record<string, unknown>[] }
}

type Outcomes = { vector: { name: string }; outcome: unknown }[]

interface Run {
  reports: { vector: Vector; report: Report }[]
  readings: Outcomes
  webhooks: Outcomes
  names: Outcomes
  line: string
}

const { reports, readings, webhooks, names, line } = (await run()) as Run

function optionsOf({ strict, today }: Vector): { strict: boolean; today: string } {
  return { strict: strict ?? false, today }
}

test('every vector gives exactly the expected findings', () => {
  for (const { vector, report } of reports) {
    const { expect: wanted, name } = vector
    expect(report.isValid, name).toBe(wanted.is_valid)
    const found = report.findings.map((finding, at) => {
      const all: Record<string, unknown> = { ...finding, message_fr: finding.messageFr }
      const keys = Object.keys(wanted.findings[at] ?? all)
      return Object.fromEntries(keys.map((key) => [key, all[key]]))
    })
    expect(found, name).toEqual(wanted.findings)
  }
})

test.each([
  ['webhooks', webhooks, comparedWebhooks, 200],
  ['live readings', readings, comparedLive, 100],
  ['names', names, comparedNames, 100],
] as const)('every vector of %s has exactly the expected outcome', (_, runs, compared, least) => {
  expect(runs.length).toBeGreaterThan(least)
  for (const each of runs) {
    const [outcome, expected] = compared(each) as [unknown, unknown]
    expect(outcome, each.vector.name).toEqual(expected)
  }
})

test('the number of threads changes nothing, nor does the event loop', async () => {
  const { checkAsync } = await import('qlower')
  for (const { vector, report } of reports) {
    const options = { ...optionsOf(vector), threads: 3 }
    const background = await checkAsync(textOf(vector), options)
    expect(check(textOf(vector), options).toJSON(), vector.name).toEqual(report.toJSON())
    // The one is held by the native module, the other by JavaScript.
    expect(background.toJSON(), vector.name).toEqual(report.toJSON())
    expect(background.findings, vector.name).toEqual(report.findings)
    for (const lang of ['en', 'fr']) {
      const how = { lang, colors: lang === 'fr', source: textOf(vector) }
      expect(background.render(how), vector.name).toBe(report.render(how))
    }
    const { isValid, isComplete, omitted, errorCount, warningCount } = report
    expect(background, vector.name).toMatchObject({ isValid, isComplete, omitted, errorCount, warningCount })
  }
})

test('the findings of a report are those of its JSON', () => {
  for (const { vector, report } of reports) {
    expect(
      report.findings.map((finding) => finding.toJSON()),
      vector.name,
    ).toEqual(report.toJSON().findings)
  }
})

test('the program prints one line, of the same vectors', () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'vectors.mjs')], {
    encoding: 'utf8',
  })
  expect(printed).toBe(`${line}\n`)
  expect(printed).toMatch(/^\d+ vectors, digest [0-9a-f]{64}\n$/)
  process.stdout.write(`${line}\n`)
})

/** Codes about what reading into objects settles. */
const TEXT_ONLY = new Set(['byte_order_mark', 'date_time_without_offset', 'date_time_without_time'])

const rows = (findings: readonly Finding[]): unknown[] =>
  findings
    .map(({ code, severity, model, id, pointer, suggestion }) =>
      JSON.stringify([code, severity, model, id, pointer, suggestion]),
    )
    .sort()

test('objects get the findings of their text', () => {
  let read = 0
  let refused = 0
  for (const { vector, report } of reports) {
    const { name } = vector
    let payload: Payload
    try {
      payload = Payload.fromJSON(textOf(vector))
    } catch (error) {
      if (error instanceof ValidationError) {
        const known = new Set(report.findings.map((finding) => finding.code))
        expect([...known], name).toEqual(
          expect.arrayContaining(error.report?.findings.map(({ code }) => code) ?? []),
        )
      } else expect(error, name).toBeInstanceOf(QlowerError)
      refused += 1
      continue
    }
    read += 1
    const typed = check(payload, optionsOf(vector))
    expect(
      typed.findings.every((finding) => finding.line === null && finding.column === null),
      name,
    ).toBe(true)
    const typedOnly = new Set(vector.typed_only)
    const textOnly = new Set(vector.text_only)
    const more = typed.findings.filter((finding) => typedOnly.has(finding.pointer))
    expect(
      more.map((finding) => finding.code),
      name,
    ).toEqual(Array(typedOnly.size).fill('missing_field'))
    expect(rows(typed.findings.filter((finding) => !typedOnly.has(finding.pointer))), name).toEqual(
      rows(
        report.findings.filter((finding) => !TEXT_ONLY.has(finding.code) && !textOnly.has(finding.pointer)),
      ),
    )
    const wire = Payload.toJSON(payload)
    // JavaScript writes the number 850.00 as 850.
    expect(Payload.toJSON(Payload.fromJSON(JSON.stringify(wire))), name).toEqual(wire)
    expect(Payload.toJSON(wire), name).toEqual(wire)
  }
  process.stdout.write(`${read} vectors read into objects, ${refused} refused\n`)
  expect(read).toBeGreaterThan(400)
  expect(refused).toBeGreaterThan(100)
})
