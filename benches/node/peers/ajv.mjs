// The payload with ajv: a schema compiled to code, and formats that know how many days a month has.

import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

import { HEADER } from '../data.mjs'
import { main, withTextualDate } from './job.mjs'
import { payload } from './schema.mjs'

// Without `unicode`, a length is that of the text in JavaScript: the same for "one or more", and quicker.
const ajv = new Ajv({ allowUnionTypes: true, unicode: false, logger: false })
addFormats.default(ajv)
const isPayload = ajv.compile(payload)

const bytes = (payload) => (isPayload(payload) ? Buffer.from(JSON.stringify(payload)) : undefined)

main({
  validate: (buffer) => isPayload(JSON.parse(buffer.toString())),
  build: (transactions, properties) => bytes({ ...HEADER, properties, transactions }),
  buildTyped: (rows, properties) => bytes({ ...HEADER, properties, transactions: rows.map(withTextualDate) }),
})
