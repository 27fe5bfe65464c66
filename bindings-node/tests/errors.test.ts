/** Errors: one tree, structured, and JSON. */

import { createServer } from 'node:net'
import { inspect } from 'node:util'

import * as qlower from 'qlower'
import { type ApiError, Client, QlowerError, type TimeoutError, TransportError } from 'qlower'
import { expect, test } from 'vitest'
import type * as errors from '../dist/errors.js'
import type * as binding from '../dist/native.js'
import { internal } from './installed.js'
import { answer, caught, Raw, text } from './servers.js'

const { value } = internal<typeof errors>('errors')
const { native } = internal<typeof binding>('native')

const CLASSES = Object.values(qlower).filter(
  (it): it is typeof QlowerError =>
    typeof it === 'function' && (it === QlowerError || it.prototype instanceof QlowerError),
)

async function failure<E extends QlowerError>(environment: string, settings: object = {}): Promise<E> {
  await using client = new Client({ environment, retry: { maxAttempts: 1 }, ...settings })
  return await caught<E>(client.send(text()))
}

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

test('every class stands under one base, with a name and a code of its own', () => {
  expect(CLASSES.length).toBe(18)
  expect(new Set(CLASSES.map((it) => new it('x').code)).size).toBe(18)
  for (const it of CLASSES) {
    const error = new it('what happened', { cause: new Error('below') })
    expect([error.name, error.message, `${error}`]).toEqual([
      it.name,
      'what happened',
      `${it.name}: what happened`,
    ])
    expect(error.stack).toContain(`${it.name}: what happened`)
    expect(error.code).toMatch(/^QLOWER_[A-Z_]+$|^ABORT_ERR$/)
    expect([error.certainty, error.isRetryable, error.report, error.status]).toEqual([
      'not_processed',
      false,
      null,
      null,
    ])
    expect((error.cause as Error).message).toBe('below')
  }
})

test('no connection', async () => {
  const error = await failure<TransportError>(await closedPort())
  expect(error.constructor).toBe(TransportError)
  expect(error).toMatchObject({
    code: 'QLOWER_TRANSPORT',
    stage: 'connect',
    isConnect: true,
    isRetryable: true,
    certainty: 'not_processed',
    attempts: 1,
    status: null,
  })
  expect(error.duration).toBeGreaterThan(0)
  let cause = error.cause as NodeJS.ErrnoException
  while (cause.cause instanceof Error) cause = cause.cause
  expect([cause.code, cause.errno]).toEqual(['ECONNREFUSED', -111])
  expect(inspect(error, { depth: 9 })).toContain('ECONNREFUSED')
})

test('no answer in time', async () => {
  await using server = await Raw.start()
  const error = await failure<TimeoutError>(server.url, { timeout: 200 })
  expect(error).toBeInstanceOf(TransportError)
  expect(error).toMatchObject({
    code: 'QLOWER_TIMEOUT',
    stage: 'wait',
    limit: 200,
    certainty: 'unknown',
    attempts: 1,
  })
})

test('a refusal', async () => {
  const body = '{"status": "KO", "type": "KeyError", "message": "Clé absente", "errors": ["creDtTm"]}'
  await using server = await Raw.start(answer('400 Bad Request', body))
  const error = await failure<ApiError>(server.url)
  expect(error).toMatchObject({
    code: 'QLOWER_API',
    status: 400,
    kind: 'KeyError',
    serverMessage: 'Clé absente',
    isRejected: true,
    isRetryable: false,
    isServerError: false,
    certainty: 'not_processed',
  })
  expect(error.details).toEqual(['creDtTm'])
  expect(error.message + inspect(error) + JSON.stringify(error.toJSON().message)).not.toContain('creDtTm')
  expect(error.toJSON()).not.toHaveProperty('details')
})

test('a server that asks to wait', async () => {
  await using server = await Raw.start(answer('503 Busy', '{}', 'Retry-After: 7'))
  const error = await failure(server.url)
  expect(error).toMatchObject({ status: 503, retryAfter: 7000, isServerError: true, certainty: 'unknown' })
})

test('too large for the server', async () => {
  await using server = await Raw.start(answer('413 Too Large', '{}'))
  expect((await failure(server.url)).isTooLarge).toBe(true)
})

test('an unreadable reply', async () => {
  await using server = await Raw.start(answer('200 OK', '<html><b>Maintenance</b></html>'))
  const error = await failure(server.url)
  expect(error).toMatchObject({
    code: 'QLOWER_UNREADABLE_REPLY',
    excerpt: 'Maintenance',
    certainty: 'unknown',
    status: 200,
  })
  expect((error.cause as Error).message).toBe('the answer is not a Qlower reply: it is not JSON')
})

test('errors are JSON', async () => {
  const refused = JSON.parse(JSON.stringify(await failure(await closedPort())))
  expect(refused).toMatchObject({
    name: 'TransportError',
    code: 'QLOWER_TRANSPORT',
    certainty: 'not_processed',
    stage: 'connect',
    isRetryable: true,
  })
  expect(refused.causes.at(-1)).toMatchObject({ code: 'ECONNREFUSED', errno: -111 })
  expect(refused).not.toHaveProperty('stack')
  const invalid = JSON.parse(JSON.stringify(await caught(new Client({ environment: 'staging' }).send('{}'))))
  expect(invalid.report.findings.length).toBeGreaterThan(3)
})

test('a cause of others that goes in circles is JSON all the same', () => {
  const one = new Error('one')
  const two = new Error('two', { cause: one })
  one.cause = two
  const causes = JSON.parse(JSON.stringify(new QlowerError('x', { cause: one }))).causes
  expect(causes.length).toBeLessThan(20)
  expect(
    JSON.parse(JSON.stringify(new QlowerError('x', { cause: { toString: () => 'odd' } }))).causes,
  ).toEqual([{ message: 'odd' }])
})

test('a panic is an error', async () => {
  const panic = await caught<QlowerError>((async () => value(native.panic('oh no')))())
  expect([panic.code, panic.name]).toEqual(['QLOWER_INTERNAL', 'InternalError'])
  expect(panic.message).toContain('report it: oh no')
})
