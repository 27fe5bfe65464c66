import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import {
  AbortError,
  type AsyncCheckOptions,
  type CheckOptions,
  ConfigError,
  check,
  checkAsync,
  checked,
  checkedAsync,
  checkedFile,
  checkFile,
  FileError,
  type Source,
  TimeoutError,
  ValidationError,
} from 'qlower'
import { afterAll, describe, expect, test } from 'vitest'

import { EMPTY, HEAD, KEY, TODAY, thrown, WRONG } from './given.js'

const folder = mkdtempSync(join(tmpdir(), 'qlower-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

const codes = (source: Source, options?: CheckOptions): string[] =>
  check(source, options).findings.map((finding) => finding.code)

function everyKind(text: string): [string, Source][] {
  const bytes = new TextEncoder().encode(text)
  const within = new Uint8Array(bytes.length + 9).fill(0x5d)
  within.set(bytes, 4)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  const elsewhere = runInNewContext('Uint8Array.from(bytes)', { bytes }) as Uint8Array
  return [
    ['string', text],
    ['string of two bytes each', `${text} \u{1f600}`.slice(0, text.length)],
    ['rope', [...text].reduce((all, one) => all + one, '')],
    ['Buffer', Buffer.from(text)],
    ['Uint8Array', bytes],
    ['part of a buffer', within.subarray(4, 4 + bytes.length)],
    ['ArrayBuffer', bytes.buffer],
    ['SharedArrayBuffer', shared.buffer],
    ['view of a SharedArrayBuffer', shared],
    ['DataView', new DataView(within.buffer, 4, bytes.length)],
    ['Uint8Array of another realm', elsewhere],
    ['Uint8ClampedArray', new Uint8ClampedArray(bytes)],
  ]
}

describe('every kind of text', () => {
  const expected = check(WRONG, { today: TODAY })

  test('is known to be wrong', () => {
    expect(expected.errors.map(({ code, line, column }) => [code, line, column])).toEqual([
      ['invalid_date', 3, 31],
    ])
  })

  test.each(everyKind(WRONG))('%s gets the same report', async (_, source) => {
    expect(check(source, { today: TODAY }).toJSON()).toEqual(expected.toJSON())
    expect((await checkAsync(source, { today: TODAY })).toJSON()).toEqual(expected.toJSON())
    for (const work of [checked, checkedAsync]) {
      const error = await thrown(() => work(source, { today: TODAY }))
      expect(error).toBeInstanceOf(ValidationError)
      expect((error as ValidationError).report?.toJSON()).toEqual(expected.toJSON())
    }
  })

  test.each(everyKind(EMPTY))('%s passes as it is', async (_, source) => {
    expect(checked(source).toBuffer().toString()).toBe(EMPTY)
    expect((await checkedAsync(source)).toBuffer().toString()).toBe(EMPTY)
  })

  test('in a file', async () => {
    const path = join(folder, 'wrong.json')
    writeFileSync(path, WRONG)
    for (const file of [path, pathToFileURL(path)]) {
      expect((await checkFile(file, { today: TODAY })).toJSON()).toEqual(expected.toJSON())
      const error = await thrown(() => checkedFile(file, { today: TODAY }))
      expect((error as ValidationError).report?.toJSON()).toEqual(expected.toJSON())
    }
    writeFileSync(path, EMPTY)
    expect((await checkedFile(path)).toBuffer().toString()).toBe(EMPTY)
  })

  test('in pieces is the same text', async () => {
    // So that a pair of surrogates, and a lone one, stand where pieces are cut.
    for (const shift of [0, 1, 2, 3, 4, 5, 6]) {
      const filling = 'x'.repeat(2 ** 18 - HEAD.length - 16 + shift)
      const text = `${HEAD}, "note": "${filling}\u{1f600}\u{1f600}\ud83d${'é'.repeat(2 ** 18)}"}`
      const report = check(text)
      expect(report.errors.map((finding) => finding.code)).toEqual(['lone_surrogate'])
      expect((await checkAsync(text)).toJSON()).toEqual(report.toJSON())
      const bytes = Buffer.from(text.replace(/\p{Surrogate}/gu, ''))
      expect((await checkedAsync(bytes)).toBuffer().equals(bytes)).toBe(true)
      expect((await checkedAsync(bytes.toString())).toBuffer().equals(bytes)).toBe(true)
    }
  })
})

test('what was checked is what is kept', async () => {
  const bytes = Buffer.from(EMPTY)
  const kept = [
    checked(bytes),
    await checkedAsync(bytes),
    checked(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
  ]
  bytes.fill(0x20)
  kept[0]?.toBuffer().fill(0x20)
  for (const one of kept) expect(one.toBuffer().toString()).toBe(EMPTY)
})

test('a buffer that is detached or cut does no harm', async () => {
  const bytes = new Uint8Array(3 * 2 ** 20).fill(0x20)
  const checking = checkAsync(bytes)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  const error = await checking.then(
    (report) => report,
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining('detached') })
  expect(codes(bytes)).toEqual(codes(''))
  // @ts-expect-error: newer than the types.
  const shrinking: ArrayBuffer = new ArrayBuffer(3 * 2 ** 20, { maxByteLength: 4 * 2 ** 20 })
  const cut = thrown(() => checkAsync(new Uint8Array(shrinking)))
  // @ts-expect-error: newer than the types.
  shrinking.resize(2 ** 19)
  expect(await cut).toMatchObject({ name: 'TypeError', message: expect.stringContaining('cut') })
  await expect(checkAsync(bytes.buffer)).rejects.toThrow(TypeError)
})

test('a byte order mark, invalid bytes and NUL are found at their place', () => {
  expect(codes(`\ufeff${EMPTY}`)).toEqual(['byte_order_mark', 'empty_payload'])
  expect(checked(`\ufeff${EMPTY}`).toBuffer().toString()).toBe(EMPTY)
  const invalid = Buffer.concat([Buffer.from(`${HEAD},\n "note": "`), Buffer.from([0xff]), Buffer.from('"}')])
  const finding = check(invalid).errors[0]
  expect([finding?.code, finding?.line]).toEqual(['invalid_utf8', 2])
  expect(check(`${HEAD},\n "note": "\0"}`).errors[0]?.line).toBe(2)
  for (const nothing of ['', ' ', Buffer.alloc(0), new ArrayBuffer(0), new SharedArrayBuffer(0)]) {
    expect(codes(nothing)).toHaveLength(1)
  }
})

test('a lone surrogate is found at its place', async () => {
  const text = `${HEAD},\n "transactions": [{"id": "T\ud800"}]}`
  const { findings } = check(text)
  const found = findings.find((finding) => finding.code === 'lone_surrogate')
  expect([found?.line, found?.pointer]).toEqual([2, '/transactions/0/id'])
  expect((await checkAsync(text)).findings).toEqual(findings)
})

test('objects are checked without places', async () => {
  const payload = {
    partner: 'acme',
    apiKey: KEY,
    createdAt: '2025-02-01T08:00:00+01:00',
    transactions: [{ id: 'T1', date: '31/01/2025', propertyId: 'P1', amount: 850, reference: 'Loyer' }],
  }
  const report = check(payload, { today: TODAY })
  const [finding] = report.errors
  expect(finding).toMatchObject({
    code: 'invalid_date',
    field: 'reqdExctnDt',
    fieldName: 'date',
    line: null,
    column: null,
  })
  expect(JSON.stringify(report)).not.toMatch(/"line"|"column"/)
  expect((await checkAsync(payload, { today: TODAY })).toJSON()).toEqual(report.toJSON())
  const error = await thrown(() => checkedAsync(payload, { today: TODAY }))
  expect((error as ValidationError).report?.toJSON()).toEqual(report.toJSON())
})

test('a string is text and never a path', () => {
  expect(codes(import.meta.filename)).toEqual(['not_a_payload'])
})

describe('options', () => {
  test('are heeded', async () => {
    expect(check(EMPTY).isValid).toBe(true)
    expect(check(EMPTY, { strict: true }).isValid).toBe(false)
    expect((await checkAsync(EMPTY, { strict: true })).isValid).toBe(false)
    const report = check('{}', { maxFindings: 2 })
    expect([report.findings.length, report.omitted, report.errorCount + report.warningCount]).toEqual([
      2, 3, 5,
    ])
    expect(check('{}', { maxFindings: 0 }).findings).toEqual([])
    expect(check('{}', { maxFindings: Number.POSITIVE_INFINITY, threads: 3 }).findings).toHaveLength(5)
  })

  test.each([null, undefined, {}, { strict: null, today: null, maxFindings: null, threads: null }])(
    'that are not given: %j',
    async (options) => {
      expect(check(EMPTY, options).isValid).toBe(true)
      expect((await checkAsync(EMPTY, options)).isValid).toBe(true)
      expect((await checkAsync(EMPTY, { ...options, signal: null, timeout: null })).isValid).toBe(true)
    },
  )

  test('the day of the check', () => {
    const text =
      `${HEAD}, "properties": [{"id": "P1"}], "transactions": [` +
      '{"id": "T1", "reqdExctnDt": "2025-02-03", "id-prty": "P1", "amt": 1, "ref": "r"}]}'
    const isFuture = (today: CheckOptions['today']): boolean =>
      codes(text, { today }).includes('future_transaction')
    const elsewhere = runInNewContext('new Date("2025-02-01")') as Date
    for (const today of [
      '2025-02-01',
      new Date('2025-02-01'),
      new Date(2025, 1, 1, 23, 59),
      new Date(2025, 1, 1),
      elsewhere,
    ]) {
      expect(isFuture(today), `${today}`).toBe(true)
    }
    for (const today of ['2025-02-03', new Date('2025-02-03'), new Date(2025, 1, 3), null, undefined]) {
      expect(isFuture(today), `${today}`).toBe(false)
    }
  })

  const WITHOUT_MEANING: [string, object][] = [
    ['strict', { strict: 'yes' }],
    ['today', { today: '01/02/2025' }],
    ['today', { today: '2025-02-01T00:00:00' }],
    ['today', { today: '2025-02-30' }],
    ['today', { today: '' }],
    ['today', { today: 20250201 }],
    ['today', { today: new Date(Number.NaN) }],
    ['today', { today: new Date(8.64e15) }],
    ['maxFindings', { maxFindings: -1 }],
    ['maxFindings', { maxFindings: 1.5 }],
    ['maxFindings', { maxFindings: Number.NaN }],
    ['maxFindings', { maxFindings: '7' }],
    ['threads', { threads: 0 }],
    ['threads', { threads: Number.NEGATIVE_INFINITY }],
    ['threads', { threads: 2n }],
    ['maxFinding', { maxFinding: 1 }],
    ['options', 'strict' as never],
  ]
  test.each(WITHOUT_MEANING)('%s has no meaning in %o', async (setting, options) => {
    for (const work of [check, checkAsync, checked, checkedAsync, checkFile, checkedFile]) {
      const error = await thrown(() => work(EMPTY, options as AsyncCheckOptions))
      expect(error).toBeInstanceOf(ConfigError)
      expect(error).toMatchObject({
        setting,
        code: 'QLOWER_CONFIG',
        message: expect.stringContaining(setting),
      })
    }
  })

  test.each([
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: Number.NaN }],
    ['timeout', { timeout: '1' }],
    ['signal', { signal: 1 }],
    ['signal', { signal: {} }],
  ])('%s has no meaning in %o', async (setting, options) => {
    for (const work of [checkAsync, checkedAsync, checkFile, checkedFile]) {
      const error = await thrown(() => work(EMPTY, options as object))
      expect(error).toBeInstanceOf(ConfigError)
      expect(error).toMatchObject({ setting })
    }
  })
})

test.each([1, null, undefined, true, 1n, Symbol('x'), () => EMPTY, [EMPTY]])(
  '%o is no payload',
  async (source) => {
    for (const work of [check, checkAsync, checked, checkedAsync]) {
      const error = await thrown(() => work(source as never))
      expect(error).toMatchObject({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /a payload is wanted/,
      })
    }
  },
)

test('files that cannot be read are named', async () => {
  for (const [path, code] of [
    [join(folder, 'none.json'), 'ENOENT'],
    [folder, process.platform === 'win32' ? 'EACCES' : 'EISDIR'],
  ] as const) {
    for (const work of [checkFile, checkedFile]) {
      const error = await thrown(() => work(path))
      expect(error).toBeInstanceOf(FileError)
      expect(error).toMatchObject({ path, cause: { code } })
    }
  }
  await expect(checkFile('a\0b')).rejects.toThrow(FileError)
  await expect(checkFile(7 as never)).rejects.toThrow(ConfigError)
  await expect(checkFile(new URL('https://example.com/x'))).rejects.toThrow(TypeError)
})

describe('calls that end early', () => {
  const long = Buffer.from(`${HEAD}, "transactions": [${'{},'.repeat(400_000)}{}]}`)
  const path = join(folder, 'long.json')
  writeFileSync(path, long)
  const works: [string, (options: AsyncCheckOptions) => Promise<unknown>][] = [
    ['checkAsync of bytes', (options) => checkAsync(long, options)],
    ['checkAsync of a string', (options) => checkAsync(long.toString(), options)],
    [
      'checkAsync of an object',
      (options) => checkAsync({ transactions: Array(200_000).fill({ id: 'T1' }) }, options),
    ],
    ['checkedAsync', (options) => checkedAsync(long, options)],
    ['checkFile', (options) => checkFile(path, options)],
    ['checkedFile', (options) => checkedFile(path, options)],
  ]

  test.each(works)('%s, aborted', async (_, work) => {
    const reason = new Error('the user went away')
    for (const after of [0, 1, 20]) {
      const controller = new AbortController()
      const working = work({ signal: controller.signal, maxFindings: 9 })
      setTimeout(() => controller.abort(reason), after)
      const error = await thrown(() => working)
      expect(error).toBeInstanceOf(AbortError)
      expect(error).toMatchObject({ code: 'ABORT_ERR', cause: reason, certainty: 'not_processed' })
    }
    const error = await thrown(() => work({ signal: AbortSignal.abort(reason) }))
    expect(error).toMatchObject({ name: 'AbortError', cause: reason })
  })

  test.each(works)('%s, out of time', async (_, work) => {
    for (const timeout of [0, 1, 20]) {
      const error = await thrown(() => work({ timeout, maxFindings: 9 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ code: 'QLOWER_TIMEOUT', limit: timeout, certainty: 'not_processed' })
    }
  })

  test('time that is enough does no harm', async () => {
    const report = await checkAsync(EMPTY, { timeout: 60_000, signal: AbortSignal.timeout(60_000) })
    expect(report.isValid).toBe(true)
    expect((await checkAsync(EMPTY, { timeout: Number.POSITIVE_INFINITY })).isValid).toBe(true)
  })
})
