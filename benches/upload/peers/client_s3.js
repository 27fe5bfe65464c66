// One put with @aws-sdk/client-s3, of a file that is read first.
import { readFileSync } from 'node:fs'

import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

const [endpoint, bucket, key, file] = process.argv.slice(2)
const client = new S3Client({ endpoint, forcePathStyle: true })
const params = { Bucket: bucket, Key: key, Body: readFileSync(file), ContentType: 'application/json' }
await client.send(new PutObjectCommand(params))
console.log(`${bucket}/${key}`)
