// No work at all: what start, reading the file and making the rows take in every program.

import { main } from './job.mjs'

main({
  validate: (buffer) => buffer.length > 0,
  build: (transactions, properties) => Buffer.from(transactions.length && properties.length ? 'rows' : ''),
  buildTyped: (transactions, properties) =>
    Buffer.from(transactions.length && properties.length ? 'rows' : ''),
})
