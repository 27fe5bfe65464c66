/** How a sandbox starts, what it is asked for, and how it ends. */

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { AbortError, Sandbox, SandboxError } from 'qlower'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { payload, post, TRANSACTION } from './loader-requests.js'

const HERE = import.meta.dirname

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await Sandbox.start({ partners: { acme: 'k-1' }, today: '2025-06-01' })
})
afterEach(() => sandbox.stop())

/** How many turns the event loop makes meanwhile. */
async function turns(work: () => Promise<unknown>): Promise<number> {
  let counted = 0
  let goesOn = true
  const turn = (): void => {
    counted += 1
    if (goesOn) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  goesOn = false
  return counted
}

test('slow answers come late, and leave the event loop alone', async () => {
  sandbox.failNext({ name: 'slow', delay: 300 })
  const start = performance.now()
  expect(await turns(() => post(sandbox, payload()))).toBeGreaterThan(100)
  expect(performance.now() - start).toBeGreaterThanOrEqual(300)
})

test.each(['2029-01-01', new Date('2029-01-01'), new Date(2029, 0, 1, 12)])(
  '%s is taken as a day',
  async (today) => {
    await using small = await Sandbox.start({ partners: { acme: 'k-1' }, today })
    const late = { ...TRANSACTION, id: 'L', reqdExctnDt: '2030-01-31' }
    const { body } = await post(small, payload({ transactions: [TRANSACTION, late] }))
    expect(JSON.parse(body).failed_count, 'a warning keeps no item back').toBe(0)
  },
)

test.each<[string, object]>([
  ['today', { today: 'tomorrow' }],
  ['today', { today: new Date(Number.NaN) }],
  ['readTimeout', { readTimeout: -1 }],
  ['readTimeout', { readTimeout: 7n }],
  ['maxBodyBytes', { maxBodyBytes: 1.5 }],
  ['maxConnections', { maxConnections: 'many' }],
  ['partners', { partners: { acme: 5 } }],
  ['partners', { partners: 'acme' }],
  ['s3Permissions', { s3Permissions: ['delete'] }],
  ['s3RepeatedComplete', { s3RepeatedComplete: 'no' }],
  ['s3HoldLoads', { s3HoldLoads: 'yes' }],
  ['s3LoadDelay', { s3LoadDelay: () => 5 }],
  ['maxBodybytes', { maxBodybytes: 5 }],
  ['timeout', { timeout: 'x' }],
])('%s that cannot be used is named', async (setting, options) => {
  const error = await Sandbox.start(options as never).catch((error: unknown) => error)
  expect(error).toMatchObject({
    name: 'ConfigError',
    setting,
    message: expect.stringMatching(`^${setting}: `),
  })
})

test('times without an end are taken', async () => {
  await using patient = await Sandbox.start({
    partners: { acme: 'k-1' },
    readTimeout: Number.POSITIVE_INFINITY,
  })
  expect((await post(patient, payload())).status).toBe(200)
})

test('limits are taken', async () => {
  await using small = await Sandbox.start({
    partners: { acme: 'k-1' },
    maxBodyBytes: 64,
    s3Permissions: Sandbox.UPLOAD_ONLY,
  })
  expect((await post(small, payload())).status).toBe(413)
  expect((await post(sandbox, payload())).status).toBe(200)
})

async function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    // One that came in just as the listener went is reset.
    expect(['ECONNREFUSED', 'ECONNRESET']).toContain((error as NodeJS.ErrnoException).code)
    return false
  } finally {
    socket.destroy()
  }
}

test('the S3 side goes and comes back', async () => {
  const endpoint = sandbox.s3Endpoint
  await sandbox.vanishS3()
  expect([await isOpen(endpoint), await isOpen(sandbox.url)]).toEqual([false, true])
  await sandbox.restoreS3()
  expect(await isOpen(endpoint)).toBe(true)
})

test('stopping frees the ports, and ends its methods', async () => {
  const { url, s3Endpoint } = sandbox
  await Promise.all([sandbox.stop(), sandbox.stop()])
  await sandbox.stop()
  expect([await isOpen(url), await isOpen(s3Endpoint)]).toEqual([false, false])
  expect(() => sandbox.requests()).toThrow(SandboxError)
  expect(() => sandbox.loaded()).toThrow('the sandbox is stopped')
  await expect(sandbox.objects()).rejects.toThrow('the sandbox is stopped')
  await expect(sandbox.vanishS3()).rejects.toMatchObject({ code: 'QLOWER_SANDBOX' })
  expect(inspect(sandbox)).toBe(`Sandbox { ${url}: acme }`)
})

test('a start that was aborted starts nothing', async () => {
  const reason = new Error('no more')
  await expect(Sandbox.start({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    name: 'AbortError',
    cause: reason,
  })
})

test('a start that is aborted ends', async () => {
  // One that is up before the signal comes stays up.
  for (let round = 0; round < 200; round++) {
    const controller = new AbortController()
    const starting = Sandbox.start({ signal: controller.signal })
    controller.abort()
    const end: unknown = await starting.catch((error: unknown) => error)
    if (end instanceof AbortError) return expect(end.certainty).toBe('not_processed')
    await (end as Sandbox).stop()
  }
  expect.fail('none of them was ended')
})

test('stopping it waits for its thread, and leaves the event loop alone', async () => {
  const transactions = Array.from({ length: 20_000 }, (_, at) => ({ ...TRANSACTION, id: `T${at}` }))
  const large = Buffer.from(JSON.stringify(payload({ transactions })))
  const sent = request(`${sandbox.url}/api/third_party/loader`, { method: 'POST', agent: false })
  sent.on('error', () => {})
  sent.end(large)
  // It is about to be treated, or is being treated.
  await once(sent, 'finish')
  const began = performance.now()
  const counted = await turns(() => sandbox.stop())
  // Not by time alone, which on a busy machine tells nothing: one that blocks takes one turn, however long it is about it.
  if (performance.now() - began > 50) expect(counted).toBeGreaterThan(10)
})

const RUN = { cwd: join(HERE, '..'), encoding: 'utf8', timeout: 30_000 } as const

test('one that is not stopped does not keep the process alive', () => {
  const program = `
    const { Sandbox } = require('qlower')
    Sandbox.start().then((sandbox) => console.log(sandbox.requests().length))`
  const done = spawnSync(process.execPath, ['-e', program], RUN)
  expect([done.stdout, done.stderr, done.status]).toEqual(['0\n', '', 0])
})

test('dropping it frees its ports', () => {
  const program = `
    const { Sandbox } = require('qlower')
    const { connect } = require('node:net')
    const { setTimeout } = require('node:timers/promises')
    const refused = (port) => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(false)))
      socket.on('error', () => resolve(true))
    })
    const start = async () => new URL((await Sandbox.start()).url).port
    start().then(async (port) => {
      for (let turn = 0; turn < 500; turn++) {
        await setTimeout(10)
        gc()
        if (await refused(port)) return console.log('gone')
      }
    })`
  const done = spawnSync(process.execPath, ['--expose-gc', '-e', program], RUN)
  expect([done.stdout, done.stderr, done.status]).toEqual(['gone\n', '', 0])
})

test('workers that are terminated take theirs with them', async () => {
  const program = `
    const { Sandbox } = require('qlower')
    const { parentPort, workerData } = require('node:worker_threads')
    Sandbox.start().then((sandbox) => {
      parentPort.postMessage(sandbox.url)
      if (workerData % 2) sandbox.stop()
      else setInterval(() => sandbox.requests(), 1)
      Sandbox.start()
      sandbox.objects().catch(() => {})
    })`
  for (let round = 0; round < 12; round++) {
    const worker = new Worker(program, { eval: true, workerData: round })
    const [url] = await once(worker, 'message')
    expect(await worker.terminate()).toBe(1)
    while (await isOpen(url)) await new Promise((resolve) => setTimeout(resolve, 10))
  }
})

test('a program of node:test', () => {
  const done = spawnSync(process.execPath, ['--test', join(HERE, 'programs/sandbox-node-test.mjs')], RUN)
  expect(done.stdout, done.stderr).toMatch(/pass 2\b/)
  expect(done.status, done.stdout).toBe(0)
})
