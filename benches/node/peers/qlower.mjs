// The payload with the SDK: a check of everything, references and doubled ids among it.

import { check, checked, ValidationError } from 'qlower'

import { HEADER } from '../data.mjs'
import { main } from './job.mjs'

function build(transactions, properties) {
  try {
    // It holds the bytes, and is what a client sends.
    return checked({ ...HEADER, properties, transactions })
  } catch (error) {
    if (error instanceof ValidationError) return undefined
    throw error
  }
}

main({ validate: (buffer) => check(buffer).isValid, build, buildTyped: build })
