// The payload with the SDK: a check of everything, references and doubled ids among it.

import { check, checked, ValidationError } from 'qlower'

import { HEADER } from '../data.mjs'
import { main } from './job.mjs'

function build(transactions, properties) {
  try {
    return checked({ ...HEADER, properties, transactions }).toBuffer()
  } catch (error) {
    if (error instanceof ValidationError) return undefined
    throw error
  }
}

main({ validate: (buffer) => check(buffer).isValid, build, buildTyped: build })
