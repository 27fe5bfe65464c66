// Uploads to S3 stores of other makers, which `tools/stores.py` starts.

import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'

import { Batch, Client, PayloadWriter, StoreError } from 'qlower'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { folder, HEADER, rows as plain, type Row, rejected } from './loads.js'

const PREFIX = 'QLOWER_TEST_'
const given = (name: string): string => process.env[`${PREFIX}${name}`] ?? ''
const endpoint = (store: string): string => given(`${store}_ENDPOINT`)

// Where the stores are promised, their absence is a failure.
if (process.env['QLOWER_TEST_STORES_REQUIRED'] === '1') {
  test('the stores are there', () => {
    expect([endpoint('SEAWEEDFS'), endpoint('MOTO')]).not.toContain('')
  })
}

function* rows(count: number, size = 10): Generator<Row, void> {
  // Of its own in each test, since what is there once is not uploaded again.
  const mark = randomUUID()
  for (const one of plain(count, { reference: 'L'.repeat(size) })) yield { ...one, id: `${mark}-${one.id}` }
}

function connected(store: string, secret = given('S3_SECRET_ACCESS_KEY')): Client {
  return new Client({
    environment: 'staging',
    partner: 'acme',
    s3Endpoint: endpoint(store),
    region: given('S3_REGION'),
    accessKeyId: given('S3_ACCESS_KEY_ID'),
    secretAccessKey: secret,
    s3MultipartThreshold: 5 << 20,
    s3PartSize: 5 << 20,
  })
}

describe.each(['SEAWEEDFS', 'MOTO'])('%s', (store) => {
  describe.skipIf(endpoint(store) === '')('with a store', () => {
    let client: Client

    beforeAll(() => {
      client = connected(store)
    })
    afterAll(() => client.close())

    test('payloads are uploaded once', async () => {
      const { partner, apiKey, createdAt } = HEADER
      const payload = { partner, apiKey, createdAt, transactions: [...rows(10)] }
      const first = await client.upload(payload)
      const again = await client.upload(payload, { resume: true })
      expect(first.bucket).toBe(given('S3_BUCKET'))
      expect([again.key, again.size]).toEqual([first.key, first.size])
      expect([first.alreadyThere, again.alreadyThere]).toEqual([false, true])
      expect((await client.uploadStatus(first)).status).toBe('pending')
    })

    test('files in parts go as soon as they are full', async () => {
      const options = { ...HEADER, maxBytes: 11 << 20, references: 'loaded_before' } as const
      const writer = await PayloadWriter.s3(client, options)
      await writer.writeTransactions(rows(14_000, 1000))
      const { receipts } = await writer.finish()
      expect(receipts).toHaveLength(2)
      expect(receipts[0]?.size).toBeGreaterThan(10 << 20)
      for (const receipt of receipts) {
        expect((await client.uploadStatus(receipt)).status).toBe('pending')
        // Made of parts.
        if (receipt.size > 5 << 20) expect(receipt.etag).toContain('-')
      }
    })

    test('a batch is finished by another run', async () => {
      const place = folder()
      const writer = await PayloadWriter.folder(place, { ...HEADER, maxItems: 10 })
      await writer.writeTransactions(rows(30))
      const { output } = await writer.finish()
      const enough = new Error('enough')
      const onProgress = ({ file }: { file: number }) => {
        if (file === 1) throw enough
      }
      await expect(client.uploadBatch(output, { onProgress })).rejects.toBe(enough)
      const batch = await Batch.open(place)
      // The store may have had the second one before it was told to stop.
      expect([1, 2]).toContain(batch.uploaded.length)
      const receipts = await client.uploadBatch(batch)
      expect(receipts.at(-1)?.key).toBe(batch.files[2]?.objectKey)
      expect(batch.pending).toEqual([])
    })
  })
})

// The other store checks no signature.
test.skipIf(endpoint('SEAWEEDFS') === '')('a refusal tells its code and no secret', async () => {
  const client = connected('SEAWEEDFS', 'wr0ng-s3cret')
  const writer = await PayloadWriter.s3(client, HEADER)
  await writer.writeTransactions(rows(1))
  const error = await rejected(writer.finish(), StoreError)
  expect(error.storeCode).toBe('SignatureDoesNotMatch')
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('wr0ng-s3cret')
  await client.close()
})
