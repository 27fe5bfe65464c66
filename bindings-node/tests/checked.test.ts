import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import {
  Checked,
  check,
  checked,
  checkedAsync,
  Payload,
  QlowerError,
  SplitError,
  ValidationError,
} from 'qlower'
import { describe, expect, test } from 'vitest'

import { EMPTY, HEAD, KEY, rents, TODAY, thrown } from './given.js'

describe('what passed the check', () => {
  const one = checked(`\ufeff${EMPTY}`, { today: TODAY })

  test('tells what will be sent', () => {
    expect(one.toBuffer().toString(), 'without the byte order mark').toBe(EMPTY)
    expect(one.size).toBe(EMPTY.length)
    expect(one.sha256).toBe(createHash('sha256').update(EMPTY).digest('hex'))
    expect(one.partner).toBe('acme')
    expect(one.createdAt).toEqual(new Date('2025-02-01T07:00:00Z'))
    expect(one.objectKey).toContain(one.sha256.slice(0, 8))
    expect(one.report.findings.map((finding) => finding.code)).toEqual(['byte_order_mark', 'empty_payload'])
    expect(one.report).toBe(one.report)
  })

  test('shows no key', () => {
    const shown =
      inspect({ one, report: one.report }, { depth: 9, showHidden: true }) +
      JSON.stringify({ one }) +
      one.report
    expect(shown).not.toContain(KEY)
    expect(inspect(one)).toBe(`Checked { ${one.size} bytes, sha256: ${one.sha256} }`)
    expect(JSON.parse(JSON.stringify(one))).toEqual({
      size: one.size,
      sha256: one.sha256,
      partner: 'acme',
      objectKey: one.objectKey,
      createdAt: '2025-02-01T07:00:00.000Z',
    })
  })

  test('can be checked again', async () => {
    const again = checked(one, { today: TODAY })
    expect(again.toBuffer()).toEqual(one.toBuffer())
    expect((await checkedAsync(one)).sha256).toBe(one.sha256)
    expect(check(one, { today: TODAY }).findings.map((finding) => finding.code)).toEqual(['empty_payload'])
    for (const work of [checked, checkedAsync]) {
      const error = await thrown(() => work(one, { strict: true }))
      expect(error).toBeInstanceOf(ValidationError)
    }
    expect(checked(one, { strict: false, maxFindings: 0 }).report.findings).toHaveLength(0)
    await expect(checkedAsync(one, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })

  test('is made by the check alone', () => {
    expect(() => new (Checked as unknown as new () => Checked)()).toThrow(/made by/)
    expect(() => (Object.create(Checked.prototype) as Checked).toBuffer()).toThrow(TypeError)
  })

  test('is cut into parts', async () => {
    const whole = checked(rents(3), { today: TODAY })
    expect(whole.split({ maxItems: 2 }).map((part) => part.items)).toEqual([2, 1])
    expect(await thrown(() => whole.split({ maxBytes: 100 }))).toBeInstanceOf(SplitError)
  })
})

const RICH = `${HEAD}, "more": [{"at": 9007199254740993, "amt": 1.50}],
  "clients": [{"client": {"email": "a@example.com", "firstName": "A", "lastName": "B"}, "documents": [
    {"id": "D1", "fileName": "bail.pdf", "year": 2024, "fileLink": "https://example.com/bail.pdf"}]}],
  "transactions": [
   {"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.10, "ref": "Loyer", "note": {"amt": 1}},
   {"id": "T2", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 12345678901234567.89, "ref": "", "ccy": null}]}`

describe('a payload', () => {
  const payload = Payload.fromJSON(RICH)

  test('is read by readable names, money exact', () => {
    expect(payload).toEqual({
      partner: 'acme',
      apiKey: KEY,
      createdAt: '2025-02-01T08:00:00+01:00',
      version: '2.0',
      clients: [
        {
          client: { email: 'a@example.com', firstName: 'A', lastName: 'B' },
          documents: [
            { id: 'D1', fileName: 'bail.pdf', year: '2024', fileLink: 'https://example.com/bail.pdf' },
          ],
        },
      ],
      transactions: [
        {
          id: 'T1',
          date: '2025-01-31',
          propertyId: 'P1',
          amount: '850.10',
          reference: 'Loyer',
          note: { amt: 1 },
        },
        { id: 'T2', date: '31/01/2025', propertyId: 'P1', amount: '12345678901234567.89', reference: '' },
      ],
      more: [{ at: '9007199254740993', amt: 1.5 }],
    })
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype)
    for (const source of [Buffer.from(RICH), new TextEncoder().encode(RICH).buffer]) {
      expect(Payload.fromJSON(source)).toEqual(payload)
    }
  })

  test('goes back to the wire', () => {
    const wire = Payload.toJSON(payload)
    expect(wire).toMatchObject({
      inigPtynm: 'acme',
      apiKey: KEY,
      transactions: [
        { id: 'T1', reqdExctnDt: '2025-01-31', 'id-prty': 'P1', amt: 850.1, ref: 'Loyer', note: { amt: 1 } },
        { id: 'T2', reqdExctnDt: '31/01/2025', amt: '12345678901234567.89' },
      ],
    })
    const pointers = (text: string): string[] =>
      check(text, { today: TODAY }).errors.map((finding) => finding.pointer)
    expect(pointers(JSON.stringify(wire)).sort()).toEqual(pointers(RICH).sort())
    expect(Payload.toJSON(wire)).toEqual(wire)
  })

  test.each([
    ['0.1', true],
    ['-0', true],
    ['850.10', true],
    ['1e3', true],
    ['9007199254740992', true],
    ['9007199254740993', false],
    ['0.1000000000000000055', false],
    ['1e400', false],
    ['-1e-400', false],
    ['5e-324', true],
    ['123456789012345.67', true],
    ['1234567890123456.78', false],
  ])('the number %s stays one: %s', (number, stays) => {
    const { more } = Payload.fromJSON(`${HEAD}, "more": [${number}, "${number}\\"${number}\\\\"]}`) as {
      more?: unknown
    }
    expect(more).toEqual([stays ? Number(number) : number, `${number}"${number}\\`])
  })

  test('is read from what was checked', () => {
    const one = checked(rents(2), { today: TODAY })
    expect(one.payload().transactions).toHaveLength(2)
    expect(one.payload()).toEqual(Payload.fromJSON(one))
    expect(checked(one.payload(), { today: TODAY }).payload()).toEqual(one.payload())
  })

  test('that cannot be read is refused with all reasons', async () => {
    for (const text of ['', '{"transactions": [', '{"apiKey": 1, "apiKey": 2}', '[]']) {
      const error = (await thrown(() => Payload.fromJSON(text))) as ValidationError
      expect(error).toBeInstanceOf(ValidationError)
      expect(error.report?.errorCount).toBeGreaterThan(0)
    }
    await expect(() => Payload.fromJSON(7 as never)).toThrow(TypeError)
    await expect(() => Payload.toJSON('{}' as never)).toThrow(TypeError)
    await expect(() => Payload.toJSON({ transactions: [{ id: () => 1 }] } as never)).toThrow(
      'transactions[0].id',
    )
  })

  test('with an unknown key that has a readable name is refused', async () => {
    const error = await thrown(() => Payload.fromJSON('{"transactions": [{"id": "T1"}, {"amount": 1}]}'))
    expect(error).toBeInstanceOf(QlowerError)
    expect(error).toMatchObject({ message: expect.stringMatching(/^\/transactions\/1\/amount: .*"amt"/) })
  })
})
