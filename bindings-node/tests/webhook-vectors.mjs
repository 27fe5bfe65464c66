// The vectors of webhooks, run as their README says.

import { InvalidEventError, SignatureError, webhook } from 'qlower'

import { bytesOf, load } from './vectors-data.mjs'

/** Where the name of a property is not the key on the wire. */
const KEYCLIC = { resourceType: 'type', links: '_links', embedded: '_embedded' }
const INSTANTS = new Set(['timestamp', 'payment_date', 'createdAt', 'updatedAt'])

const OPERATIONS = {
  'webhook.verify': ({ input, now, tolerance }) => {
    const verified = () => {
      const { timestamp, secret } = webhook.verify(
        bytesOf(input.body),
        headerOf(input),
        input.secrets.map(bytesOf),
        tolerance === undefined ? { now } : { now, tolerance },
      )
      return { timestamp, secret }
    }
    return caught(verified)
  },
  'webhook.sign': ({ input, now }) => ({
    header: webhook.sign(bytesOf(input.body), bytesOf(input.secret), { now }),
  }),
  'webhook.basic': ({ input }) =>
    caught(() => ({ user: webhook.verifyBasic(headerOf(input), Object.fromEntries(input.users)) })),
  'webhook.explain': ({ input, now }) =>
    webhook.explain(bytesOf(input.body), headerOf(input), input.secrets.map(bytesOf), { now }).toJSON(),
  'webhook.parse': ({ input }) => caught(() => told(webhook.parse, bytesOf(input.body))),
  'webhook.keyclic': ({ input }) => caught(() => told(webhook.keyclic.parse, bytesOf(input.body))),
  'webhook.vehicle': ({ input }) =>
    caught(() => told((body) => webhook.vehicle.parse(input.event, body), bytesOf(input.body))),
}

/** All vectors, each with its outcome. */
export function run() {
  return load('webhook').map((vector) => ({ vector, outcome: OPERATIONS[vector.op](vector) }))
}

function headerOf({ header }) {
  return bytesOf(header).toString()
}

function caught(call) {
  try {
    return call()
  } catch (error) {
    if (error instanceof SignatureError) {
      const { reason, skew } = error
      return skew === null ? { reason } : { reason, skew }
    }
    if (error instanceof InvalidEventError) return { pointer: error.pointer, problem: error.problem }
    throw error
  }
}

function told(read, body) {
  const event = read(body)
  if (Buffer.compare(event.raw, body) !== 0) throw new Error('the body is not kept')
  return { told: written(event) }
}

/** What is read from an event: without `null` and empty lists, instants in UTC to the millisecond. */
function written(value) {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(written)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    membersOf(value)
      .filter(([, member]) => member !== null && !(Array.isArray(member) && member.length === 0))
      .map(([key, member]) => [key, written(member)]),
  )
}

/** The members of an object, by their keys on the wire. */
function membersOf(value) {
  const members = Object.entries(value)
  if (Object.getPrototypeOf(value) === Object.prototype) return members
  if (value instanceof webhook.keyclic.Payload) {
    const known = members
      .filter(([name]) => name !== 'rest')
      .map(([name, member]) => [KEYCLIC[name] ?? name, member])
    return [...known, ...Object.entries(value.rest)]
  }
  // By `type` the classes are told apart; the event's type is another property.
  const fields = members.filter(([name]) => !(name === 'type' && 'eventType' in value))
  return fields.map(([name, member]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    member,
  ])
}

/** What is expected, in that form. */
function wanted(value, key = '') {
  if (typeof value === 'string' && INSTANTS.has(key)) return new Date(value).toISOString()
  if (Array.isArray(value)) return value.map((item) => wanted(item))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, wanted(member, name)])
  return written(Object.fromEntries(members))
}

/** What is compared: of the outcome, and of what is expected. */
export function compared({ vector: { expect }, outcome }) {
  if ('causes' in expect) {
    const causes = outcome.causes.map(({ code, certainty, secret }) => ({ code, certainty, secret }))
    return [{ reason: outcome.reason, skew: outcome.skew, causes }, expect]
  }
  if ('at' in expect) {
    const pointers = Object.entries(expect.at)
    return [
      Object.fromEntries(pointers.map(([pointer]) => [pointer, at(outcome.told, pointer)])),
      Object.fromEntries(
        pointers.map(([pointer, value]) => [pointer, wanted(value, pointer.split('/').at(-1))]),
      ),
    ]
  }
  return [outcome, wanted(expect)]
}

/** What stands at a pointer; `null` for nothing. */
function at(value, pointer) {
  return pointer
    .split('/')
    .slice(1)
    .reduce((inner, step) => inner?.[step] ?? null, value ?? null)
}
