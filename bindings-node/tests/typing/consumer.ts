// A program of somebody who uses the package: what it may write compiles, strictly, and runs; what it may not is marked.

import assert from 'node:assert/strict'
import {
  Client,
  type ClientOptions,
  check,
  codes,
  type Declarant,
  type Document,
  Environment,
  type Finding,
  type Item,
  type ItemModel,
  Payload,
  type PayloadWire,
  type Property,
  QlowerError,
  type ReadPayload,
  type Report,
  type S3Fault,
  Sandbox,
  type SandboxFault,
  type Section,
  type Transaction,
  type TransactionWire,
  ValidationError,
  version,
} from 'qlower'

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles if the type argument is true. */
function isTrue<_ extends true>(): void {}

// ---- Rows by readable names

const rent: Transaction = {
  id: 'T1',
  date: '2025-01-31',
  propertyId: 'P1',
  amount: '850.00',
  reference: 'Loyer',
}
const rows: Transaction[] = [
  { ...rent, id: 'T2', date: new Date('2025-01-31'), amount: 850.1, currency: 'EUR' },
  { ...rent, id: 'T3', amount: 850n, tenantId: null, category: undefined },
  // What this edition does not know may be sent; the check speaks of it.
  { ...rent, id: 'T4', currency: 'CHF' },
  { ...rent, id: 'T5', currency: codes.Currency.Gbp, amount: decimal('12.30') },
]

function decimal(digits: string) {
  return { digits, toFixed: (_?: number) => digits, toJSON: () => digits }
}

// @ts-expect-error the reference is missing
const short: Transaction = { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 1 }
// @ts-expect-error a key of the wire among readable names
const mixed: Transaction = { ...rent, 'id-prty': 'P1' }
// @ts-expect-error no such field
const misspelled: Transaction = { ...rent, propertyID: 'P1' }
// @ts-expect-error an amount is no date
const dated: Transaction = { ...rent, amount: new Date() }
// @ts-expect-error a currency is no number
const counted: Transaction = { ...rent, currency: 978 }
// @ts-expect-error an id is a string
const numbered: Transaction = { ...rent, id: 7 }
assert.deepEqual([short.id, mixed.id, misspelled.id, dated.id, counted.id, numbered.id].length, 6)

const flat: Property = {
  id: 'P1',
  description: 'Appartement',
  street: 'rue Haute',
  town: 'Orléans',
  postCode: '45000',
  country: 'FR',
  lastName: 'Martin',
  firstName: 'Léa',
  email: 'lea@example.fr',
  acquisitionDate: '2010-05-06',
  taxRegime: 5,
}
const regimes: Property['taxRegime'][] = [5, '5', 34, codes.PropertyTaxRegime.LmnpReal]
const furnished: Property['furnished'][] = [true, 'O', codes.YesNo.No, null]
// @ts-expect-error a regime is required
const free: Property = { ...flat, taxRegime: undefined }
const company: Pick<Declarant, 'legalStatus'> = { legalStatus: 6540 }
const year: Document['year'][] = [2024, '2024']
assert.equal(regimes.length + furnished.length + year.length, 10)
assert.ok(free.id && company.legalStatus)

// ---- By wire keys

const wireRent: TransactionWire = {
  id: 'T1',
  reqdExctnDt: '2025-01-31',
  'id-prty': 'P1',
  amt: 850,
  ref: 'Loyer',
}
// @ts-expect-error a readable name among keys of the wire
const mixedWire: TransactionWire = { ...wireRent, propertyId: 'P1' }
assert.ok(mixedWire)

// ---- Payloads

const header = { partner: 'acme', apiKey: 'k-1', createdAt: new Date('2025-02-01T08:00:00Z') }
const payload: Payload = { ...header, properties: [flat], transactions: [rent] }
const wire: PayloadWire = {
  inigPtynm: 'acme',
  apiKey: 'k-1',
  creDtTm: '2025-02-01T08:00:00+01:00',
  versionId: '2.0',
  transactions: [wireRent],
}
// Any iterable is a list.
const lists: Payload[] = [
  { ...header, transactions: new Set(rows) },
  { ...header, transactions: Object.freeze([...rows]) },
  { ...header, transactions: { [Symbol.iterator]: () => rows.values() } },
]
// @ts-expect-error a list of texts
const texts: Payload = { ...header, transactions: ['T1'] }
// @ts-expect-error without its header
const headless: Payload = { transactions: [rent] }
assert.ok(texts && headless)

isTrue<Same<Section, 'declarants' | 'properties' | 'transactions' | 'documents' | 'clients'>>()
isTrue<Same<Item<'transactions'>, Transaction | TransactionWire>>()
isTrue<ItemModel extends 'payload' ? false : true>()

const options = { today: '2025-02-01' } as const
const report: Report = check(payload, options)
assert.equal(report.isValid, true)
for (const source of [wire, JSON.stringify(wire), Buffer.from(JSON.stringify(wire)), ...lists])
  check(source, options)
// @ts-expect-error neither a payload nor its text
assert.throws(() => check(7))
// @ts-expect-error no such option
assert.throws(() => check(payload, { stirct: true }))

const read: ReadPayload = Payload.fromJSON(JSON.stringify(wire))
const amount: string | undefined = read.transactions?.[0]?.amount
assert.equal(amount, '850')
read.transactions?.push({ ...rent, date: '2025-01-31', amount: '1.00' })
const again: Payload = read
assert.equal(check(again, options).isComplete, true)
const written: PayloadWire = Payload.toJSON(payload)
assert.equal(written.transactions?.[0]?.['id-prty'], 'P1')

const finding: Finding | undefined = check({ ...payload, transactions: [{ ...rent, amount: 'x' }] }, options)
  .errors[0]
const severity: 'error' | 'warning' | undefined = finding?.severity
assert.equal(severity, 'error')

// ---- Codes

const label: string | undefined = codes.label('taxRegime', 5, 'fr')
assert.equal(label, 'BIC Réel / location meublée LMNP')
isTrue<Same<codes.Currency, (typeof codes.Currency)[keyof typeof codes.Currency]>>()
isTrue<Same<codes.YesNo, 'O' | 'N'>>()
isTrue<5 extends codes.PropertyTaxRegime ? true : false>()
// @ts-expect-error a regime is a number on the wire
const regime: codes.PropertyTaxRegime = '5'
// @ts-expect-error codes do not change
assert.throws(() => (codes.YesNo.Yes = 'N'))
// @ts-expect-error no such language
assert.throws(() => codes.label('taxRegime', 5, 'de'), QlowerError)
// A list by a name that is known is there.
assert.ok(codes.list('furnished').entries.length === 2 && codes.entries('ccy').length > 0)
// @ts-expect-error there may be none
assert.throws(() => codes.list(regime).entries)

// ---- Clients and sandboxes

const faults: SandboxFault[] = [
  { name: 'bad_gateway' },
  { name: 'slow', delay: 5 },
  { name: 'status', status: 418 },
]
const stores: S3Fault[] = [{ name: 'slow_down' }, { name: 'permanent_redirect', region: 'eu-west-3' }]
const settings: ClientOptions = { environment: Environment.STAGING, timeout: null, retry: { maxAttempts: 2 } }
// @ts-expect-error times are numbers
const slow: ClientOptions = { timeout: '5s' }
assert.throws(() => new Client(slow), QlowerError)

async function main(): Promise<void> {
  assert.match(version, /^\d/)
  await new Client(settings).close()
  await using sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
  await using client = sandbox.client({ timeout: 10_000 })
  sandbox.failNext('bad_gateway', { times: 2 })
  sandbox.failNext({ name: 'too_many_requests', retryAfter: 1000 })
  for (const fault of faults) sandbox.failNext(fault)
  for (const fault of stores) sandbox.failNextS3(fault, { on: 'PutObject' })
  // @ts-expect-error no such fault
  assert.throws(() => sandbox.failNext('tiemout'))
  // @ts-expect-error how slow?
  assert.throws(() => sandbox.failNext('slow'))
  // @ts-expect-error nothing to tell of it
  assert.throws(() => sandbox.failNext({ name: 'timeout', delay: 5 }))
  // @ts-expect-error a fault of the other side
  assert.throws(() => sandbox.failNextS3('bad_gateway'))
  // @ts-expect-error no such model
  assert.throws(() => sandbox.loaded().count('payloads'))
  const narrowed = sandbox.pendingFaults()[4]
  if (narrowed?.name === 'slow') isTrue<Same<typeof narrowed.delay, number>>()
  sandbox.reset()

  const receipt = await client.send(payload, { signal: AbortSignal.timeout(10_000) })
  isTrue<Same<typeof receipt.attempts, number>>()
  assert.equal(sandbox.loaded().get('transactions', 'T1')?.data['amt'], 850)
  try {
    await client.send({ ...payload, transactions: [{ ...rent, amount: 'x' }] })
    assert.fail('it was sent')
  } catch (error) {
    assert.ok(error instanceof ValidationError && error instanceof QlowerError)
    isTrue<Same<typeof error.code, string>>()
    assert.equal(error.code, 'QLOWER_VALIDATION')
  }
}

main().then(
  () => console.log('done'),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
