// A writer in processes that are killed, in workers that are terminated, and in little memory.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

import { Batch, BatchError, PayloadWriter } from 'qlower'
import { expect, test } from 'vitest'

import { folder, HEADER, rejected, row, rows } from './loads.js'

const ENTRY = createRequire(import.meta.url).resolve('qlower')

const ROWS = `
  function* rows(count) {
    for (let n = 0; n < count; n++) {
      yield {
        id: 'T' + n, date: '2025-01-31', propertyId: 'P1', amount: '850.00',
        reference: "Loyer de janvier pour l'appartement du deuxième étage",
      }
    }
  }
`

// What V8 keeps for new objects grows by itself; that is not what is looked at.
const FLAGS = ['--max-semi-space-size=1']

function started(program: string, ...args: string[]): ChildProcess {
  const whole = `const { PayloadWriter } = require(${JSON.stringify(ENTRY)}); ${ROWS} ${program}`
  return spawn(process.execPath, [...FLAGS, '-e', whole, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function told(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (data) => {
    text += data
  })
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  return text
}

test('a process that is killed leaves only temporary names', async () => {
  const place = folder()
  const child = started(
    `(async () => {
      const [, place] = process.argv
      const options = { partner: 'acme', apiKey: 'k-1', maxItems: 1000, references: 'loaded_before' }
      const files = [
        await PayloadWriter.folder(place + '/batch', options),
        await PayloadWriter.file(place + '/payload.json', { ...options, maxItems: null }),
      ]
      for (const writer of files) writer.writeTransactions(rows(1e9))
      setInterval(() => files[0].receipts.length > 2 && console.log('begun'), 5)
    })()`,
    place,
  )
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  const left = readdirSync(place).sort()
  expect(left).toHaveLength(2)
  expect(left[0]).toMatch(/^\.qlower-\w+\.part$/)
  expect(left[1]).toBe('batch')
  const batch = join(place, 'batch')
  expect((await rejected(Batch.open(batch), BatchError)).isUnfinished).toBe(true)
  // The next writer clears what the other one has left.
  const writer = await PayloadWriter.folder(batch, HEADER)
  await writer.writeTransactions(rows(3))
  expect((await writer.finish()).output.files).toHaveLength(1)
})

test('a program ends with a writer that is not finished, and nothing is left', async () => {
  const place = folder()
  const child = started(
    `(async () => {
      const [, place] = process.argv
      const writer = await PayloadWriter.file(place + '/payload.json', { partner: 'acme', apiKey: 'k-1' })
      await writer.writeTransactions(rows(5000))
      console.log(writer.pushed('transactions'))
    })()`,
    place,
  )
  expect(await told(child)).toBe('5000\n')
  expect(readdirSync(place)).toEqual([])
})

test('memory does not grow with the rows', async () => {
  const child = started(
    `(async () => {
      const [, place] = process.argv
      const peaks = []
      for (const count of [60_000, 180_000]) {
        const writer = await PayloadWriter.folder(place + '/' + count, {
          partner: 'acme', apiKey: 'k-1', references: 'loaded_before', maxFindings: 100,
        })
        await writer.writeTransactions(rows(count))
        await writer.finish()
        peaks.push(process.resourceUsage().maxRSS)
      }
      console.log(peaks.join(' '))
    })()`,
    folder(),
  )
  const [small, large] = (await told(child)).split(' ').map(Number)
  // 120 000 rows more are 20 MB of payload, and 2 MB of what is remembered; they are 40 MB as objects.
  expect((large ?? Number.NaN) - (small ?? Number.NaN)).toBeLessThan(12 * 1024)
})

test('workers may be terminated in the middle of it', async () => {
  const place = folder()
  const program = `
    const { workerData, parentPort } = require('node:worker_threads')
    const { PayloadWriter } = require(workerData.entry)
    ${ROWS}
    ;(async () => {
      const options = { partner: 'acme', apiKey: 'k-1', references: 'loaded_before', maxItems: 3000 }
      const writer = await PayloadWriter.folder(workerData.place, options)
      const { Readable } = require('node:stream')
      Readable.from(rows(1e9)).pipe(writer.stream('transactions'))
      for (let n = 0; n < 50; n++) writer.write('transactions', [...rows(1)][0])
      parentPort.postMessage('begun')
      await writer.writeTransactions(rows(1e9))
    })()
  `
  const here = await PayloadWriter.folder(join(place, 'here'), HEADER)
  for (let number = 0; number < 20; number++) {
    const data = { entry: ENTRY, place: join(place, `${number}`) }
    const worker = new Worker(program, { eval: true, workerData: data })
    const failed = once(worker, 'error').then(([error]) => Promise.reject(error))
    await Promise.race([once(worker, 'message'), failed])
    failed.catch(() => {})
    await sleep(number * 2)
    await worker.terminate()
    await here.write('transactions', row(number))
  }
  expect((await here.finish()).receipts[0]?.items).toBe(20)
  // What they had open is closed, so that others can go on there.
  for (let number = 0; number < 20; number++) {
    const end = Date.now() + 5000
    const into = join(place, `${number}`)
    let writer = await PayloadWriter.folder(into, HEADER).catch(() => undefined)
    for (; writer === undefined && Date.now() < end; await sleep(10)) {
      writer = await PayloadWriter.folder(into, HEADER).catch(() => undefined)
    }
    if (writer === undefined) throw new Error(`${into} is still held`)
    await writer.discard()
  }
})
