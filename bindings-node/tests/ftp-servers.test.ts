/** Deliveries to servers of other makers, which `tools/ftp_servers.py` starts. */

import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { AbortError, ConfigError, ftp } from 'qlower'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { placeOf, places, reached } from './ftp-places.js'
import { caught, thrown } from './servers.js'

// Some of them take seconds for a login, and more where the machine has other work.
vi.setConfig({ testTimeout: 120_000 })

// Where the servers are promised, their absence is a failure.
if (process.env['QLOWER_TEST_STORES_REQUIRED'] === '1') {
  test('the servers are there', () => {
    expect(places?.places.length).toBeGreaterThan(5)
  })
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
  for (const name of ['front', 'back']) writeFileSync(join(folder, `${name}.JPG`), name.repeat(20_000))
})
afterAll(() => rmSync(folder, { recursive: true }))

const photos = (): string[] => ['front', 'back'].map((name) => join(folder, `${name}.JPG`))

/** A folder of one test on the server. */
const own = (): string => `d-${randomUUID().slice(0, 8)}`

describe.each([
  'pyftpdlib-ftp',
  'pyftpdlib-ftps',
  'pyftpdlib-ftps-implicit',
  'vsftpd',
  'proftpd',
  'proftpd-sftp',
  'pure-ftpd',
  'openssh',
])('%s', (name) => {
  const place = placeOf(name)

  describe.skipIf(place === undefined)('with a server', () => {
    const at = place as NonNullable<typeof place>
    const root = at?.accounts['main']?.root ?? ''

    test('files arrive under their names, and are told of', async () => {
      const directory = own()
      const destination = new ftp.Destination({
        ...reached(at),
        directory,
        file: '{vin}_{n:02}.{ext:lower}',
        sideFile: '{vin}.json',
      })
      const steps: ftp.Progress[] = []
      const receipt = await ftp.deliver(
        destination,
        photos(),
        { vin: 'VF1' },
        {
          details: { uploadedBy: 'Zoé' },
          onProgress: (step) => steps.push(step),
        },
      )
      expect(readdirSync(join(root, directory)).sort()).toEqual(['VF1.json', 'VF1_01.jpg', 'VF1_02.jpg'])
      expect(readFileSync(join(root, directory, 'VF1_02.jpg'), 'utf8')).toBe('back'.repeat(20_000))
      const side = JSON.parse(readFileSync(join(root, directory, 'VF1.json'), 'utf8'))
      expect(side).toMatchObject({ details: { uploadedBy: 'Zoé' }, variables: { vin: 'VF1' } })
      expect(receipt.certainty).toBe('processed')
      expect(
        receipt.files.map(({ path, how, verified, certainty }) => [path, how, verified, certainty]),
      ).toEqual(
        ['VF1_01.jpg', 'VF1_02.jpg', 'VF1.json'].map((file) => [
          `${directory}/${file}`,
          'stored',
          true,
          'processed',
        ]),
      )
      const hash = createHash('sha256').update('front'.repeat(20_000)).digest('hex')
      expect([receipt.files[0]?.sha256, receipt.files[0]?.size]).toEqual([hash, 100_000])
      expect(receipt.protection === null).toBe(at.protocol === 'ftp')
      expect(receipt.toJSON().files).toHaveLength(3)
      expect(steps.at(-1)).toMatchObject({ attempt: receipt.attempts, file: 3, files: 3 })
      expect(new Set(steps.map(({ path }) => path)).size).toBe(3)
      expect(steps.every(({ sent, size }) => sent <= size)).toBe(true)
    })

    test('an archive holds them, and one that is there is treated as was asked', async () => {
      const rules = { ...reached(at), directory: own(), archive: '{vin}.zip', existing: 'refuse' } as const
      const destination = new ftp.Destination(rules)
      const receipt = await ftp.deliver(destination, photos(), { vin: 'VF1' })
      expect(
        readFileSync(join(root, rules.directory, 'VF1.zip'))
          .subarray(0, 2)
          .toString(),
      ).toBe('PK')
      expect(receipt.files).toHaveLength(1)
      const error = await caught<ftp.DeliveryError>(ftp.deliver(destination, photos(), { vin: 'VF1' }))
      expect(error, inspect(error)).toMatchObject({ kind: 'exists', isRetryable: false })
      const kept = new ftp.Destination({ ...rules, existing: 'keep' })
      expect((await ftp.deliver(kept, photos(), { vin: 'VF1' })).files[0]?.how).toBe('kept')
    })

    test('a connection is tested, and who may not log in is told so', async () => {
      const protection = await new ftp.Destination(reached(at)).check()
      expect(protection === null).toBe(at.protocol === 'ftp')
      const stranger = new ftp.Destination({ ...reached(at), password: 'wrong-s3ntinel' })
      const error = await caught<ftp.DeliveryError>(stranger.check())
      expect(error).toMatchObject({ kind: 'refused', stage: 'login', isRetryable: false, attempts: 1 })
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('s3ntinel')
    })
  })
})

describe.skipIf(placeOf('pyftpdlib-ftps') === undefined)('a server', () => {
  const at = placeOf('pyftpdlib-ftps') as NonNullable<ReturnType<typeof placeOf>>

  test('that cannot prove who it is gets nothing', async () => {
    const { caBundle: _, ...unknown } = reached(at) as ftp.DestinationOptions
    expect(await caught(new ftp.Destination(unknown).check())).toMatchObject({
      kind: 'untrusted',
      stage: 'secure',
    })
    const expired = placeOf('pyftpdlib-expired')
    if (expired !== undefined) {
      expect(await caught(new ftp.Destination(reached(expired)).check())).toMatchObject({ kind: 'untrusted' })
    }
    const openssh = placeOf('openssh')
    if (openssh !== undefined) {
      const other = { ...reached(openssh), hostKey: `SHA256:${'A'.repeat(43)}` }
      const error = await caught<ftp.DeliveryError>(new ftp.Destination(other).check())
      expect(error.kind).toBe('untrusted')
      const offered = openssh.host_keys.some(({ fingerprint }) => inspect(error).includes(fingerprint))
      expect(offered, inspect(error)).toBe(true)
    }
  })

  test('is known by certificates in a file, or in a part of a buffer', async () => {
    const { caBundle, ...rest } = reached(at)
    const pem = readFileSync(caBundle as string)
    const part = Buffer.concat([Buffer.from('\0\0'), pem, Buffer.from('\0')]).subarray(2, 2 + pem.length)
    for (const bundle of [caBundle, pem, part])
      expect(await new ftp.Destination({ ...rest, caBundle: bundle }).check()).toContain('TLS')
  })

  test('that hangs is left by a signal, and what is there is at most a part', async () => {
    const account = at.accounts['hangs']
    if (account === undefined) return
    const directory = own()
    const destination = new ftp.Destination({ ...reached(at, 'hangs'), directory })
    const controller = new AbortController()
    const content = Buffer.alloc(8 << 20)
    const delivered = ftp.deliver(
      destination,
      { name: 'large.bin', content },
      {},
      {
        signal: controller.signal,
        // It begins, and then nothing moves any more.
        onProgress: () => void setTimeout(() => controller.abort(), 300),
      },
    )
    expect(await caught(delivered)).toBeInstanceOf(AbortError)
    const there = readdirSync(join(account.root, directory))
    expect(
      there.every((it) => it.endsWith('.part')),
      `${there}`,
    ).toBe(true)
  })

  test('is not disturbed by a callback that throws: the delivery ends with what it threw', async () => {
    const destination = new ftp.Destination({ ...reached(at), directory: own() })
    const onProgress = (): never => {
      throw new Error('of the callback')
    }
    await expect(ftp.deliver(destination, photos(), {}, { onProgress })).rejects.toThrow('of the callback')
  })

  test('takes what is sent from bytes, whatever becomes of them meanwhile', async () => {
    const directory = own()
    const destination = new ftp.Destination({ ...reached(at), directory })
    const content = Buffer.alloc(300_000, 'a')
    const delivered = ftp.deliver(destination, { name: 'a.bin', content })
    content.fill('b')
    await delivered
    const there = readFileSync(join(at.accounts['main']?.root ?? '', directory, 'a.bin'))
    expect(there.equals(Buffer.alloc(300_000, 'a'))).toBe(true)
  })
})

describe.skipIf(placeOf('openssh') === undefined)('a server of SFTP', () => {
  const at = placeOf('openssh') as NonNullable<ReturnType<typeof placeOf>>
  const { password: _, ...given } = at === undefined ? ({} as ftp.DestinationOptions) : reached(at)

  test('lets in who has a key, whichever way it is given', async () => {
    const { keys } = places as NonNullable<typeof places>
    for (const name of ['ed25519', 'ed25519-passphrase']) {
      const { path, passphrase } = keys[name] as { path: string; passphrase: string }
      const text = readFileSync(path)
      const part = Buffer.concat([Buffer.from('..'), text, Buffer.from('..')]).subarray(2, 2 + text.length)
      const opened = passphrase === '' ? {} : { keyPassphrase: passphrase }
      for (const way of [{ keyFile: path }, { key: `${text}` }, { key: text }, { key: part }])
        expect(await new ftp.Destination({ ...given, ...way, ...opened }).check()).toContain('SSH')
    }
    const { path } = keys['ed25519-passphrase'] as { path: string }
    expect(thrown(() => new ftp.Destination({ ...given, keyFile: path }))).toBeInstanceOf(ConfigError)
  })

  test('is known by any of several keys, or by a file of them', async () => {
    const { keys } = places as NonNullable<typeof places>
    const key = readFileSync((keys['ed25519'] as { path: string }).path)
    const right = [given.hostKey].flat() as string[]
    const several = [`SHA256:${'A'.repeat(43)}`, ...right]
    expect(await new ftp.Destination({ ...given, key, hostKey: several }).check()).toContain('SSH')
    const { hostKey: __, ...unknown } = given
    const folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
    const knownHostsFile = join(folder, 'known_hosts')
    const lines = at.host_keys.map(({ line }) => `[${at.host}]:${at.port} ${line}\n`)
    writeFileSync(knownHostsFile, lines.join(''))
    expect(await new ftp.Destination({ ...unknown, key, knownHostsFile }).check()).toContain('SSH')
    rmSync(folder, { recursive: true })
  })
})

describe.skipIf(places === undefined || places.fleet.length === 0)('a fleet', () => {
  test('delivers to the sound, whatever the others do', { timeout: 120_000 }, async () => {
    const { ca, fleet: accounts } = places as NonNullable<typeof places>
    const at = placeOf('pyftpdlib-ftps') as NonNullable<ReturnType<typeof placeOf>>
    const mine = accounts.slice(300, 340)
    const broken = (position: number): boolean => position % 10 === 3
    const users = mine.map(({ user, password }, position) => {
      const lines = [
        `[users.${user}]`,
        `user = "${user}"`,
        `password = "${broken(position) ? 'wrong' : password}"`,
      ]
      return lines.join('\n')
    })
    const fleet = ftp.Fleet.parse(
      [
        '[defaults]',
        'protocol = "ftps"',
        `host = "${at.host}"`,
        `port = ${at.port}`,
        `ca_bundle_file = ${JSON.stringify(ca)}`,
        'file = "{vin}_{n:02}.jpg"',
        ...users,
      ].join('\n'),
    )
    const jobs = mine.map(({ user }) => ({ destination: user, files: photos(), variables: { vin: 'VF1' } }))
    let told = 0
    const summary = await fleet.deliver(jobs, { concurrency: 8, perHost: 8, onProgress: () => (told += 1) })
    expect(summary.counts, `${summary}`).toMatchObject({
      destinations: 40,
      complete: 36,
      delivered: 36,
      failed: 4,
      files: 72,
    })
    expect(summary.counts.mostConnections).toBeLessThanOrEqual(8)
    expect(told).toBe(40)
    const advice = 'check user and password or key'
    const adviceFr = 'utilisateur et mot de passe ou clé à vérifier'
    for (const outcome of summary.jobs) {
      const { job, error, receipt } = outcome
      if (!broken(job)) {
        expect([outcome.advice, outcome.adviceFr]).toEqual([null, null])
        continue
      }
      expect(error).toMatchObject({ kind: 'refused', stage: 'login' })
      expect(receipt?.certainty).toBe('not_processed')
      expect([outcome.advice, outcome.adviceFr]).toEqual([advice, adviceFr])
      const told = summary.toJSON().destinations[job]?.jobs[0]?.error
      expect(told).toMatchObject({ advice, advice_fr: adviceFr })
    }
    expect(summary.text()).toContain(`(${advice})`)
    expect(summary.text('fr')).toContain(`(${adviceFr})`)
    for (const [position, { root }] of mine.entries()) {
      const there = readdirSync(root).filter((it) => it.startsWith('VF1_'))
      expect(there.sort()).toEqual(broken(position) ? [] : ['VF1_01.jpg', 'VF1_02.jpg'])
    }
  })
})
