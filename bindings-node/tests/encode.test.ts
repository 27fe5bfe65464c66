import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { check, checked, Payload } from 'qlower'
import { expect, test } from 'vitest'

const HEADER = { partner: 'acme', apiKey: 's3cr3t-k3y', createdAt: '2025-03-01T08:00:00+01:00' }
const TODAY = '2025-03-01'
const NAMES = ['id', 'date', 'propertyId', 'tenantId', 'amount', 'reference'] as const
const KEYS = ['id', 'reqdExctnDt', 'id-prty', 'id-tenant', 'amt', 'ref']
const DATA = [
  ['T1', '2025-01-05', 'P1', undefined, '850.00', 'Loyer janvier'],
  ['T2', '2025-02-05', 'P1', 'L-7', '-12.5', 'Frais "été" \\ \n'],
  ['T3', '2025-02-06', 'P1', 'L-7', '0.07', 'é€😀'],
]
const EXPECTED =
  '{"inigPtynm":"acme","apiKey":"s3cr3t-k3y","creDtTm":"2025-03-01T08:00:00+01:00","versionId":"2.0",' +
  '"transactions":[' +
  '{"id":"T1","reqdExctnDt":"2025-01-05","id-prty":"P1","amt":850.00,"ref":"Loyer janvier"},' +
  '{"id":"T2","reqdExctnDt":"2025-02-05","id-prty":"P1","id-tenant":"L-7","amt":-12.5,"ref":"Frais \\"été\\" \\\\ \\n"},' +
  '{"id":"T3","reqdExctnDt":"2025-02-06","id-prty":"P1","id-tenant":"L-7","amt":0.07,"ref":"é€😀"}' +
  ']}'

type Row = Record<string, unknown>

const rows = (names: readonly string[] = NAMES): Row[] =>
  DATA.map((row) => Object.fromEntries(row.map((it, at) => [names[at] as string, it])))

/** What would be sent; the types are left behind on purpose. */
const text = (payload: object): string =>
  checked(payload as Payload, { today: TODAY })
    .toBuffer()
    .toString()
const withRows = (transactions: unknown): string => text({ ...HEADER, transactions })
const first = (more: Row): Row => ({ ...rows()[0], ...more })
/** A property that is not in the payload may be there already: that is a warning, and no matter here. */
const findings = (payload: object) => check(payload as Payload, { today: TODAY }).errors
const codes = (payload: object): string[] => findings(payload).map((it) => it.code)

class Drawn {
  readonly id = 'T1'
  readonly date = '2025-01-05'
  readonly propertyId = 'P1'
  readonly amount = '850.00'
  readonly reference = 'Loyer janvier'
  get month(): number {
    return 1
  }
}

class Model {
  readonly #values: Row
  constructor(values: Row) {
    this.#values = values
  }
  toJSON(): Row {
    return this.#values
  }
}

const ways: Record<string, () => unknown> = {
  rows: () => rows(),
  'wire keys': () => rows(KEYS),
  'other orders': () =>
    rows().map((row, at) => (at % 2 ? Object.fromEntries(Object.entries(row).reverse()) : row)),
  'left out': () =>
    rows().map((row) => Object.fromEntries(Object.entries(row).filter(([, it]) => it !== undefined))),
  null: () => rows().map((row) => ({ ...row, tenantId: row['tenantId'] ?? null })),
  'a set': () => new Set(rows()),
  'an iterable': () => ({
    *[Symbol.iterator]() {
      yield* rows()
    },
  }),
  'objects without prototype': () => rows().map((row) => Object.assign(Object.create(null), row)),
  'objects that know their JSON': () => rows().map((row) => new Model(row)),
  frozen: () => Object.freeze(rows().map((row) => Object.freeze(row))),
  proxies: () => rows().map((row) => new Proxy(row, {})),
  dates: () => rows().map((row) => ({ ...row, date: new Date(row['date'] as string) })),
  'dates of this place': () =>
    rows().map((row) => {
      const [year, month, day] = (row['date'] as string).split('-').map(Number) as [number, number, number]
      return { ...row, date: new Date(year, month - 1, day) }
    }),
  'String objects': () => rows().map((row) => ({ ...row, id: new String(row['id']) })),
}

test.each(Object.entries(ways))('the bytes of %s are the same', (_, make) => {
  expect(withRows(make())).toBe(EXPECTED)
})

test('own properties count, those of the class do not', () => {
  expect(withRows([new Drawn()])).toContain(
    '[{"id":"T1","reqdExctnDt":"2025-01-05","id-prty":"P1","amt":850.00,"ref":"Loyer janvier"}]',
  )
})

test.each([
  [850, '850'],
  [850.1, '850.1'],
  [0.30000000000000004, '0.30000000000000004', 'too_many_digits'],
  [-0, '0'],
  [0.000001, '0.000001'],
  [1e-7, '0.0000001'],
  [-1e20, '-100000000000000000000'],
  [123456789.25, '123456789.25'],
  [1e21, '1000000000000000000000'],
  [123456789012345n, '123456789012345'],
  [12345678901234567890n, '12345678901234567890', 'too_many_digits'],
  ['850.10', '850.10'],
  [{ toJSON: () => '850.10' }, '850.10'],
])('an amount of %s', (amount, written, code = undefined) => {
  const payload = { ...HEADER, transactions: [first({ amount })] }
  expect(codes(payload)).toEqual(code === undefined ? [] : [code])
  if (code === undefined) expect(text(payload)).toContain(`"amt":${written},`)
})

test('what is no amount is found, and where', () => {
  for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, '850,00', true, {}, [1]]) {
    const found = findings({ ...HEADER, transactions: [first({}), first({ id: 'T9', amount })] })
    expect(found.map((it) => [it.pointer, it.id])).toEqual([['/transactions/1/amt', 'T9']])
    expect(found[0]).toMatchObject({ model: 'transactions', severity: 'error' })
    expect([found[0]?.line, found[0]?.column]).toEqual([null, null])
  }
})

test('a date with a time of day is no day', () => {
  const date = new Date(Date.UTC(2025, 0, 5, 11, 59, 3))
  expect(findings({ ...HEADER, transactions: [first({ date })] })[0]?.pointer).toBe(
    '/transactions/0/reqdExctnDt',
  )
  expect(findings({ ...HEADER, transactions: [first({ date: new Date(Number.NaN) })] })).toHaveLength(1)
})

test('the day of a Date is the one that it is at midnight, here or in UTC', () => {
  const written = (date: unknown): unknown =>
    [...(Payload.toJSON({ transactions: [{ date }] } as unknown as Payload).transactions ?? [])][0]
      ?.reqdExctnDt
  const years = { min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }
  fc.assert(
    fc.property(fc.date(years), (moment) => {
      const day = moment.toISOString().slice(0, 10)
      expect(written(new Date(day))).toBe(day)
      const [year, month, date] = day.split('-').map(Number) as [number, number, number]
      const here = new Date(2000, month - 1, date)
      here.setFullYear(year, month - 1, date)
      // Where clocks go forward at midnight there is none.
      if (here.getHours() === 0) expect(written(here)).toBe(day)
    }),
  )
  expect(written(runInNewContext('new Date("2025-01-05")'))).toBe('2025-01-05')
  expect(written(new Date(8.64e15))).toBe('a day beyond the calendar')
})

test('a creation date may be a Date, whatever its time', () => {
  const createdAt = new Date('2025-03-01T00:00:00Z')
  expect(text({ ...HEADER, createdAt, transactions: rows() })).toContain('"creDtTm":"2025-03-01T00:00:00')
})

test('lone surrogates and control characters are told with their places', () => {
  for (const reference of ['a\ud800b', '\udc00', 'a\u0000b']) {
    const found = findings({
      ...HEADER,
      transactions: [first({}), first({ id: 'T9', reference }), first({ id: 'T10' })],
    })
    expect(
      found.map((it) => it.pointer),
      JSON.stringify(reference),
    ).toContain('/transactions/1/ref')
    expect(found.every((it) => it.id === 'T9' || it.id === undefined || it.id === null)).toBe(true)
  }
})

test('what stands between texts in the encoder may stand in them', () => {
  const written = withRows([
    first({ reference: 'a\u001fb' }),
    first({ id: 'T9', reference: '\u001f' }),
    first({ id: 'T10' }),
  ])
  expect(JSON.parse(written).transactions.map((it: Row) => it['ref'])).toEqual([
    'a\u001fb',
    '\u001f',
    'Loyer janvier',
  ])
})

test('unknown keys are found, and so is a field that is given twice', () => {
  const payload = { ...HEADER, transactions: [first({ amt: '1.00', note: { a: [1] } })], tag: 1 }
  const found = check(payload as unknown as Payload, { today: TODAY }).findings
  expect(
    found
      .map((it) => it.pointer)
      .filter((it) => !it?.endsWith('id-prty'))
      .sort(),
  ).toEqual(['/tag', '/transactions/0/amt', '/transactions/0/note'])
})

test('what is no list or item is found', () => {
  expect(findings({ ...HEADER, transactions: 3 }).map((it) => it.pointer)).toContain('/transactions')
  expect(findings({ ...HEADER, transactions: [3, null, 'x'] }).map((it) => it.pointer)).toEqual(
    expect.arrayContaining(['/transactions/0', '/transactions/1', '/transactions/2']),
  )
})

test('an empty list is left out', () => {
  expect(text({ ...HEADER, properties: [], transactions: rows(), documents: new Set() })).toBe(EXPECTED)
})

test.each<[string, unknown, RegExp]>([
  ['a function', () => 1, /^transactions\[1\]\.amount: a function has no form in a payload$/],
  ['a symbol', Symbol('x'), /^transactions\[1\]\.amount: a symbol/],
])('%s is refused with its place', (_, amount, message) => {
  const payload = { ...HEADER, transactions: [first({}), first({ amount })] }
  expect(() => findings(payload)).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) }),
  )
})

test('what cannot be read, or only once, is refused', () => {
  const loop: Row = {}
  loop['loop'] = loop
  expect(() => findings({ ...HEADER, transactions: [first({ loop })] })).toThrow(/^transactions\[0\]\.loop: /)
  expect(() => findings({ ...HEADER, transactions: rows().values() })).toThrow(
    /^transactions: an iterator can be read only once/,
  )
  expect(() => findings({ ...HEADER, transactions: (async function* () {})() })).toThrow(
    /^transactions: an asynchronous iterable/,
  )
})

test('what a getter throws comes through', () => {
  const error = new Error('of the program')
  const row = Object.defineProperty(first({}), 'amount', {
    enumerable: true,
    get() {
      throw error
    },
  })
  expect(() => findings({ ...HEADER, transactions: [row] })).toThrow(error)
})

test('objects inside others', () => {
  const client = { email: 'a@agence.fr', firstName: 'A', lastName: 'B' }
  const account = { transactions: rows(), client }
  const found = findings({
    ...HEADER,
    clients: [account, { ...account, client: { ...client, email: 'no' } }],
  })
  expect(found.map((it) => it.pointer)).toContain('/clients/1/client/email')
})

test('a long payload, written in a thread, has the bytes of a short one', () => {
  const many = Array.from({ length: 60_000 }, (_, at) =>
    first({ id: `T${at}`, reference: `Loyer n° ${at} ${'é'.repeat(at % 7)}` }),
  )
  const whole = JSON.parse(withRows(many)) as { transactions: Row[] }
  expect(whole.transactions).toHaveLength(many.length)
  for (const [at, row] of whole.transactions.entries()) {
    if (row['id'] !== many[at]?.['id'] || row['ref'] !== many[at]?.['reference'])
      expect(row).toEqual(many[at])
  }
})

test('rows may have any number of different sets of keys', () => {
  const many = Array.from({ length: 61_500 }, (_, at) => first({ id: `T${at}`, [`k${at}`]: at }))
  const whole = JSON.parse(withRows(many)) as { transactions: Row[] }
  for (const at of [0, 61_439, 61_440, 61_441, 61_499]) {
    expect(whole.transactions[at]).toMatchObject({ id: `T${at}`, [`k${at}`]: at, ref: 'Loyer janvier' })
  }
  expect(whole.transactions).toHaveLength(many.length)
}, 120_000)

test('numbers under keys that nobody knows are as JSON.stringify has them', () => {
  const numbers = [
    0,
    -0,
    1,
    -1.5,
    1e-6,
    1e-7,
    999999999999999900000,
    1e21,
    5e-324,
    0.1 + 0.2,
    2 ** 53,
    1.7976931348623157e308,
    // Of these, two shortest texts are as near: JavaScript takes the one with the even digit.
    567285623089377.25,
    1207528712564021 + 0.25,
    -73566341753785.625,
  ]
  const written = withRows(numbers.map((n, at) => first({ id: `T${at}`, n })))
  expect([...written.matchAll(/"n":([^,}]*)/g)].map((it) => it[1])).toEqual(
    numbers.map((n) => JSON.stringify(n)),
  )
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (n) => {
      expect(withRows([first({ n })])).toContain(`"n":${JSON.stringify(n)}`)
    }),
  )
})

test('any texts come out as they went in', () => {
  const anything = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(
      fc.array(fc.record({ id: anything, tenantId: fc.option(anything), reference: anything })),
      (given) => {
        const found = check({ ...HEADER, transactions: given } as unknown as Payload, { today: TODAY })
        expect(found.isComplete).toBe(true)
      },
    ),
  )
})
