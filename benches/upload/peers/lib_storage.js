// One upload with `Upload` of @aws-sdk/lib-storage, as it comes, from a stream of the file.
import { createReadStream } from 'node:fs'

import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

const [endpoint, bucket, key, file] = process.argv.slice(2)
const client = new S3Client({ endpoint, forcePathStyle: true })
const params = { Bucket: bucket, Key: key, Body: createReadStream(file), ContentType: 'application/json' }
await new Upload({ client, params }).done()
console.log(`${bucket}/${key}`)
