/**
 * The scheme of the signatures is Stripe's: whatever one side signs, the other verifies, and both refuse the same. Where they differ,
 * that is meant, and stands in the table.
 */

import { createHmac } from 'node:crypto'

import { SignatureError, webhook } from 'qlower'
import { Stripe } from 'stripe'
import { expect, test } from 'vitest'

const CASES = 10_000
const TOLERANCE = 300
const { webhooks } = new Stripe('sk_test_none')

/** Numbers that are the same in every run. */
function random(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  return { below, pick, next }
}

type Random = ReturnType<typeof random>

const PIECES = [
  '{"event_id": "',
  'evt_1',
  'é',
  '漢',
  '🏠',
  '"',
  '\\u00e9',
  ' ',
  '\n',
  '\r\n',
  '315.0',
  '\0',
  '}',
  'a=b,c',
]

/** What comes, and the receiver's secret and time. */
interface Case {
  body: Buffer
  secret: string
  /** As it was signed, by either side. */
  header: string
  time: number
  now: number
}

function made(chance: Random): Case {
  const text = Array.from({ length: 1 + chance.below(12) }, () => chance.pick(PIECES)).join('')
  const secret = chance.pick(['whsec_acme', 'é', 'a'.repeat(200), 's p a c e', `k${chance.next()}`])
  const time = 1 + chance.below(2_000_000_000)
  const body = Buffer.from(text)
  const header =
    chance.below(2) === 0
      ? webhooks.generateTestHeaderString({ payload: text, secret, timestamp: time })
      : webhook.sign(body, secret, { now: time })
  return { body, secret, header, time, now: time + chance.below(TOLERANCE + 1) }
}

const hmac = (secret: string, time: string, body: Buffer) =>
  createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')
const swapped = (digit: string) => (digit === '0' ? '1' : '0')
const signature = (header: string) => header.slice(header.indexOf('v1=') + 3)

/** What is done to a case of which both sides are to say the same, and whether they accept it. */
const SAME: Record<string, [boolean, (it: Case, chance: Random) => Partial<Case>]> = {
  untouched: [true, () => ({})],
  'parts in another order': [true, (it) => ({ header: it.header.split(',').reverse().join(',') })],
  'unknown parts beside': [true, (it) => ({ header: `v0=00,${it.header},x=${'é'},flag` })],
  'another signature before': [true, (it) => ({ header: `v1=${'ab'.repeat(32)},${it.header}` })],
  'another signature behind': [true, (it) => ({ header: `${it.header},v1=${'ab'.repeat(32)}` })],
  'as old as it may be': [true, (it) => ({ now: it.time + TOLERANCE })],
  'an empty body': [
    true,
    (it) => ({ body: Buffer.alloc(0), header: webhook.sign('', it.secret, { now: it.time }) }),
  ],
  'a second too old': [false, (it) => ({ now: it.time + TOLERANCE + 1 })],
  'much too old': [false, (it, chance) => ({ now: it.time + TOLERANCE + 1 + chance.below(1e9) })],
  'another secret': [false, (it) => ({ secret: `${it.secret}x` })],
  'a secret without its end': [false, (it) => ({ secret: it.secret.slice(0, -1) || 'other' })],
  'no secret': [false, (_it) => ({ secret: '' })],
  'a byte more': [false, (it) => ({ body: Buffer.concat([it.body, Buffer.from(' ')]) })],
  'another byte': [
    false,
    (it, chance) => {
      const body = Buffer.from(`${it.body} `)
      const at = chance.below(body.length)
      // One that leaves UTF-8 what it is.
      body.fill((body.readUInt8(at) & 0x80) === 0 ? 0x21 : 0x20, at, at + 1)
      return { body: Buffer.from(body.toString()) }
    },
  ],
  'another time': [false, (it) => ({ header: it.header.replace(`t=${it.time}`, `t=${it.time + 1}`) })],
  'another digit': [
    false,
    (it, chance) => {
      const at = it.header.indexOf('v1=') + 3 + chance.below(64)
      return { header: it.header.slice(0, at) + swapped(it.header.charAt(at)) + it.header.slice(at + 1) }
    },
  ],
  'a signature cut short': [false, (it) => ({ header: it.header.slice(0, -2) })],
  'a signature that is empty': [false, (it) => ({ header: `t=${it.time},v1=` })],
  'no time': [false, (it) => ({ header: `v1=${signature(it.header)}` })],
  'no signature': [false, (it) => ({ header: `t=${it.time}` })],
  'only another version': [false, (it) => ({ header: it.header.replace('v1=', 'v2=') })],
  'no header': [false, (_it) => ({ header: '' })],
  'something else': [
    false,
    (_it, chance) => ({ header: chance.pick(['x', ',', '=', 't=,v1=', 'Bearer x']) }),
  ],
}

/** Where they differ: who accepts it, and why. */
const DIFFERENT: Record<string, ['stripe' | 'qlower', string, (it: Case, chance: Random) => Partial<Case>]> =
  {
    'a time ahead': [
      'stripe',
      'the tolerance holds in both directions: a signature that is ahead is kept for longer by whoever stole it',
      (it, chance) => ({ now: it.time - TOLERANCE - 1 - chance.below(1000) }),
    ],
    'spaces around parts': [
      'qlower',
      'they do not matter',
      (it) => ({ header: it.header.replace(',', ' , ') }),
    ],
    'capital digits': [
      'qlower',
      'hexadecimal digits are of either case',
      (it) => ({ header: `t=${it.time},v1=${signature(it.header).toUpperCase()}` }),
    ],
    'the time twice': [
      'stripe',
      'which one was signed is not clear',
      (it) => ({ header: `t=1,${it.header}` }),
    ],
    'no hexadecimal beside a good one': [
      'stripe',
      'the sender writes no such thing',
      (it) => ({ header: `${it.header},v1=no-hex` }),
    ],
    'more behind the time': [
      'stripe',
      'a time is digits and nothing else',
      (it) => ({ header: it.header.replace(`t=${it.time}`, `t=${it.time}s`) }),
    ],
    'zeros before the time': [
      'stripe',
      'what is signed is the time as it is written',
      (it) => ({ header: it.header.replace('t=', 't=00') }),
    ],
    'zeros before the time, signed': [
      'qlower',
      'what is signed is the time as it is written',
      (it) => ({ header: `t=00${it.time},v1=${hmac(it.secret, `00${it.time}`, it.body)}` }),
    ],
    'more behind the signature': [
      'stripe',
      'it is no hexadecimal then',
      (it) => ({ header: `t=${it.time},v1=${signature(it.header)}=` }),
    ],
    'bytes that are no UTF-8': [
      'qlower',
      'the bytes count, not what can be read',
      (it) => {
        const body = Buffer.concat([it.body, Buffer.from([0xff, 0xfe])])
        return { body, header: webhook.sign(body, it.secret, { now: it.time }) }
      },
    ],
    'bytes that read the same': [
      'stripe',
      'the bytes count, not what can be read',
      (it) => {
        const signed = Buffer.concat([it.body, Buffer.from('\ufffd')])
        const body = Buffer.concat([it.body, Buffer.from([0xff])])
        return { body, header: webhook.sign(signed, it.secret, { now: it.time }) }
      },
    ],
    'a byte order mark before': [
      'stripe',
      'the bytes count, not what can be read',
      (it) => ({ body: Buffer.concat([Buffer.from('\ufeff'), it.body]) }),
    ],
    'a secret of spaces': [
      'qlower',
      'a secret is what was agreed',
      (it) => ({ secret: '  ', header: webhook.sign(it.body, '  ', { now: it.time }) }),
    ],
  }

function stripeAccepts({ header, now, body, secret }: Case): boolean {
  try {
    return webhooks.signature.verifyHeader(body, header, secret, TOLERANCE, undefined, now * 1000)
  } catch (error) {
    const { type, message } = error as Error & { type?: string }
    // The second is what an empty signature comes to.
    const isRefusal = type === 'StripeSignatureVerificationError' || /secureCompare/.test(message)
    if (!isRefusal) throw error
    return false
  }
}

function qlowerAccepts({ header, now, body, secret }: Case): boolean {
  try {
    const verified = webhook.verify(body, header, secret, { now, tolerance: TOLERANCE })
    return verified.secret === 0 && verified.timestamp > 0
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    return false
  }
}

test(`${CASES} cases: both accept the same, but for what is meant to differ`, () => {
  const chance = random(20_261_122)
  const seen = new Map<string, number>()
  const wrong: string[] = []
  const kinds = [...Object.keys(SAME), ...Object.keys(DIFFERENT)]
  for (let at = 0; at < CASES; at++) {
    const kind = kinds[at % kinds.length] as string
    let it = made(chance)
    let wanted: [boolean, boolean]
    const same = SAME[kind]
    if (same) {
      it = { ...it, ...same[1](it, chance) }
      wanted = [same[0], same[0]]
    } else {
      const [who, , change] = DIFFERENT[kind] as (typeof DIFFERENT)[string]
      it = { ...it, ...change(it, chance) }
      wanted = [who === 'stripe', who === 'qlower']
    }
    const found = [stripeAccepts(it), qlowerAccepts(it)]
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    if (`${found}` !== `${wanted}`)
      wrong.push(`${kind}: stripe ${found[0]}, qlower ${found[1]}: ${JSON.stringify(it)}`)
  }
  expect(wrong.slice(0, 3)).toEqual([])
  expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(CASES)
  const each = Math.floor(CASES / kinds.length)
  for (const kind of kinds) expect(seen.get(kind), kind).toBeGreaterThanOrEqual(each)
  expect(Object.keys(DIFFERENT)).toHaveLength(13)
})

test('a tolerance of zero means the same second here, and no limit there', () => {
  const header = webhook.sign('{}', 's', { now: 1_000 })
  expect(webhooks.signature.verifyHeader('{}', header, 's', 0, undefined, 9_000_000)).toBe(true)
  expect(() => webhook.verify('{}', header, 's', { tolerance: 0, now: 1_001 })).toThrow(SignatureError)
  expect(webhook.verify('{}', header, 's', { tolerance: 0, now: 1_000 }).timestamp).toBe(1_000)
})
