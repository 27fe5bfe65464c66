/**
 * From an agency's CSV files to Qlower: read, check, send, upload, and see what became of every item.
 *
 *     npx tsx quickstart.ts
 *
 * It needs no account and no network: the Qlower that it sends to is a sandbox inside this program. The files are in
 * `examples/data`; the modules in `agency/` beside this file make items of their rows, and are meant to be copied.
 */

import { join } from 'node:path'

import {
  Client,
  check,
  checked,
  type Payload,
  QlowerError,
  type Receipt,
  type Report,
  Sandbox,
  ValidationError,
} from 'qlower'

import { DATA, NoTableError, readBooks } from './agency/index.ts'

// What Qlower gives each partner. The key belongs in a secret store, never in a program: this one opens the sandbox alone.
const PARTNER = 'sandbox'
const API_KEY = 'sandbox-key'
const MODELS = ['declarants', 'associates', 'properties', 'transactions', 'documents'] as const

const colors = process.stdout.isTTY === true && !process.env['NO_COLOR']

async function main(): Promise<void> {
  console.log('The books of a letting agency, from CSV files to Qlower.')

  heading('1. Check books with mistakes', 'lots.csv and ecritures.csv from examples/data/broken')
  const wrong = payload(join(DATA, 'broken'))
  show(check(wrong))

  const sandbox = await Sandbox.start({ partners: { [PARTNER]: API_KEY } })
  const client = new Client(sandbox.clientOptions())
  try {
    heading('2. Try to send them', 'a client takes what has passed the check, and nothing else')
    await client.send(wrong).then(
      () => {
        throw new Error('the mistakes in examples/data/broken were not found')
      },
      (error) => {
        if (!(error instanceof ValidationError)) throw error
        console.log(`Refused, nothing has left: ${error.message}`)
      },
    )

    heading('3. Check the right books', 'examples/data; a warning does not prevent sending')
    const right = checked(payload())
    show(right.report)

    heading('4. Send them by REST', 'to a sandbox inside this program')
    tell(await client.send(right))
    stock(sandbox)

    heading(
      '5. Send them again',
      'and lose the connection before the answer comes: the client tries once more',
    )
    sandbox.failNext('reset_after_processing')
    tell(await client.send(right))
    stock(sandbox)

    heading(
      '6. Upload them by S3',
      'the way of nightly batches; Qlower loads what arrives, and moves it when it is done',
    )
    const receipt = await client.upload(right)
    console.log(`bucket     ${receipt.bucket}`)
    console.log(`key        ${receipt.key}`)
    console.log(`certainty  ${receipt.certainty}`)
    console.log(`outcome    ${await client.waitFor(receipt, { timeout: 60_000 })}`)
    stock(sandbox)

    const items = sandbox.loaded().size
    console.log(
      `\n${sandbox.loads()} loads were treated, and there are still ${items} items: what exists is not created again.`,
    )
  } finally {
    await client.close()
    await sandbox.stop()
  }
}

/** Puts a header before the books, which are in `examples/data`, or in other folders if these have a file. */
function payload(...before: string[]): Payload {
  return { partner: PARTNER, apiKey: API_KEY, createdAt: new Date(), ...readBooks(DATA, ...before) }
}

function heading(title: string, note: string): void {
  const [bold, dim, end] = colors ? ['\x1b[1m', '\x1b[2m', '\x1b[0m'] : ['', '', '']
  console.log(`\n${bold}${title}${end} ${dim}(${note})${end}\n`)
}

function show(report: Report): void {
  process.stdout.write(report.render({ colors }))
}

/** What became of the items, and how it is known. */
function tell(receipt: Receipt): void {
  const note = receipt.earlierAttemptMayHaveBeenProcessed
    ? ', and an earlier one may have been processed too'
    : ''
  console.log(`${receipt.reply}\n`)
  console.log(`certainty  ${receipt.certainty}`)
  console.log(`attempts   ${receipt.attempts}${note}`)
  console.log(`duration   ${(receipt.duration / 1000).toFixed(2)} s`)
  console.log(`sha-256    ${receipt.payloadSha256}`)
}

/** What is in the sandbox by now; Qlower itself cannot be asked. */
function stock(sandbox: Sandbox): void {
  const loaded = sandbox.loaded()
  console.log(`sandbox    ${MODELS.map((model) => `${loaded.count(model)} ${model}`).join(', ')}`)
}

// Whoever reads along, `head` for instance, has seen enough; the rest has nowhere to go.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await main()
} catch (error) {
  if (!(error instanceof NoTableError || error instanceof QlowerError)) throw error
  console.error(`quickstart: ${error.message}`)
  process.exitCode = 1
}
