// The payload with TypeBox: the same schema as ajv's, compiled by TypeBox, whose checks are quicker.

import { Compile } from 'typebox/schema'

import { HEADER } from '../data.mjs'
import { main, withTextualDate } from './job.mjs'
import { payload } from './schema.mjs'

const validator = Compile(payload)

const bytes = (payload) => (validator.Check(payload) ? Buffer.from(JSON.stringify(payload)) : undefined)

main({
  validate: (buffer) => validator.Check(JSON.parse(buffer.toString())),
  build: (transactions, properties) => bytes({ ...HEADER, properties, transactions }),
  buildTyped: (rows, properties) => bytes({ ...HEADER, properties, transactions: rows.map(withTextualDate) }),
})
