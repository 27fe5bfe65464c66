// The vectors of names, run as their README says.

import { ftp } from 'qlower'

import { load } from './vectors-data.mjs'

/** All vectors, each with its outcome. */
export function run() {
  return load('naming').map((vector) => ({ vector, outcome: outcomeOf(vector) }))
}

function outcomeOf({ input, at }) {
  const { side_file: sideFile, ...rules } = input.rules
  try {
    const plan = ftp.names({ ...rules, sideFile }, input.sources, input.variables, { at: new Date(`${at}Z`) })
    return { directory: plan.directory, archive: plan.archive, files: plan.files, side_file: plan.sideFile }
  } catch (error) {
    if (!(error instanceof ftp.NamingError)) throw error
    return { errors: error.errors.map(written) }
  }
}

function written({ rule, messageFr, ...fault }) {
  return { ...fault, rule: rule === 'sideFile' ? 'side_file' : rule, message_fr: messageFr }
}

/** What is compared: of the outcome, and of what is expected. */
export function compared({ vector: { expect }, outcome }) {
  if (!('errors' in expect)) return [outcome, expect]
  const found = outcome.errors?.map((error, at) => {
    const named = Object.keys(expect.errors[at] ?? error)
    return Object.fromEntries(named.map((key) => [key, error[key]]))
  })
  return [{ errors: found }, expect]
}
