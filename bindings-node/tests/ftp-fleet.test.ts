/** Runs over a fleet: its settings, its ends, and what is told of it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { ftp } from 'qlower'
import { expect, test } from 'vitest'

import { Wire } from './ftp-wire.js'
import { caught, thrown } from './servers.js'

const FILE = { name: 'a.txt', content: 'a' }

/** A fleet of destinations, each with a user of its own on a server. */
function fleetAt(wires: Record<string, Wire>, more = ''): ftp.Fleet {
  const users = Object.entries(wires).map(
    ([name, { at }]) => `[users.${name}]\nport = ${at.port}\nuser = "${name}"\ndirectory = "${name}"\n`,
  )
  return ftp.Fleet.parse(
    `[defaults]\nprotocol = "ftp"\nhost = "127.0.0.1"\npassword = "s3cr3t"\nretry = { max_attempts = 1 }\n${more}\n${users.join('')}`,
  )
}

const jobsFor = (...names: string[]): ftp.Job[] =>
  names.map((destination) => ({ destination, files: FILE, variables: { vin: `of-${destination}` } }))

/** Six destinations that never answer, and how many connections were open at once. */
async function most(options: ftp.FleetOptions): Promise<number> {
  await using mute = await Wire.start({ silentAt: 'USER' })
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const fleet = fleetAt(Object.fromEntries(names.map((name) => [name, mute])), 'timeout = 0.4')
  const summary = await fleet.deliver(jobsFor(...names), options)
  expect(summary.counts.failed).toBe(6)
  return summary.counts.mostConnections
}

test('each setting of a run bounds what it is for', async () => {
  const wide = { concurrency: 6, perHost: 6, silent: 0 }
  expect(await most(wide)).toBe(6)
  expect(await most({ ...wide, perHost: 2 })).toBe(2)
  expect(await most({ ...wide, concurrency: 2 })).toBe(2)
  // A server that is silent for so long makes room for others, as many as may be.
  const silent = { concurrency: 1, perHost: 6, silentAfter: 20 }
  expect(await most({ ...silent, silent: 2 })).toBe(3)
  expect(await most({ ...silent, silent: 2, silentAfter: 60_000 })).toBe(1)
}, 60_000)

test('time that is up ends a job, or the whole', async () => {
  await using mute = await Wire.start({ silentAt: 'USER' })
  await using sound = await Wire.start()
  const fleet = fleetAt({ mute, sound })
  const jobs = jobsFor('mute', 'sound', 'mute')
  const limited = await fleet.deliver(jobs, { jobLimit: 300 })
  expect(limited.jobs.map(({ outcome, code }) => [outcome, code])).toEqual([
    ['stopped', 'job_limit'],
    ['delivered', null],
    ['stopped', 'job_limit'],
  ])
  expect(limited.duration).toBeGreaterThan(290)
  const [first] = limited.jobs as [ftp.JobOutcome]
  expect(first.duration).toBeGreaterThan(290)
  expect([first.certainty, first.receipt, first.error]).toEqual(['unknown', null, null])
  expect(first.message).toContain('0.3 s')
  expect(first.messageFr).toContain('0,3 s')
  const one = await fleet.deliver(jobsFor('mute', 'sound'), { jobLimit: 300, concurrency: 1, silent: 0 })
  expect(one.jobs[1]?.waited).toBeGreaterThan(290)
  const whole = await fleet.deliver(jobs, { deadline: 300 })
  expect(whole.jobs.map(({ outcome, code }) => [outcome, code])).toEqual([
    ['stopped', 'deadline'],
    ['delivered', null],
    ['not_tried', 'deadline'],
  ])
  expect(whole.remaining.map(({ job }) => job)).toEqual([0, 2])
})

test('a run that is ended from outside does not know what became of its jobs', async () => {
  await using mute = await Wire.start({ silentAt: 'USER' })
  const fleet = fleetAt({ mute })
  const controller = new AbortController()
  const aborted = caught(fleet.deliver(jobsFor('mute'), { signal: controller.signal }))
  while (!mute.commands.includes('USER')) await new Promise((later) => setTimeout(later, 5))
  controller.abort()
  expect(await aborted).toMatchObject({ name: 'AbortError', certainty: 'unknown' })
  const late = await caught(fleet.deliver(jobsFor('mute'), { timeout: 100 }))
  expect(late).toMatchObject({ name: 'TimeoutError', certainty: 'unknown', limit: 100 })
  while (mute.closed < mute.connections) await new Promise((later) => setTimeout(later, 5))
})

test('jobs are told in their order, each with its own', async () => {
  await using wire = await Wire.start()
  await using strict = await Wire.start({ refuses: { STOR: '552 full' } })
  const fleet = fleetAt({ a: wire, b: strict }, 'file = "{vin}.txt"\nside_file = "{vin}.json"')
  const jobs = jobsFor('a', 'b', 'a', 'zoe')
  jobs[2] = { destination: 'a', files: FILE, variables: { vin: 'second' }, details: { by: 'Zoé' } }
  const told: ftp.FleetProgress[] = []
  const summary = await fleet.deliver(jobs, { onProgress: (step) => told.push(step) })
  expect(summary.jobs.map(({ job, destination, outcome }) => [job, destination, outcome])).toEqual([
    [0, 'a', 'delivered'],
    [1, 'b', 'failed'],
    [2, 'a', 'delivered'],
    [3, 'zoe', 'not_tried'],
  ])
  expect(summary.destinations.map(({ name, isComplete }) => [name, isComplete])).toEqual([
    ['a', true],
    ['b', false],
    ['zoe', false],
  ])
  expect(told.map(({ job, delivered }) => [job, delivered]).sort()).toEqual([
    [0, true],
    [1, false],
    [2, true],
    [3, false],
  ])
  expect(JSON.parse(wire.text('a/second.json') ?? '')).toMatchObject({ details: { by: 'Zoé' } })
  const [, failed, delivered] = summary.jobs as [ftp.JobOutcome, ftp.JobOutcome, ftp.JobOutcome]
  expect(failed.error).toMatchObject({ kind: 'refused', stage: 'transfer', replyCode: 552 })
  expect(failed.receipt?.certainty).toBe('not_processed')
  expect(failed.advice).toBe("ask the server's operator")
  expect(failed.adviceFr).toBe("à voir avec l'exploitant du serveur")
  expect([delivered.error, delivered.message, delivered.messageFr]).toEqual([null, null, null])
  expect([delivered.advice, delivered.adviceFr]).toEqual([null, null])
  expect(delivered.receipt?.files).toHaveLength(2)
})

test('a destination of which one job failed is not complete', async () => {
  await using wire = await Wire.start()
  const summary = await fleetAt({ a: wire }, 'file = "{vin}.txt"').deliver([
    ...jobsFor('a'),
    { destination: 'a', files: FILE },
  ])
  expect(summary.destinations[0]?.isComplete).toBe(false)
  expect(summary.isComplete).toBe(false)
})

test('a summary is told in both languages', async () => {
  await using wire = await Wire.start()
  const fleet = fleetAt({ a: wire })
  const summary = await fleet.deliver(jobsFor('a', 'aa', 'b'))
  expect(`${summary}`).toBe(summary.text('en'))
  expect(summary.text()).toMatch(/^1 of 3 destinations complete/)
  expect(summary.text('fr')).toMatch(/^1 destinations? complètes? sur 3/)
  const [, unknown] = summary.jobs as [ftp.JobOutcome, ftp.JobOutcome]
  expect(unknown.message).toContain('the fleet has no such destination')
  expect(unknown.messageFr).toContain("la flotte n'a pas de destination de ce nom")
  expect(summary.text('fr')).toContain(unknown.messageFr)
  const json = summary.toJSON().destinations[1]?.jobs[0]?.error
  expect(json).toMatchObject({ message: unknown.message, message_fr: unknown.messageFr })
  for (const lang of ['de', 'toString', '', null, 7]) {
    expect(
      thrown(() => summary.text(lang as never)),
      `${lang}`,
    ).toMatchObject({
      code: 'QLOWER_CONFIG',
      setting: 'lang',
    })
  }
})

test('mistakes are told in both languages', () => {
  const file =
    '[users.a]\nhost = "a"\nuser = "a"\npasword = "s3cr3t"\n[users.b]\nport = "x"\n[users.c]\nhost = "c"\nuser = "c"\n'
  const error = thrown<ftp.FleetError>(() => ftp.Fleet.parse(file))
  const lenient = ftp.Fleet.parse(file, null, { lenient: true })
  expect(lenient.mistakes).toEqual(error.mistakes)
  expect(error.mistakes.length).toBeGreaterThan(2)
  for (const mistake of error.mistakes) {
    expect(Object.keys(mistake)).not.toContain('message_fr')
    expect(mistake.messageFr).not.toBe(mistake.message)
    expect(error.message).toContain(`line ${mistake.line}, [${mistake.table}]`)
    expect(error.messageFr).toContain(`ligne ${mistake.line}, [${mistake.table}]`)
    expect(error.message).toContain(mistake.message)
    expect(error.messageFr).toContain(mistake.messageFr)
  }
  const json = JSON.parse(JSON.stringify(error))
  expect([json.messageFr, json.mistakes]).toEqual([error.messageFr, error.mistakes])
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('s3cr3t')
  // What the message has already is not shown once more.
  expect(inspect(error)).not.toContain('mistakes: [')
})

test('a fleet may be JSON, and a file of it may have mistakes', async () => {
  const users = { a: { host: 'a', user: 'a' } }
  expect(ftp.Fleet.parse(JSON.stringify({ users }), 'json').names).toEqual(['a'])
  const folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
  const file = join(folder, 'fleet.json')
  writeFileSync(file, JSON.stringify({ users: { ...users, b: { user: 'b' } } }))
  expect(await caught(ftp.Fleet.open(file))).toBeInstanceOf(ftp.FleetError)
  const fleet = await ftp.Fleet.open(file, { lenient: true })
  expect([fleet.names, fleet.mistakes.map(({ code }) => code)]).toEqual([['a'], ['missing']])
  rmSync(folder, { recursive: true })
})
