// The payload with ajv, and the JSON Schema that is published with the SDK: the strictest there is for it.

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

import { HEADER } from '../data.mjs'
import { main, withTextualDate } from './job.mjs'

const published = new URL('../../../qlower-core/schema/loader-2.0.schema.json', import.meta.url)
const schema = JSON.parse(readFileSync(published, 'utf8'))

// Formats that ajv does not know stand beside patterns, which say the same.
const ajv = new Ajv2020({ strict: false, unicode: false, logger: false })
addFormats.default(ajv)
const isPayload = ajv.compile(schema)

const bytes = (payload) => (isPayload(payload) ? Buffer.from(JSON.stringify(payload)) : undefined)

main({
  validate: (buffer) => isPayload(JSON.parse(buffer.toString())),
  build: (transactions, properties) => bytes({ ...HEADER, properties, transactions }),
  buildTyped: (rows, properties) => bytes({ ...HEADER, properties, transactions: rows.map(withTextualDate) }),
})
