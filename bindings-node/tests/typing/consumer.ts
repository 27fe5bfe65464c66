/** What a partner's compiler makes of the package, as an ES module and as CommonJS. It is compiled strictly, and run. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AbortError,
  type Batch,
  type Certainty,
  type Checked,
  Client,
  type ClientOptions,
  check,
  checkAsync,
  checked,
  codes,
  type Environment,
  type Finding,
  Payload,
  type PayloadFile,
  type PayloadWire,
  PayloadWriter,
  type Property,
  QlowerError,
  type Receipt,
  type Report,
  Sandbox,
  split,
  TimeoutError,
  type Transaction,
  TransportError,
  type UploadReceipt,
  ValidationError,
  version,
  type Written,
} from 'qlower'

/** Compiles only if both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

async function* rows(): AsyncGenerator<Transaction> {
  for (let id = 1; id <= 3; id++)
    yield { id: `R${id}`, date: new Date(2025, 0, id), propertyId: 'P1', amount: 850.5, reference: 'Loyer' }
}

function objects(): Payload {
  const home: Property = {
    id: 'P1',
    description: 'Appartement 1',
    street: "rue de l'Église",
    town: 'Orléans',
    postCode: '45000',
    country: 'FR',
    lastName: 'Dupont',
    firstName: 'Élise',
    email: 'elise.dupont@example.com',
    acquisitionDate: '2010-05-06',
    taxRegime: codes.PropertyTaxRegime.LmnpReal,
  }
  // @ts-expect-error: its other fields are required
  const nothing: Property = { id: 'P2' }
  assert(nothing)
  return {
    partner: 'sandbox',
    apiKey: 'sandbox-key',
    createdAt: new Date(),
    properties: [home],
    transactions: [
      { id: 'T1', date: '2025-01-31', propertyId: home.id, amount: '850.50', reference: 'Loyer' },
    ],
  }
}

async function checks(payload: Payload): Promise<Checked> {
  const report = check(payload, { today: new Date() })
  same<typeof report, Report>(true)
  same<(typeof report.findings)[number], Finding>(true)
  // @ts-expect-error: a number is no payload
  assert.throws(() => check(5))
  // @ts-expect-error: there is no such option
  assert.throws(() => check(payload, { stricter: true }))
  assert.equal(report.toString(), (await checkAsync(payload)).toString())
  const wire: PayloadWire = Payload.toJSON(payload)
  assert.equal(check(wire).isValid, true)
  const read: Payload = Payload.fromJSON(JSON.stringify(wire))
  assert.equal(read.transactions?.length, 1)
  const label: string | null | undefined = codes.label('taxRegime', 5, 'fr')
  assert.match(label ?? '', /LMNP/)
  assert.equal(split(payload).length, 1)
  return checked(payload)
}

async function sends(payload: Checked, sandbox: Sandbox): Promise<void> {
  const options: ClientOptions = { ...sandbox.clientOptions(), timeout: 5_000 }
  // @ts-expect-error: its name is apiKey
  const wrong: ClientOptions = { apikey: 'k' }
  assert(wrong)
  const client = new Client(options)
  same<typeof client.environment, Environment>(true)
  const receipt = await client.send(payload, { signal: AbortSignal.timeout(60_000) })
  same<typeof receipt, Receipt>(true)
  same<typeof receipt.certainty, Certainty>(true)
  assert.equal(receipt.certainty, 'processed')
  const uploaded = await client.upload(payload)
  same<typeof uploaded, UploadReceipt>(true)

  const folder = await mkdtemp(join(tmpdir(), 'qlower-consumer-'))
  const writer = await PayloadWriter.folder(join(folder, 'batch'), {
    partner: sandbox.partner,
    apiKey: sandbox.apiKey,
    createdAt: new Date(),
  })
  await writer.writeTransactions(rows())
  // @ts-expect-error: a transaction is no property
  await assert.rejects(writer.write('properties', { id: 'T9', amount: 1 }), ValidationError)
  const written = await writer.finish()
  same<typeof written, Written<PayloadFile, Batch>>(true)
  await rm(folder, { recursive: true })

  await assert.rejects(client.send(payload, { signal: AbortSignal.abort() }), AbortError)
  await client.close()
}

function fails(): void {
  try {
    checked('{}')
    assert.fail('it is not valid')
  } catch (error) {
    assert(error instanceof ValidationError && error instanceof QlowerError && error instanceof Error)
    same<typeof error.report, Report>(true)
    same<typeof error.code, string>(true)
    assert.equal(error.code, 'QLOWER_VALIDATION')
    assert(error.report.errorCount > 0)
  }
  assert(TimeoutError.prototype instanceof TransportError)
}

async function main(): Promise<void> {
  const sandbox = await Sandbox.start()
  assert.match(version, /^\d+\./)
  try {
    await sends(await checks(objects()), sandbox)
    fails()
  } finally {
    await sandbox.stop()
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
