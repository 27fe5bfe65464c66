// Whether checks leave something behind.
//
//   node --expose-gc tests/memory.mjs [how many checks]
//
// A small payload is checked as bytes, a million times if nothing else is said, less often
// as a string, as an object and off the event loop; reports are rendered, errors thrown, payloads read and cut. The memory of the
// process may not grow by more than a little after the first tenth.

import { check, checkAsync, checked, Payload, split } from 'qlower'

const row = { id: 'T1', date: '2025-01-05', propertyId: 'P1', amount: '850.00', reference: 'r' }
const header = { partner: 'acme', apiKey: 'k', createdAt: '2025-03-01T08:00:00Z' }
const sound = { ...header, transactions: [row, { ...row, id: 'T2' }] }
const faulty = {
  ...header,
  transactions: [
    { ...row, date: '05/01/2025', note: { a: [1] } },
    { ...row, amount: null },
  ],
}

/** How much the process may grow, in KiB. */
const ALLOWED = 8192
/** So often the event loop has a turn, in which Node lets go of what native objects hold. Checks of texts need none. */
const EACH = 2000
const TURNLESS = new Set(['bytes', 'a string', 'shared memory'])

const bytes = checked(sound).toBuffer()
const text = bytes.toString()
const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
shared.set(bytes)

function throwing() {
  try {
    checked(faulty)
  } catch (error) {
    JSON.stringify(error)
    if (!`${error.report}`) throw error
  }
}

const checks = Number(process.argv[2] ?? 1_000_000)
const { signal } = new AbortController()
const ways = {
  bytes: [checks, () => check(bytes)],
  'a string': [checks / 10, () => check(text)],
  'shared memory': [checks / 10, () => check(shared)],
  'an object': [checks / 10, () => check(sound)],
  'what is kept': [checks / 10, () => checked(bytes)],
  'in the background': [checks / 20, () => checkAsync(bytes)],
  'in the background, with a signal': [checks / 100, () => checkAsync(text, { signal, timeout: 60_000 })],
  findings: [checks / 100, () => check(faulty).findings],
  errors: [checks / 100, throwing],
  'reading and writing': [checks / 100, () => Payload.toJSON(Payload.fromJSON(text))],
  parts: [checks / 100, () => split(bytes, { maxItems: 1 }).map((part) => part.checked.toBuffer())],
}

/** Memory in use, in KiB, when all that can be taken away is. */
async function resident() {
  // What is released by finalizers goes in a later turn.
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  return process.memoryUsage.rss() / 1024
}

async function times(name, number, way) {
  for (let done = 0; done < number; done++) {
    const made = way()
    if (made instanceof Promise) await made
    if (done % EACH === EACH - 1 && !TURNLESS.has(name)) await resident()
  }
}

let failed = false
for (const [name, [number, way]] of Object.entries(ways)) {
  await times(name, Math.max(number / 10, 3 * EACH), way)
  const before = await resident()
  await times(name, number, way)
  const grown = Math.round((await resident()) - before)
  failed ||= grown > ALLOWED
  console.log(`${name}: ${number} times, ${grown} KiB more`)
}
if (failed) {
  console.error('the process grows')
  process.exitCode = 1
}
