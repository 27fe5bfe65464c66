// Payloads of any size: what is taken, what is told, and where files go.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

import {
  Batch,
  BatchError,
  Client,
  ConfigError,
  check,
  checked,
  FileError,
  type Item,
  PayloadFile,
  PayloadWriter,
  ValidationError,
  WriterError,
} from 'qlower'
import { expect, test } from 'vitest'

import { content, folder, HEADER, home, rejected, row, rows } from './loads.js'

test('a folder gets what a payload would be', async () => {
  const writer = await PayloadWriter.folder(folder(), HEADER)
  await writer.writeProperties([home(1)])
  await writer.writeTransactions(rows(3000))
  expect(writer.pushed('transactions')).toBe(3000)
  expect(writer.receipts).toEqual([])
  expect(writer.indexBytes).toBeGreaterThan(0)
  expect(writer.written).toBeNull()
  const written = await writer.finish()
  expect(await writer.finish()).toBe(written)
  expect(writer.written).toBe(written)
  expect(writer.receipts).toBe(written.receipts)
  const [file] = written.receipts
  if (file === undefined) throw new Error('no file')
  expect(file).toBeInstanceOf(PayloadFile)
  expect(written.output.files.map((one) => one.sha256)).toEqual([file.sha256])
  expect(written.report.isValid).toBe(true)
  const { partner, apiKey, createdAt, today } = HEADER
  const whole = checked(
    { partner, apiKey, createdAt, version: '2.0', properties: [home(1)], transactions: [...rows(3000)] },
    { today },
  )
  // Sections come in the order in which items did, which is that of the wire here.
  expect(readFileSync(file.path).equals(whole.toBuffer())).toBe(true)
  expect([file.size, file.sha256, file.items]).toEqual([whole.size, whole.sha256, 3001])
  expect(file.objectKey).toBe(whole.objectKey)
  expect(new Date(file.createdAt)).toEqual(new Date(createdAt))
  expect(file.partner).toBe('acme')
})

test('the same again gives the same bytes', async () => {
  const hashes: string[][] = []
  for (const _ of [1, 2]) {
    const writer = await PayloadWriter.folder(folder(), { ...HEADER, maxItems: 10 })
    await writer.writeTransactions(rows(35))
    const { output } = await writer.finish()
    hashes.push(output.files.map((file) => file.sha256))
  }
  expect(hashes[0]).toHaveLength(4)
  expect(hashes[0]).toEqual(hashes[1])
})

test('every refused row is told, and the others are taken', async () => {
  const given: Partial<Item<'transactions'>>[] = [...rows(5000)]
  given[7] = row(7, { amount: '8 50,00 EUR' })
  given[2500] = row(2500, { date: '31/01/2025' })
  const { reference: _, ...last } = row(4999)
  given[4999] = last
  const writer = await PayloadWriter.folder(folder(), HEADER)
  const error = await rejected(writer.writeTransactions(given.values() as never), ValidationError)
  expect(error.report?.isValid).toBe(false)
  expect(error.report?.errors.map(({ pointer }) => pointer)).toEqual([
    '/transactions/7/amt',
    '/transactions/2500/reqdExctnDt',
    '/transactions/4999/ref',
  ])
  expect(writer.pushed('transactions')).toBe(4997)
  // Corrected, they can still be written.
  await writer.writeTransactions([row(7), row(2500), row(4999)])
  expect((await writer.finish()).receipts[0]?.items).toBe(5000)
})

test('one item at a time', async () => {
  const writer = await PayloadWriter.folder(folder(), HEADER)
  await writer.write('transactions', row(1))
  const error = await rejected(writer.write('transactions', row(2, { amount: 'x' })), ValidationError)
  expect(error.report?.errorCount).toBe(1)
  await rejected(writer.write('transactions', 3 as never), ValidationError)
  await rejected(writer.write('transactions', (() => {}) as never), TypeError)
  for (const section of ['transaction', 'toString', '', 3, null]) {
    const unknown = await rejected(writer.write(section as never, row(3) as never), ConfigError)
    expect(unknown.setting).toBe('section')
  }
  expect(writer.pushed('transactions')).toBe(1)
  expect(() => writer.pushed('x' as never)).toThrow(/there are declarants, properties, transactions/)
})

test('what refers to something later waits for it', async () => {
  const writer = await PayloadWriter.folder(folder(), { ...HEADER, maxItems: 2 })
  await writer.writeTransactions([row(1), row(2), row(3)])
  await writer.writeProperties([home(1)])
  const { output, report } = await writer.finish()
  const sections = output.files.map(({ path }) =>
    Object.keys(content(path)).filter((key) => ['properties', 'transactions'].includes(key)),
  )
  expect(sections.map((found) => found.sort())).toEqual([['properties', 'transactions'], ['transactions']])
  expect(report.warningCount).toBe(0)
})

test('a target that comes too late is told with its row', async () => {
  const options = { ...HEADER, maxItems: 2, references: 'loaded_before' } as const
  const writer = await PayloadWriter.folder(folder(), options)
  await writer.writeTransactions([1, 2, 3].map((n) => row(n, { propertyId: `P${n}` })))
  const error = await rejected(writer.writeProperties([home(7), home(1), home(8)]), WriterError)
  expect(error.message).toMatch(/comes too late/)
  expect(error.row).toBe(1)
  expect(writer.pushed('properties')).toBe(1)
})

test('a full document is told with the refused rows before', async () => {
  const path = join(folder(), 'payload.json')
  const writer = await PayloadWriter.file(path, { ...HEADER, maxItems: 3 })
  const given = [row(0), row(1, { amount: 'x' }), row(2), row(3), row(4), row(5)]
  const error = await rejected(writer.writeTransactions(given), WriterError)
  expect(error.message).toMatch(/would exceed/)
  expect(error.row).toBe(4)
  expect(error.report?.errors.map(({ pointer }) => pointer)).toEqual(['/transactions/1/amt'])
  expect(existsSync(path)).toBe(false)
  expect((await writer.finish()).output).toBe(path)
  expect(content(path).transactions.map(({ id }: { id: string }) => id)).toEqual(['T0', 'T2', 'T3'])
})

test('one file has its name when it is whole', async () => {
  const place = folder()
  const path = join(place, 'payload.json')
  writeFileSync(path, 'before')
  const writer = await PayloadWriter.file(pathToFileURL(path), HEADER)
  await writer.writeTransactions([row(1)])
  expect(readFileSync(path, 'utf8')).toBe('before')
  const { receipts, output } = await writer.finish()
  expect(output).toBe(path)
  const bytes = readFileSync(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  expect(receipts).toEqual([{ path, size: bytes.length, sha256, items: 1 }])
  expect(check(bytes, { today: HEADER.today }).isValid).toBe(true)
  expect(readdirSync(place)).toEqual(['payload.json'])
})

test('what is discarded leaves nothing', async () => {
  const [into, beside] = [folder(), folder()]
  for (const open of [
    () => PayloadWriter.folder(into, HEADER),
    () => PayloadWriter.file(join(beside, 'payload.json'), HEADER),
  ]) {
    const writer = await open()
    await writer.writeTransactions([row(1)])
    await writer.discard()
    await expect(writer.writeTransactions([row(2)])).rejects.toThrow(/closed/)
    await expect(writer.write('transactions', row(2))).rejects.toBeInstanceOf(WriterError)
    await expect(writer.finish()).rejects.toThrow(/closed/)
    await writer.discard()
  }
  expect(readdirSync(into)).toEqual(['.qlower.lock'])
  expect(readdirSync(beside)).toEqual([])
})

test('a writer that is left without being finished is discarded', async () => {
  const place = folder()
  const path = join(place, 'payload.json')
  const writer = await PayloadWriter.file(path, HEADER)
  await writer.write('transactions', row(1))
  await writer[Symbol.asyncDispose]()
  expect(readdirSync(place)).toEqual([])
  const other = await PayloadWriter.file(path, HEADER)
  await other.write('transactions', row(1))
  await other.finish()
  await other[Symbol.asyncDispose]()
  expect(readdirSync(place)).toEqual(['payload.json'])
})

test('settings are named', async () => {
  const open = (options: object) => PayloadWriter.folder(folder(), { ...HEADER, ...options } as never)
  for (const [setting, given] of Object.entries({
    references: 'never',
    partner: 3,
    apiKey: null,
    createdAt: new Date('never'),
    maxBytes: Number.NaN,
    maxItems: 1.5,
    maxFindings: -1,
    spoolDir: 3,
    strict: 1,
    today: '31/01/2025',
    resume: true,
    onFile: () => {},
    signal: {},
    timeout: 'x',
    maxItem: 5,
  })) {
    const error = await rejected(open({ [setting]: given }), ConfigError)
    expect(error.setting).toBe(setting)
  }
  for (const options of [undefined, null, 3, 'x']) {
    await rejected(PayloadWriter.folder(folder(), options as never), ConfigError)
  }
  for (const path of [undefined, null, 3, '', 'a\0b', new URL('http://127.0.0.1/x'), {}]) {
    await rejected(PayloadWriter.folder(path as never, HEADER), ConfigError)
    await rejected(PayloadWriter.file(path as never, HEADER), ConfigError)
    await rejected(Batch.open(path as never), ConfigError)
  }
  await rejected(PayloadWriter.s3({} as never, HEADER), ConfigError)
  expect(() => new (PayloadWriter as never as new () => unknown)()).toThrow(TypeError)
  expect(() => new (Batch as never as new () => unknown)()).toThrow(TypeError)
  expect(() => new (PayloadFile as never as new () => unknown)()).toThrow(TypeError)
})

test('null and undefined are not given', async () => {
  const options = {
    maxBytes: null,
    maxItems: undefined,
    references: null,
    today: null,
    onFile: null,
    signal: null,
  }
  const writer = await PayloadWriter.folder(folder(), { ...HEADER, ...options } as never)
  await writer.write('transactions', row(1), null as never)
  await writer.discard()
})

test('dates are settings too', async () => {
  const path = join(folder(), 'payload.json')
  const createdAt = new Date('2025-02-01T07:00:00Z')
  const writer = await PayloadWriter.file(path, { ...HEADER, createdAt, today: new Date('2025-01-30') })
  await writer.writeTransactions([row(1), row(2, { date: '2025-01-30' })])
  const { report } = await writer.finish()
  const future = report.warnings.filter(({ code }) => code === 'future_transaction')
  expect(future.map(({ id }) => id)).toEqual(['T1'])
  expect(new Date(content(path).creDtTm)).toEqual(createdAt)
})

test('a header with an error is refused', async () => {
  const error = await rejected(
    PayloadWriter.folder(folder(), { ...HEADER, createdAt: 'yesterday' }),
    ValidationError,
  )
  expect(error.report?.errors.map(({ pointer }) => pointer)).toEqual(['/creDtTm'])
})

test('a place that is none is told with what the system said', async () => {
  const path = join(folder(), 'no', 'such', 'payload.json')
  const error = await rejected(PayloadWriter.file(path, HEADER), FileError)
  expect(error.path).toBe(path)
  expect(error.cause).toMatchObject({ code: 'ENOENT' })
})

test('strict checking ends without a file', async () => {
  const place = folder()
  const writer = await PayloadWriter.folder(place, { ...HEADER, strict: true })
  await writer.writeTransactions([row(1)])
  const error = await rejected(writer.finish(), ValidationError)
  expect(error.report?.errors.map(({ code }) => code)).toEqual(['unknown_reference'])
  const unfinished = await rejected(Batch.open(place), BatchError)
  expect([unfinished.isUnfinished, unfinished.isFinished]).toEqual([true, false])
})

test('batches are found again, verified and removed', async () => {
  const place = folder()
  const writer = await PayloadWriter.folder(place, { ...HEADER, maxItems: 2 })
  await writer.writeTransactions(rows(5))
  await writer.finish()
  const finished = await rejected(PayloadWriter.folder(place, HEADER), BatchError)
  expect(finished.isFinished).toBe(true)
  const batch = await Batch.open(pathToFileURL(place))
  expect(batch.folder).toBe(place)
  expect([batch.files.length, batch.pending.length, batch.uploaded]).toEqual([3, 3, []])
  const [, second] = batch.files
  if (second === undefined) throw new Error('no file')
  expect(batch.receipt(second)).toBeNull()
  expect(() => batch.receipt({} as never)).toThrow(ConfigError)
  expect(JSON.parse(JSON.stringify(second))).toEqual({
    path: second.path,
    size: second.size,
    sha256: second.sha256,
    items: 2,
    objectKey: second.objectKey,
  })
  await batch.verify()
  writeFileSync(second.path, readFileSync(second.path, 'utf8').replaceAll('Loyer', 'Rente'))
  await expect(batch.verify()).rejects.toThrow(/has changed/)
  await batch.remove()
  expect(readdirSync(place)).toEqual(['.qlower.lock'])
  expect(() => batch.pending).toThrow(/was removed/)
  await expect(batch.verify()).rejects.toBeInstanceOf(BatchError)
  await expect(batch.remove()).rejects.toBeInstanceOf(BatchError)
})

test('neither the key nor content is shown', async () => {
  const apiKey = 's3cr3t-k3y'
  const writer = await PayloadWriter.folder(folder(), { ...HEADER, apiKey })
  await writer.writeTransactions([row(1)])
  const error = await rejected(writer.writeTransactions([row(2, { date: '31/01/2025' })]), ValidationError)
  const written = await writer.finish()
  const shown = [writer, written, written.output, ...written.receipts, error]
  const text = shown
    .map((it) => `${inspect(it, { depth: 9, showHidden: true })} ${JSON.stringify(it)} ${it}`)
    .join()
  expect(text).toContain('loader-')
  expect(text).not.toContain(apiKey)
  const single = await PayloadWriter.file(join(folder(), 'payload.json'), { ...HEADER, apiKey })
  for (const file of [...written.receipts, ...(await single.finish()).receipts]) {
    if (process.platform !== 'win32') expect(statSync(file.path ?? '').mode & 0o077).toBe(0)
  }
})

test('temporary files go where they are told to', async () => {
  const place = folder()
  mkdirSync(join(place, 'spool'))
  const spoolDir = join(place, 'none')
  const writer = await PayloadWriter.file(join(place, 'payload.json'), { ...HEADER, spoolDir })
  await rejected(
    writer.writeTransactions(rows(10)).then(() => writer.finish()),
    FileError,
  )
  const other = await PayloadWriter.file(join(place, 'payload.json'), {
    ...HEADER,
    spoolDir: join(place, 'spool'),
  })
  await other.writeTransactions(rows(10))
  expect((await other.finish()).receipts[0]?.items).toBe(10)
})

test('a client of another partner is refused', async () => {
  const client = new Client({ environment: 'http://127.0.0.1:1', partner: 'other' })
  const error = await rejected(PayloadWriter.s3(client, HEADER), ConfigError)
  expect(error.setting).toBe('partner')
  await client.close()
})
