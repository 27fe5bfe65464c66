// The vectors of live readings, run as their README says.

import { live } from 'qlower'

import { bytesOf, load } from './vectors-data.mjs'

const KNOWN = ['at', 'missing', 'keys', 'found', 'line', 'column', 'suggestion']

const OPERATIONS = {
  'live.read': ({ body, path, agreed }) => {
    try {
      return live.read(bytesOf(body), bytesOf(path).toString(), { unit: agreed }).toJSON()
    } catch (error) {
      if (error instanceof live.ReadingError) {
        const known = KNOWN.filter((key) => error[key] !== null).map((key) => [key, error[key]])
        const { reason, message, messageFr } = error
        return { code: reason, message, message_fr: messageFr, ...Object.fromEntries(known) }
      }
      if (!(error instanceof live.SettingError)) throw error
      const { problem, position, suggestion } = error
      return { path: problem, position, ...(suggestion !== null && { suggestion }) }
    }
  },
  'live.answer': async ({ producer: settings, method, query, headers, source }) => {
    const { access = [], origins, any_origin, form, unit } = settings
    const options = {
      auth: access.length === 0 ? undefined : access.flatMap(authsOf),
      origins,
      anyOrigin: any_origin,
      form,
      unit,
    }
    try {
      const producer = live.producer(() => measured(source), options)
      const lines = headers.map(([name, line]) => [name, Buffer.from(line).toString('latin1')])
      const answer = await producer.answer({ method, query, headers: lines })
      return { status: answer.status, outcome: answer.outcome, headers: answer.headers, body: answer.body }
    } catch (error) {
      if (!(error instanceof live.SettingError)) throw error
      return { error: error.problem, ...(error.suggestion !== null && { suggestion: error.suggestion }) }
    }
  },
  'live.convert': ({ value, from, to }) => ({ value: live.convert(value, from, to) }),
}

/** All vectors, each with its outcome. */
export async function run() {
  const runs = []
  for (const vector of load('live')) runs.push({ vector, outcome: await OPERATIONS[vector.op](vector.input) })
  return runs
}

/** Each secret is a way of its own here; where there is none, an empty one stands for it. */
function authsOf({ kind, name, secrets, users }) {
  const several = (list) => (list.length === 0 ? [''] : list)
  switch (kind) {
    case 'query':
      return several(secrets).map((value) => ({ query: { name, value } }))
    case 'bearer':
      return several(secrets).map((bearer) => ({ bearer }))
    case 'api_key':
      return several(secrets).map((apiKey) => ({ apiKey }))
    case 'basic':
      return several(users).map(([user = '', password = '']) => ({ basic: { user, password } }))
  }
}

function measured(source) {
  if (source === null || source === undefined) return null
  const { value, unit, at } = source
  return {
    value: typeof value === 'string' ? Number(value.replace(/inf$/, 'Infinity')) : value,
    unit,
    at: at ?? null,
  }
}

/** The outcome as every language can write it: floats by their bits, instants in UTC to the millisecond, headers sorted. */
export function common(outcome) {
  const told = { ...outcome }
  for (const key of ['value', 'in_agreed']) if (typeof told[key] === 'number') told[key] = bitsOf(told[key])
  if (typeof told.timestamp === 'string') told.timestamp = new Date(told.timestamp).toISOString()
  if (told.headers !== undefined) {
    const pairs = told.headers.map(([name, line]) => [name.toLowerCase(), line])
    told.headers = pairs.sort(([one, first], [other, second]) =>
      one === other ? (first < second ? -1 : 1) : one < other ? -1 : 1,
    )
  }
  return told
}

function bitsOf(value) {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}

/** What is compared: of the outcome, and of what is expected. */
export function compared({ vector: { expect }, outcome }) {
  const told = Object.entries(outcome).filter(
    ([key]) => key in expect || !['message', 'message_fr', 'headers', 'body'].includes(key),
  )
  const found = Object.fromEntries(told)
  if (expect.headers !== undefined) {
    const linesOf = (name) =>
      outcome.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, line]) => line)
    found.headers = Object.fromEntries(Object.keys(expect.headers).map((name) => [name, linesOf(name)]))
  }
  return [found, expect]
}
