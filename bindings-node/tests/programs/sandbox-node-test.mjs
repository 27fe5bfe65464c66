// A test of somebody's program, by what Node has of its own.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Sandbox } from 'qlower'

let sandbox
beforeEach(async () => {
  sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
})
afterEach(() => sandbox.stop())

test('a fault, and what it comes to', async () => {
  sandbox.failNext('service_unavailable')
  const answer = await fetch(`${sandbox.url}/api/third_party/loader`, { method: 'POST', body: '{}' })
  assert.equal(answer.status, 503)
  assert.deepEqual(sandbox.fired(), [{ name: 'service_unavailable' }])
})

test('each test has its own', () => {
  assert.equal(sandbox.requests().length, 0)
  // It is stopped by the hook.
})
