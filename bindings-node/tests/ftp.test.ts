/** Names, settings and errors of deliveries: what needs no server. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

import { AbortError, ConfigError, checked, ftp, QlowerError, TimeoutError } from 'qlower'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { caught, text, thrown, toldInFrench } from './servers.js'

const HERE = { host: '127.0.0.1', protocol: 'ftp', user: 'dms' } as const
const ONCE = { retry: { maxAttempts: 1 } }
const HOST_KEY = `SHA256:${'A'.repeat(43)}`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
  writeFileSync(join(folder, 'front.JPG'), 'front')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('names', () => {
  test('are planned of every kind of file', async () => {
    const payload = checked(text())
    const destination = new ftp.Destination({ ...HERE, directory: 'in', file: '{n}-{name}' })
    const front = join(folder, 'front.JPG')
    const plan = await destination.plan([
      front,
      pathToFileURL(front),
      { path: front, name: 'a.jpg' },
      { name: 'b.jpg', content: Buffer.from('b') },
      { name: 'c.txt', content: 'c' },
      { name: 'd.bin', content: new Uint16Array([1]).buffer },
      payload,
      { payload, name: 'payload.json' },
    ])
    expect(plan).toEqual({
      directory: 'in',
      archive: null,
      files: [
        'front.JPG',
        'front.JPG',
        'a.jpg',
        'b.jpg',
        'c.txt',
        'd.bin',
        'loader.json',
        'payload.json',
      ].map((name, at) => `in/${at + 1}-${name}`),
      sideFile: null,
    })
    const partner = new ftp.Destination({ ...HERE, archive: '{partner}.zip' })
    expect((await partner.plan(payload)).archive).toBe('acme.zip')
    const hashed = new ftp.Destination({ ...HERE, file: '{hash:8}' })
    expect((await hashed.plan(payload)).files).toEqual([payload.sha256.slice(0, 8)])
  })

  test('that cannot be made are told all at once, in two languages', async () => {
    const destination = new ftp.Destination({ ...HERE, archive: '{vni}.zip', file: '{stem}.jpg' })
    const error = await caught<ftp.NamingError>(
      destination.plan([join(folder, 'front.JPG'), { name: 'front.png', content: '' }], { vin: 'A', n: 1 }),
    )
    expect(error).toBeInstanceOf(ftp.NamingError)
    expect([error.name, error.code, error.certainty]).toEqual([
      'NamingError',
      'QLOWER_NAMING',
      'not_processed',
    ])
    const codes = error.errors.map(({ rule, code }) => `${rule} ${code}`)
    expect(codes).toEqual(expect.arrayContaining(['archive unknown_variable']))
    expect(error.errors.length).toBeGreaterThan(1)
    const unknown = error.errors.find(({ code }) => code === 'unknown_variable')
    expect(unknown).toMatchObject({ position: 1, name: 'vni', suggestion: 'vin', file: null })
    for (const { message, messageFr } of error.errors) expect(message).not.toBe(messageFr)
    expect(JSON.parse(JSON.stringify(error)).errors).toHaveLength(error.errors.length)
  })

  test('of templates that cannot be read are told by the constructor', () => {
    const error = thrown<ftp.NamingError>(
      () => new ftp.Destination({ ...HERE, sideFile: '{vin', archive: '{n}.zip' }),
    )
    expect(error).toBeInstanceOf(ftp.NamingError)
    expect(error.errors.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['sideFile', 'archive']))
  })

  test('are made without a destination, too', () => {
    const at = new Date('2025-01-31T08:30:00Z')
    const rules: ftp.NamingRules = {
      directory: '{date}/{time}',
      file: '{name:lower}',
      sideFile: '{vin}.json',
    }
    expect(ftp.names(rules, [{ name: 'A.JPG' }], { vin: 12 }, { at })).toEqual({
      directory: '2025-01-31/083000',
      archive: null,
      files: ['2025-01-31/083000/a.jpg'],
      sideFile: '2025-01-31/083000/12.json',
    })
    expect(thrown(() => ftp.names({}, []))).toMatchObject({ errors: [{ code: 'no_file', rule: null }] })
    for (const [call, setting] of [
      [() => ftp.names({ fil: 'x' } as never, []), 'fil'],
      [() => ftp.names({ characters: 'dos' as never }, [{ name: 'a' }]), 'characters'],
      [() => ftp.names({}, [{ name: 7 as never }]), 'sources[0].name'],
      [() => ftp.names({}, [{ name: 'a', sha256: 7 as never }]), 'sources[0].sha256'],
      [() => ftp.names({}, [{ name: 'a' }], { vin: null as never }), 'variables.vin'],
      [() => ftp.names({}, [{ name: 'a' }], ['x'] as never), 'variables'],
      [() => ftp.names({}, [{ name: 'a' }], {}, { at: 'now' as never }), 'at'],
    ] as const) {
      expect(thrown(call), setting).toMatchObject({ code: 'QLOWER_CONFIG', setting })
    }
  })
})

test.each([
  [{ host: undefined }, 'host', 'in English alone'],
  [{ host: 'a\r\nQUIT' }, 'host'],
  [{ protocol: 'ftpx' }, 'protocol'],
  [{ port: 0 }, 'port'],
  [{ port: 65_536 }, 'port'],
  [{ port: '21' }, 'port', 'in English alone'],
  [{ user: 'a\r\nDELE x' }, 'user'],
  [{ password: ['p'] }, 'password', 'in English alone'],
  [{ characters: 'dos' }, 'characters'],
  [{ temporary: 'never' }, 'temporary'],
  [{ existing: 'append' }, 'existing'],
  [{ passive: 'no' }, 'passive'],
  [{ timeout: -1 }, 'timeout'],
  [{ connectTimeout: 'x' }, 'connectTimeout', 'in English alone'],
  [{ retry: { maxAttempts: 1.5 } }, 'retry.maxAttempts'],
  [{ retry: { attempts: 2 } }, 'retry.attempts', 'in English alone'],
  [{ host: 'ftp.example.com' }, 'protocol'],
  [{ protocol: 'sftp', password: 'p' }, 'hostKey'],
  [{ protocol: 'sftp', password: 'p', hostKey: ['MD5:00'] }, 'hostKey'],
  [{ protocol: 'sftp', password: 'p', hostKey: [7] }, 'hostKey', 'in English alone'],
  [{ protocol: 'sftp', hostKey: HOST_KEY, key: 'no key' }, 'key'],
  [{ protocol: 'ftps', caBundle: Buffer.from('none') }, 'caBundle'],
  [{ passwort: 'p' }, 'passwort', 'in English alone'],
] as [object, string, string?][])('settings %o are refused, by name', (options, setting, told) => {
  const error = thrown<ConfigError>(
    () => new ftp.Destination({ ...HERE, ...options } as ftp.DestinationOptions),
  )
  expect(error, inspect(error)).toBeInstanceOf(ConfigError)
  expect(error.setting).toBe(setting)
  expect(error.message.startsWith(`${setting}: `), error.message).toBe(true)
  expect(toldInFrench(error), inspect(error)).toBe(told === undefined)
  expect(JSON.parse(JSON.stringify(error)).messageFr).toBe(error.messageFr)
})

test('a destination shows where it leads, and no secret', () => {
  const destination = new ftp.Destination({ host: 'ftp.example.com', user: 'dms', password: 's3cr3t' })
  expect(inspect(destination)).toBe(
    "Destination { protocol: 'ftps', host: 'ftp.example.com', port: 21, user: 'dms' }",
  )
  expect(JSON.stringify(destination)).toBe(
    '{"protocol":"ftps","host":"ftp.example.com","port":21,"user":"dms"}',
  )
  const { protocol, host, port, user } = destination
  expect([protocol, host, port, user]).toEqual(['ftps', 'ftp.example.com', 21, 'dms'])
  expect(
    new ftp.Destination({ host: '127.0.0.1', protocol: 'sftp', user: 'a', password: 'b', hostKey: HOST_KEY })
      .port,
  ).toBe(22)
})

describe('a delivery', () => {
  const destination = new ftp.Destination({ ...HERE, port: 1, ...ONCE })

  test.each([
    ['files[0]', [null]],
    ['files[1]', ['a', Buffer.from('b')]],
    ['files[0]', [{}]],
    ['files[0]', [{ path: 'a', content: 'b', name: 'c' }]],
    ['files[0].name', [{ content: 'b' }]],
    ['files[0].name', [{ path: 'a', name: 7 }]],
    [
      'files[0].path',
      [{ path: 'http://a' as never as URL, name: 'x' }].map((it) => ({ ...it, path: new URL('http://a') })),
    ],
    ['files[0].content', [{ name: 'a', content: {} }]],
    ['files[0].payload', [{ payload: {} }]],
    ['files[0]', ['']],
  ] as [string, ftp.Outgoing[]][])('takes no %s that is none', async (setting, files) => {
    expect(await caught(ftp.deliver(destination, files))).toMatchObject({ code: 'QLOWER_CONFIG', setting })
  })

  test('takes no other destination, option, variable or detail', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const file = { name: 'a', content: 'a' }
    for (const [call, setting] of [
      [() => ftp.deliver({} as never, file), 'destination'],
      [() => ftp.deliver(destination, file, { vin: {} as never }), 'variables.vin'],
      [() => ftp.deliver(destination, file, {}, { detail: {} } as never), 'detail'],
      [() => ftp.deliver(destination, file, {}, { details: 'x' as never }), 'details'],
      [() => ftp.deliver(destination, file, {}, { details: circle }), 'details'],
      [() => ftp.deliver(destination, file, {}, { onProgress: 'x' as never }), 'onProgress'],
      [() => ftp.deliver(destination, file, {}, { signal: 'x' as never }), 'signal'],
    ] as const) {
      expect(await caught(call()), setting).toMatchObject({ code: 'QLOWER_CONFIG', setting })
    }
  })

  test('that finds nobody says how far it came', async () => {
    const error = await caught<ftp.DeliveryError>(ftp.deliver(destination, { name: 'a', content: 'a' }))
    expect(error).toBeInstanceOf(ftp.DeliveryError)
    expect(error).toBeInstanceOf(QlowerError)
    expect(error).toMatchObject({
      name: 'DeliveryError',
      code: 'QLOWER_DELIVERY',
      kind: 'transport',
      stage: 'connect',
      certainty: 'not_processed',
      isRetryable: true,
      isConnect: true,
      attempts: 1,
      replyCode: null,
    })
    expect(error.receipt).toBeInstanceOf(ftp.Receipt)
    expect(error.receipt.files.map(({ path, certainty, how }) => [path, certainty, how])).toEqual([
      ['a', 'not_processed', null],
    ])
    const json = JSON.parse(JSON.stringify(error))
    expect(json).toMatchObject({ name: 'DeliveryError', kind: 'transport', receipt: { attempts: 1 } })
    expect(json.causes[0]).toHaveProperty('message')
  })

  test('of a file that is not there connects nobody', async () => {
    const error = await caught<ftp.DeliveryError>(ftp.deliver(destination, join(folder, 'none.jpg')))
    expect(error).toMatchObject({ kind: 'file', stage: null, path: join(folder, 'none.jpg'), attempts: 0 })
    expect(error.cause).toMatchObject({ code: 'ENOENT' })
  })

  test('is ended by a signal and by time, and closes its connection', async () => {
    const sockets = new Set<unknown>()
    let closed = 0
    const server = createServer((socket) => {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          closed += 1
        })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const silent = new ftp.Destination({ ...HERE, port, connectTimeout: 60_000 })
    const file = { name: 'a', content: 'a' }
    const controller = new AbortController()
    const aborted = caught(ftp.deliver(silent, file, {}, { signal: controller.signal }))
    const late = caught(ftp.deliver(silent, file, {}, { timeout: 100 }))
    const checked = caught(silent.check({ timeout: 100 }))
    while (sockets.size < 3) await new Promise((later) => setTimeout(later, 5))
    controller.abort()
    expect(await aborted).toBeInstanceOf(AbortError)
    expect(await late).toBeInstanceOf(TimeoutError)
    expect(await checked).toBeInstanceOf(TimeoutError)
    while (closed < 3) await new Promise((later) => setTimeout(later, 5))
    expect(await caught(ftp.deliver(silent, file, {}, { signal: AbortSignal.abort() }))).toMatchObject({
      certainty: 'not_processed',
    })
    expect(sockets.size).toBe(3)
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('a fleet', () => {
  const TEXT = `
    [defaults]
    protocol = "ftps"
    file = "{vin}_{n:02}.jpg"
    [customers.garage-nord]
    host = "127.0.0.1"
    port = 1
    user = "dms"
    password = "s3cr3t"
    retry = { max_attempts = 1 }
    [customers.garage-nord.users.alice]
    directory = "alice"
    [users.bob]
    host = "bob.example"
    user = "bob"
    password = "s3cr3t"
  `

  test('is read from a text and from a file, and shows no secret', async () => {
    const fleet = ftp.Fleet.parse(TEXT)
    expect(fleet.names).toEqual(['bob', 'garage-nord', 'garage-nord/alice'])
    expect(fleet.destination('bob')?.host).toBe('bob.example')
    expect(fleet.destination('garage-nord/zoe')?.user).toBe('dms')
    expect(fleet.destination('nobody')).toBeUndefined()
    expect(inspect(fleet, { depth: 9, showHidden: true }) + JSON.stringify(fleet)).not.toContain('s3cr3t')
    expect(inspect(fleet)).toBe("Fleet [ 'bob', 'garage-nord', 'garage-nord/alice' ]")
    writeFileSync(join(folder, 'fleet.toml'), TEXT)
    expect((await ftp.Fleet.open(pathToFileURL(join(folder, 'fleet.toml')))).names).toEqual(fleet.names)
  })

  test('tells all mistakes at once, with their places', () => {
    const error = thrown<ftp.FleetError>(() =>
      ftp.Fleet.parse(
        '[customers.a]\nhost = "a"\nuser = "u"\npasword = "s3cr3t"\n[users.b]\nuser = "u"\nport = "x"\n',
      ),
    )
    expect(error).toBeInstanceOf(ftp.FleetError)
    expect([error.name, error.code]).toEqual(['FleetError', 'QLOWER_FLEET'])
    const places = error.mistakes.map(({ line, table, key, code }) => [line, table, key, code])
    expect(places).toEqual(
      expect.arrayContaining([
        [4, 'customers.a', 'pasword', 'unknown_key'],
        [7, 'users.b', 'port', 'wrong_type'],
      ]),
    )
    expect(error.mistakes.map(({ code }) => code)).toContain('missing')
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('s3cr3t')
  })

  test('that cannot be read says so', async () => {
    const error = await caught<ftp.FleetError>(ftp.Fleet.open(join(folder, 'none.toml')))
    expect(error).toBeInstanceOf(ftp.FleetError)
    expect([error.mistakes, (error.cause as { code: string }).code]).toEqual([[], 'ENOENT'])
    expect(thrown(() => ftp.Fleet.parse(7 as never))).toMatchObject({ setting: 'text' })
    expect(thrown(() => ftp.Fleet.parse('', 'yaml' as never))).toMatchObject({ setting: 'format' })
    expect(thrown(() => ftp.Fleet.parse('', 'toml', { lenient: 1 as never }))).toMatchObject({
      setting: 'lenient',
    })
  })

  test('with mistakes serves the others, if it is asked to', () => {
    const fleet = ftp.Fleet.parse(`${TEXT}\n[users.eve]\nuser = "eve"\n`, 'toml', { lenient: true })
    expect(fleet.mistakes).toMatchObject([{ code: 'missing', table: 'users.eve', destinations: ['eve'] }])
    expect([fleet.destination('eve'), fleet.destination('bob')?.user]).toEqual([undefined, 'bob'])
  })

  test('tells what became of each job', async () => {
    const fleet = ftp.Fleet.parse(TEXT)
    const file = { name: 'a.jpg', content: 'a' }
    const told: ftp.FleetProgress[] = []
    const jobs: ftp.Job[] = [
      { destination: 'garage-nord', files: [file], variables: { vin: 'A' } },
      { destination: 'garage-nord/alice', files: file },
      { destination: 'garag-nord', files: [file], details: { by: 'Zoé' } },
    ]
    const summary = await fleet.deliver(jobs, {
      concurrency: 2,
      perHost: 1,
      onProgress: (step) => told.push(step),
    })
    expect(summary.isComplete).toBe(false)
    expect(summary.counts).toMatchObject({ jobs: 3, delivered: 0, failed: 2, notTried: 1, complete: 0 })
    expect(summary.jobs.map(({ destination, outcome }) => [destination, outcome])).toEqual([
      ['garage-nord', 'failed'],
      ['garage-nord/alice', 'failed'],
      ['garag-nord', 'not_tried'],
    ])
    const [refused, unnamed, unknown] = summary.jobs as [ftp.JobOutcome, ftp.JobOutcome, ftp.JobOutcome]
    expect(refused.error).toBeInstanceOf(ftp.DeliveryError)
    expect(refused.receipt?.attempts).toBe(1)
    expect(unnamed.error).toBeInstanceOf(ftp.NamingError)
    expect(unknown).toMatchObject({ error: null, receipt: null, code: 'unknown', certainty: 'not_processed' })
    expect(unknown.message).toContain('garage-nord')
    expect(told.map(({ done, jobs, delivered }) => [done, jobs, delivered])).toEqual([
      [1, 3, false],
      [2, 3, false],
      [3, 3, false],
    ])
    expect(told.at(-1)?.notDelivered).toBe(3)
    expect(`${summary}`).toContain('garage-nord')
    expect(summary.toJSON().counts).toMatchObject({ jobs: 3, not_tried: 1 })
    expect(summary.remaining).toHaveLength(3)
    expect(inspect(summary)).toMatch(/^FleetSummary \{/)
  })

  test('takes no job or option that is none', async () => {
    const fleet = ftp.Fleet.parse(TEXT)
    const job = { destination: 'bob', files: [] }
    for (const [jobs, options, setting, told] of [
      [[{ ...job, destination: 7 }], {}, 'jobs[0].destination'],
      [[job, { destination: 'bob' }], {}, 'jobs[1].files'],
      [[{ ...job, file: 'a' }], {}, 'jobs[0].file'],
      [[job], { concurrency: 0 }, 'concurrency', 'in French too'],
      [[job], { perHost: 1.5 }, 'perHost', 'in French too'],
      [[job], { deadline: 'x' }, 'deadline'],
      [[job], { silentAfter: -1 }, 'silentAfter', 'in French too'],
      [[job], { concurency: 1 }, 'concurency'],
    ] as [ftp.Job[], object, string, string?][]) {
      const error = await caught<ConfigError>(fleet.deliver(jobs, options))
      expect(error, setting).toMatchObject({ code: 'QLOWER_CONFIG', setting })
      expect(toldInFrench(error), setting).toBe(told !== undefined)
    }
  })
})
