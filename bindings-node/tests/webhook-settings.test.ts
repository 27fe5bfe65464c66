/** Settings of receivers, the work of their handlers, and what they tell by default. */

import { inspect } from 'node:util'

import { type ConfigError, webhook } from 'qlower'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type * as binding from '../dist/native.js'
import { internal } from './installed.js'
import { thrown } from './servers.js'
import { gate, noting, ORDER, order, SECRET, signed, until } from './webhooks.js'

const { native } = internal<typeof binding>('native')
const post = (receiver: webhook.Receiver, body = ORDER, headers = signed(body)) =>
  receiver.fetch(new Request('http://127.0.0.1/', { method: 'POST', headers, body }))

describe('settings', () => {
  const given = { secrets: SECRET, dedupe: null, handler: () => {} }

  test.each([
    [undefined, 'options'],
    [null, 'options'],
    [{}, 'secrets'],
    [{ secrets: SECRET }, 'handler'],
    [{ ...given, handler: 'it' }, 'handler'],
    [{ ...given, dedupe: { claim() {}, complete() {} } }, 'dedupe'],
    [{ ...given, secrets: undefined }, 'secrets'],
    [{ ...given, secrets: '' }, 'secrets'],
    [{ ...given, secrets: [] }, 'secrets'],
    [{ ...given, secrets: [undefined] }, 'secrets'],
    [{ ...given, apiKey: '' }, 'secrets'],
    [{ ...given, apiKey: 7 }, 'apiKey'],
    [{ ...given, maxBody: 0 }, 'maxBody'],
    [{ ...given, maxBody: '1' }, 'maxBody'],
    [{ ...given, bodyTimeout: Number.NaN }, 'bodyTimeout'],
    [{ ...given, timeout: 30_000 }, 'timeout'],
    [{ ...given, timeout: -1 }, 'timeout'],
    [{ ...given, lease: 25_000 }, 'lease'],
    [{ ...given, maxConcurrency: 0 }, 'maxConcurrency'],
    [{ ...given, tolerance: -1 }, 'tolerance'],
    [{ ...given, retryRefused: 'yes' }, 'retryRefused'],
    [{ ...given, onAnswer: 'log' }, 'onAnswer'],
    [{ ...given, secret: SECRET }, 'secret'],
  ] as [object, string][])('%o is refused by its name', (options, setting) => {
    const error = thrown<ConfigError>(() => new webhook.Receiver(options as never))
    expect([error.name, error.setting, error.message]).toEqual([
      'ConfigError',
      setting,
      expect.stringMatching(`^${setting}: `),
    ])
    expect(error.message).not.toContain(SECRET)
  })

  test('the answers are those of the core', () => {
    const names: Record<webhook.AnswerName, number> = {
      handled: 200,
      accepted: 202,
      duplicate: 200,
      pong: 200,
      refused: 401,
      not_found: 404,
      not_post: 405,
      too_slow: 408,
      too_large: 413,
      not_json: 415,
      failed: 500,
      unreadable: 500,
      busy: 503,
    }
    const { answers, ...policy } = native.webhookPolicy()
    expect(Object.fromEntries(answers.map(({ name, status }) => [name, status]))).toEqual(names)
    // What the documentation of the options says.
    expect(policy).toEqual({
      signatureHeader: 'X-Qlower-Signature',
      apiKeyHeader: 'X-API-KEY',
      maxBody: 1_048_576,
      bodyTimeout: 10_000,
      timeout: 25_000,
      senderTimeout: 30_000,
      lease: 600_000,
      maxConcurrency: 256,
      memoryCapacity: 100_000,
      retention: 30 * 86_400_000,
    })
  })

  test('it shows no secret', () => {
    const receiver = new webhook.Receiver({ ...given, apiKey: 'k3y' })
    expect(inspect(new webhook.keyclic.Receiver({ pathSecrets: 'p4th', handler: () => {} }))).toBe(
      "Receiver { pathSecrets: '***' }",
    )
    expect(inspect(receiver)).toBe("Receiver { secrets: '***', apiKey: '***' }")
    expect(JSON.stringify(receiver)).toBe('{"secrets":"***","apiKey":"***"}')
    expect(inspect(receiver, { showHidden: true, customInspect: false, depth: 9 })).not.toMatch(/whsec|k3y/)
  })
})

describe('work', () => {
  test('of its own transaction reaches the handler each time, one after the other', async () => {
    const { opened, open } = gate()
    const { receiver, handled } = noting({ dedupe: null, work: () => opened })
    const both = Promise.all([post(receiver), post(receiver)])
    await until(() => handled.length === 1)
    open()
    expect((await both).map((it) => it.status)).toEqual([200, 200])
    expect(handled).toEqual(['evt_1'])
    expect((await post(receiver)).status).toBe(200)
    expect(handled).toEqual(['evt_1', 'evt_1'])
  })

  test('is bounded', async () => {
    const { opened, open } = gate()
    const { receiver, handled, told } = noting({ work: () => opened, maxConcurrency: 2 })
    const two = Promise.all(['a', 'b'].map((id) => post(receiver, order(id))))
    await until(() => handled.length === 2)
    expect((await post(receiver, order('c'))).status).toBe(503)
    expect(told[0]).toMatchObject({
      answer: 'busy',
      key: 'c',
      error: new Error('2 events are worked on already'),
    })
    open()
    await two
    expect((await post(receiver, order('c'))).status).toBe(200)
  })

  test('a store may answer later, and has to answer something', async () => {
    const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 5, value))
    const claims: unknown[] = ['new', 'busy', 'handled', 'perhaps']
    const dedupe = { claim: () => later(claims.shift()), complete: () => later(1), release: () => later(1) }
    const { receiver, told, handled } = noting({ dedupe: dedupe as never })
    const statuses: number[] = []
    for (let at = 0; at < 4; at++) statuses.push((await post(receiver)).status)
    expect(statuses).toEqual([200, 503, 200, 503])
    expect(told.map((it) => it.answer)).toEqual(['handled', 'busy', 'duplicate', 'busy'])
    expect(handled).toHaveLength(1)
    expect(told[3]).toMatchObject({
      step: 'claim',
      error: new TypeError('a store has to answer "new", "handled" or "busy"'),
    })
  })
})

describe('without a hook', () => {
  let warnings: Error[]
  const note = (warning: Error) => void warnings.push(warning)
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  beforeEach(() => {
    warnings = []
    process.on('warning', note)
    // They are seen here, and need not be printed too.
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  })
  afterEach(() => {
    process.off('warning', note)
    vi.restoreAllMocks()
  })

  test('what went wrong is a warning, a refusal once for each reason', async () => {
    const failure = new Error('database gone')
    const { receiver } = noting({ onAnswer: undefined, work: () => Promise.reject(failure) })
    await post(receiver)
    for (let at = 0; at < 3; at++)
      await post(receiver, ORDER, { ...signed(ORDER), 'x-qlower-signature': 't=1,v1=00' })
    await post(receiver, ORDER, { 'content-type': 'application/json' })
    await settled()
    expect(warnings.map(({ name, message }) => [name, message])).toEqual([
      ['QlowerWebhookWarning', 'order.created evt_1 failed (handle): database gone'],
      [
        'QlowerWebhookWarning',
        'a webhook was refused: the signature does not match (further ones for this reason are not told)',
      ],
      ['QlowerWebhookWarning', expect.stringMatching(/^a webhook was refused: the signature is missing/)],
    ])
    expect((warnings[0] as Error & { detail?: string }).detail).toBe(failure.stack)
  })

  test('a hook that throws changes no answer', async () => {
    const { receiver } = noting({
      onAnswer: () => {
        throw new Error('no log')
      },
    })
    expect((await post(receiver)).status).toBe(200)
    await settled()
    expect(warnings.map(({ message }) => message)).toEqual(['onAnswer threw'])
  })
})
