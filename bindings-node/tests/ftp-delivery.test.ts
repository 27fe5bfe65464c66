/** Deliveries, by what arrives and by what is said on the way. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { AbortError, Batch, ConfigError, ftp, PayloadWriter, TimeoutError } from 'qlower'
import { describe, expect, test } from 'vitest'

import { Wire } from './ftp-wire.js'
import { caught, thrown } from './servers.js'

const ONCE = { retry: { maxAttempts: 1 } }
const FILE = { name: 'a.txt', content: 'a' }

/** What of a destination is seen on the way. */
async function delivered(rules: object, files: ftp.Outgoing | ftp.Outgoing[] = FILE): Promise<Wire> {
  await using wire = await Wire.start()
  await ftp.deliver(new ftp.Destination({ ...wire.at, ...rules }), files)
  return wire
}

describe('settings come to bear', () => {
  test('how a file gets its name', async () => {
    expect((await delivered({})).commands).toContain('RNTO')
    expect((await delivered({ temporary: 'direct' })).commands).not.toContain('RNTO')
  })

  test('how data connections are asked for', async () => {
    const asked = ({ commands }: Wire): string[] => commands.filter((it) => it === 'EPSV' || it === 'PASV')
    expect(asked(await delivered({ passive: 'extended' }))).toEqual(['EPSV'])
    expect(asked(await delivered({ passive: 'classic' }))).toEqual(['PASV'])
    await using old = await Wire.start({ refuses: { EPSV: '502 unknown' } })
    await ftp.deliver(new ftp.Destination(old.at), FILE)
    expect(asked(old)).toEqual(['EPSV', 'PASV'])
    const stubborn = new ftp.Destination({ ...old.at, ...ONCE, passive: 'extended' })
    expect(await caught(ftp.deliver(stubborn, FILE))).toMatchObject({ kind: 'refused', replyCode: 502 })
  })

  test('what becomes of a file that is there', async () => {
    await using wire = await Wire.start()
    const outcome = async (existing: 'replace' | 'keep' | 'refuse', content: string) => {
      const destination = new ftp.Destination({ ...wire.at, existing })
      const receipt = await ftp.deliver(destination, { name: 'a.txt', content })
      return [receipt.files[0]?.how, wire.text('a.txt')]
    }
    expect(await outcome('refuse', 'first')).toEqual(['stored', 'first'])
    expect(await outcome('keep', 'other')).toEqual(['kept', 'first'])
    expect(await outcome('replace', 'third')).toEqual(['stored', 'third'])
    expect(await caught(outcome('refuse', 'last'))).toMatchObject({ kind: 'exists', isRetryable: false })
    expect(wire.text('a.txt')).toBe('third')
  })

  test('which names are taken', async () => {
    const rules = { host: '127.0.0.1', protocol: 'ftp', user: 'a' } as const
    const file = { name: 'a:b.txt', content: '' }
    expect(await caught(new ftp.Destination(rules).plan(file))).toBeInstanceOf(ftp.NamingError)
    expect((await new ftp.Destination({ ...rules, characters: 'any' }).plan(file)).files).toEqual(['a:b.txt'])
    expect(() => ftp.names({}, [file])).toThrow(ftp.NamingError)
    expect(ftp.names({ characters: 'any' }, [file]).files).toEqual(['a:b.txt'])
  })

  test('whether plain FTP may go anywhere', () => {
    const open = { host: 'ftp.example.com', protocol: 'ftp', user: 'a', insecure: true } as const
    expect(new ftp.Destination(open).host).toBe('ftp.example.com')
    expect(() => new ftp.Destination({ ...open, insecure: false })).toThrow(ConfigError)
  })

  test('files of keys, certificates and hosts are read', () => {
    const sftp = { host: 'a', protocol: 'sftp', user: 'a' } as const
    const none = '/there/is/no/such/file'
    for (const [options, setting] of [
      [{ ...sftp, knownHostsFile: none, password: 'p' }, 'knownHostsFile'],
      [{ ...sftp, hostKey: `SHA256:${'A'.repeat(43)}`, keyFile: none }, 'keyFile'],
      [{ host: 'a', user: 'a', caBundle: none }, 'caBundle'],
    ] as [ftp.DestinationOptions, string][]) {
      const error = thrown<ConfigError>(() => new ftp.Destination(options))
      expect(error.setting, inspect(error)).toBe(setting)
    }
  })

  test('each of two limits is its own', async () => {
    await using mute = await Wire.start({ silentAt: 'greeting' })
    const unconnected = new ftp.Destination({ ...mute.at, ...ONCE, connectTimeout: 150, timeout: 60_000 })
    const error = await caught<ftp.DeliveryError>(ftp.deliver(unconnected, FILE))
    expect(error).toMatchObject({ kind: 'timeout', stage: 'connect', certainty: 'not_processed' })
    expect(error.message).toContain('150')
    expect(error.duration).toBeGreaterThan(140)
    expect(error.receipt.duration).toBeGreaterThan(140)
    await using deaf = await Wire.start({ silentAt: 'PASS' })
    const unheard = new ftp.Destination({ ...deaf.at, ...ONCE, connectTimeout: 60_000, timeout: 150 })
    const login = await caught<ftp.DeliveryError>(unheard.check())
    expect(login).toMatchObject({ kind: 'timeout', stage: 'login', certainty: 'not_processed' })
    expect(login.message).toContain('150')
  })
})

describe('what is sent', () => {
  test('are the bytes of a part of a buffer, and not the buffer', async () => {
    const whole = Buffer.from('..é-1-é..')
    const at = { from: 2, to: whole.length - 2 }
    const shared = new SharedArrayBuffer(3)
    new Uint8Array(shared).set([7, 8, 9])
    const wide = new Uint16Array([1, 2, 3]).subarray(1)
    const { files } = await delivered({}, [
      { name: 'slice', content: whole.subarray(at.from, at.to) },
      { name: 'view', content: new DataView(whole.buffer, whole.byteOffset + at.from, at.to - at.from) },
      { name: 'text', content: 'é-1-é' },
      { name: 'shared', content: shared },
      { name: 'wide', content: wide },
    ])
    const expected = whole.subarray(at.from, at.to)
    for (const name of ['slice', 'view', 'text']) expect(files.get(name)?.equals(expected), name).toBe(true)
    expect([...(files.get('shared') as Buffer)]).toEqual([7, 8, 9])
    expect(files.get('wide')?.equals(Buffer.from(wide.buffer, 2, 4))).toBe(true)
  })

  test('a side file has the details and the variables', async () => {
    await using wire = await Wire.start()
    const destination = new ftp.Destination({ ...wire.at, directory: 'stock', sideFile: '{vin}.json' })
    const variables = { vin: 'V', price: 0.1, count: 12345678901234567890n }
    const receipt = await ftp.deliver(destination, FILE, variables, { details: { by: 'Zoé' } })
    expect(JSON.parse(wire.text('stock/V.json') ?? '')).toMatchObject({
      details: { by: 'Zoé' },
      variables: { vin: 'V', price: '0.1', count: '12345678901234567890' },
    })
    expect(receipt.files.map(({ path }) => path)).toEqual(['stock/a.txt', 'stock/V.json'])
    expect(wire.files.size).toBe(2)
  })

  test('variables that are no text or number are refused', async () => {
    const destination = new ftp.Destination({ host: '127.0.0.1', protocol: 'ftp', user: 'a' })
    for (const vin of [Number.NaN, Infinity, '\ud800', true, null]) {
      expect(await caught(destination.plan(FILE, { vin: vin as never }))).toMatchObject({
        setting: 'variables.vin',
      })
    }
    expect(thrown(() => ftp.names({}, [FILE], {}, { at: new Date(Number.NaN) }))).toMatchObject({
      setting: 'at',
    })
  })

  test('names are made of the hash and the partner that are given', async () => {
    const source = { name: 'a.txt', sha256: 'ab'.repeat(32), partner: 'acme' }
    expect(ftp.names({ file: '{partner}-{hash:4}' }, [source]).files).toEqual(['acme-abab'])
    const folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
    const writer = await PayloadWriter.folder(folder, { partner: 'acme', apiKey: 'k' })
    await writer.writeTransactions([
      { id: 'T1', date: '2025-01-31', propertyId: 'P1', amount: 850, reference: 'Loyer' },
    ])
    await writer.finish()
    const batch = await Batch.open(folder)
    const rules = { host: '127.0.0.1', protocol: 'ftp', user: 'a', file: '{partner}' } as const
    const plan = await new ftp.Destination(rules).plan([...batch.files])
    expect(plan.files).toEqual(['acme'])
    rmSync(folder, { recursive: true })
  })
})

describe('a receipt', () => {
  test('is not changed from outside, and neither is a destination', async () => {
    await using wire = await Wire.start()
    const destination = new ftp.Destination(wire.at)
    const receipt = await ftp.deliver(destination, FILE)
    receipt.toJSON().files.pop()
    expect(receipt.toJSON().files).toHaveLength(1)
    expect(Object.isFrozen(receipt.files) && Object.isFrozen(receipt.files[0])).toBe(true)
    expect(receipt.toJSON().duration_seconds * 1000).toBeCloseTo(receipt.duration, 6)
    destination.toJSON().host = 'other'
    expect(destination.toJSON().host).toBe('127.0.0.1')
    expect(await destination.check()).toBeNull()
  })
})

describe('an error', () => {
  test('of a wrong password says so in both languages, and repeats nothing of the server', async () => {
    await using wire = await Wire.start()
    const stranger = new ftp.Destination({ ...wire.at, password: 'wr0ng' })
    const error = await caught<ftp.DeliveryError>(ftp.deliver(stranger, FILE))
    expect(error).toMatchObject({ kind: 'refused', stage: 'login', replyCode: 530, isRetryable: false })
    expect(wire.connections).toBe(1)
    expect(error.message).toMatch(/refused the login: .*530/)
    expect(error.messageFr).toMatch(/a refusé l'identification : .*530/)
    const json = JSON.parse(JSON.stringify(error))
    expect([json.message, json.messageFr]).toEqual([error.message, error.messageFr])
    expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('wr0ng')
  })

  test('knows how far it came, and whether the file may stand there', async () => {
    await using mute = await Wire.start({ silentAt: 'RNTO', forGood: true })
    const lost = new ftp.Destination({ ...mute.at, ...ONCE, timeout: 200, connectTimeout: 200 })
    const error = await caught<ftp.DeliveryError>(ftp.deliver(lost, FILE))
    expect(error).toMatchObject({ kind: 'timeout', stage: 'rename', certainty: 'unknown', isConnect: false })
    expect(error.receipt.files[0]).toMatchObject({ certainty: 'unknown', how: null })
    expect(error.message).toContain('it is not known whether')
    expect(error.messageFr).toContain('on ignore si')
    await using full = await Wire.start({ refuses: { STOR: '552 full' } })
    const refused = await caught(ftp.deliver(new ftp.Destination({ ...full.at, ...ONCE }), FILE))
    expect(refused).toMatchObject({ stage: 'transfer', certainty: 'not_processed', isConnect: false })
  })

  test('has what caused it in French, too', async () => {
    const nobody = new ftp.Destination({ host: '127.0.0.1', protocol: 'ftp', user: 'a', port: 1, ...ONCE })
    const error = await caught<ftp.DeliveryError>(nobody.check())
    expect(error.messageFr).toMatch(/^pas de connexion à .* : connexion refusée/)
    // It is there for whoever asks, and not shown twice.
    expect(inspect(error)).not.toContain('pas de connexion')
    expect(error.toJSON()['messageFr']).toBe(error.messageFr)
  })

  test('of names is told in French as a whole', async () => {
    const rules = { file: '{vni}.jpg', archive: '{vni}.zip' }
    const destination = new ftp.Destination({ host: 'a', user: 'a', ...rules })
    for (const error of [
      await caught<ftp.NamingError>(destination.plan(FILE, { vin: 'V' })),
      thrown<ftp.NamingError>(() => ftp.names(rules, [FILE], { vin: 'V' })),
    ]) {
      expect(error.errors).toHaveLength(2)
      expect(inspect(error)).not.toContain('errors: [')
      expect(error.toJSON()['errors']).toEqual(error.errors)
      for (const { message, messageFr } of error.errors) {
        expect(error.message).toContain(message)
        expect(error.messageFr).toContain(messageFr)
      }
    }
  })
})

describe('a delivery that is ended', () => {
  test('knows what that means for its files', async () => {
    await using mute = await Wire.start({ silentAt: 'STOR' })
    const destination = new ftp.Destination(mute.at)
    const begun = (): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => void (mute.commands.includes('STOR') ? resolve() : setTimeout(look, 5))
        look()
      })
    const controller = new AbortController()
    const call = caught(ftp.deliver(destination, FILE, {}, { signal: controller.signal }))
    await begun()
    controller.abort()
    const aborted = await call
    expect(aborted).toBeInstanceOf(AbortError)
    expect(aborted).toMatchObject({ certainty: 'unknown' })
    const late = await caught(ftp.deliver(destination, FILE, {}, { timeout: 100 }))
    expect(late).toBeInstanceOf(TimeoutError)
    expect(late).toMatchObject({ certainty: 'unknown', limit: 100 })
  })

  test('while a connection is tested has sent nothing', async () => {
    await using mute = await Wire.start({ silentAt: 'USER' })
    const destination = new ftp.Destination({ ...mute.at, ...ONCE })
    const controller = new AbortController()
    const aborted = caught(destination.check({ signal: controller.signal }))
    while (!mute.commands.includes('USER')) await new Promise((later) => setTimeout(later, 5))
    controller.abort()
    expect(await aborted).toMatchObject({ name: 'AbortError', certainty: 'not_processed' })
    expect(await caught(destination.check({ timeout: 50 }))).toMatchObject({
      name: 'TimeoutError',
      certainty: 'not_processed',
    })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('of the callback')
      },
    ],
    [
      'is rejected',
      async () => {
        await Promise.reject(new Error('of the callback'))
      },
    ],
  ])('by a callback that %s stops at once', async (_, onProgress) => {
    await using mute = await Wire.start({ silentAt: 'STOR' })
    const destination = new ftp.Destination(mute.at)
    await expect(ftp.deliver(destination, FILE, {}, { onProgress })).rejects.toThrow('of the callback')
    while (mute.closed < mute.connections) await new Promise((later) => setTimeout(later, 5))
    const fleet = ftp.Fleet.parse(
      `[users.a]\nprotocol = "ftp"\nhost = "127.0.0.1"\nport = 1\nuser = "a"\nretry = { max_attempts = 1 }\n` +
        `[users.b]\nprotocol = "ftp"\nhost = "127.0.0.1"\nport = ${mute.at.port}\nuser = "b"\npassword = "s3cr3t"\n`,
    )
    const jobs = ['a', 'b'].map((destination) => ({ destination, files: FILE }))
    await expect(fleet.deliver(jobs, { onProgress })).rejects.toThrow('of the callback')
    while (mute.closed < mute.connections) await new Promise((later) => setTimeout(later, 5))
  })

  test('by what a callback throws at its very last step fails, too', async () => {
    await using wire = await Wire.start()
    const destination = new ftp.Destination(wire.at)
    const onProgress = async ({ sent, size }: ftp.Progress): Promise<void> => {
      await new Promise((later) => setTimeout(later, 50))
      if (sent === size) throw new Error('of the last step')
    }
    await expect(ftp.deliver(destination, FILE, {}, { onProgress })).rejects.toThrow('of the last step')
    const seen: [number, number, number][] = []
    const slow = async ({ file, sent, size }: ftp.Progress): Promise<void> => {
      await new Promise((later) => setTimeout(later, 100))
      seen.push([file, sent, size])
    }
    await ftp.deliver(destination, [FILE, { name: 'b.txt', content: 'bb' }], {}, { onProgress: slow })
    // A step that waits makes way for a later one about the same file, and for no other.
    expect(seen).toEqual(
      expect.arrayContaining([
        [1, 1, 1],
        [2, 2, 2],
      ]),
    )
  })
})

test('a file that is given by its path may have another name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qlower-ftp-'))
  writeFileSync(join(folder, 'a.txt'), 'of a file')
  const wire = await delivered({ file: '{n}_{name:upper}' }, [{ path: join(folder, 'a.txt'), name: 'b.txt' }])
  rmSync(folder, { recursive: true })
  expect(wire.text('1_B.TXT')).toBe('of a file')
})
