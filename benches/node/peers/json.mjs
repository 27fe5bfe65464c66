// No check at all: reading and writing JSON, which every other peer does as well.

import { HEADER } from '../data.mjs'
import { main, withTextualDate } from './job.mjs'

const bytes = (payload) => Buffer.from(JSON.stringify(payload))

main({
  validate(buffer) {
    try {
      return JSON.parse(buffer.toString()) !== undefined
    } catch {
      return false
    }
  },
  build: (transactions, properties) => bytes({ ...HEADER, properties, transactions }),
  buildTyped: (rows, properties) => bytes({ ...HEADER, properties, transactions: rows.map(withTextualDate) }),
})
