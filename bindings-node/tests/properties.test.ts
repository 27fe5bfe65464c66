import fc from 'fast-check'
import { check, checkAsync, checked, Payload, QlowerError, Report, ValidationError } from 'qlower'
import { expect, test } from 'vitest'

import { rents, TODAY } from './given.js'

/** A sound payload, though not without warnings. */
const SOUND = Buffer.from(
  rents(3).replace('"transactions"', '"documents": [], "more": [1.5, null, "é"], "transactions"'),
)

/** A part of the bytes taken away, doubled, or replaced. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat({ max: 12 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom('"', '{', ']', '\\', ',', '\\u0000', '\\ud800', '1e999', 'null', '\ufeff', '"id":')
      .map((text) => Buffer.from(text)),
  ),
})

function mutated(bytes: Buffer, { at, cut, put }: { at: number; cut: number; put: Uint8Array }): Buffer {
  const place = Math.floor(at * bytes.length)
  return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)])
}

const bytes = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(mutation, { maxLength: 4 }).map((all) => all.reduce(mutated, SOUND)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((random) => Buffer.from(random)) },
)

test('whatever the bytes, there is a report', async () => {
  let valid = 0
  await fc.assert(
    fc.asyncProperty(bytes, async (text) => {
      const report = check(text, { today: TODAY })
      expect(report).toBeInstanceOf(Report)
      expect(report.isValid).toBe(report.isComplete && report.errorCount === 0)
      expect(report.findings.length + report.omitted).toBe(report.errorCount + report.warningCount)
      expect(report.findings.every(({ line, column }) => Number(line) > 0 && Number(column) > 0)).toBe(true)
      expect(`${report}`).not.toBe('')
      expect(report.render({ lang: 'fr', colors: true, source: text })).not.toBe('')
      expect((await checkAsync(text, { today: TODAY })).toJSON()).toEqual(report.toJSON())
      if (report.isValid) {
        valid += 1
        expect(checked(text, { today: TODAY }).payload()).toBeTypeOf('object')
      } else expect(() => checked(text, { today: TODAY })).toThrow(ValidationError)
    }),
    { numRuns: 400 },
  )
  expect(valid, 'some are still valid').toBeGreaterThan(0)
})

test('whatever the string, there is the report of its bytes', () => {
  const string = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    bytes.map((text) => text.toString('utf16le')),
  )
  fc.assert(
    fc.property(string, (text) => {
      const report = check(text)
      expect(report).toBeInstanceOf(Report)
      if (text.isWellFormed()) expect(report.toJSON()).toEqual(check(Buffer.from(text)).toJSON())
      expect(report.render({ source: text })).not.toBe('')
    }),
    { numRuns: 300 },
  )
})

test('what can be read goes to the wire and back', () => {
  fc.assert(
    fc.property(bytes, (text) => {
      let payload: Payload
      try {
        payload = Payload.fromJSON(text)
      } catch (error) {
        expect(error).toBeInstanceOf(QlowerError)
        return
      }
      const wire = Payload.toJSON(payload)
      expect(Payload.toJSON(Payload.fromJSON(JSON.stringify(wire)))).toEqual(wire)
    }),
    { numRuns: 300 },
  )
})

test('any JSON in the place of a payload gets a report', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('transactions', 'clients', 'partner', 'apiKey', 'x', 'inigPtynm'),
        fc.jsonValue(),
      ),
      (payload) => {
        const report = check(payload as Payload)
        expect(report.isValid).toBe(false)
        expect(`${report}`).not.toBe('')
      },
    ),
    { numRuns: 300 },
  )
})
