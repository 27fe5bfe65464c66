/** Settings of a client. */

import { Client, ConfigError, Environment, Sandbox } from 'qlower'
import { expect, test } from 'vitest'

import { answer, caught, KEY, Raw, text, thrown } from './servers.js'

test.each<[object, string]>([
  [{ timeout: 0 }, 'timeout'],
  [{ timeout: -1 }, 'timeout'],
  [{ timeout: 'soon' }, 'timeout'],
  [{ timeout: Number.NaN }, 'timeout'],
  [{ timeout: 10n }, 'timeout'],
  [{ connectTimeout: 0 }, 'connectTimeout'],
  [{ partner: 7 }, 'partner'],
  [{ apiKey: ['k'] }, 'apiKey'],
  [{ caBundle: '/does/not/exist.pem' }, 'caBundle'],
  [{ caBundle: Buffer.from('nothing') }, 'caBundle'],
  [{ caBundle: new Uint8Array(new SharedArrayBuffer(3)) }, 'caBundle'],
  [{ caBundle: 7 }, 'caBundle'],
  [{ proxy: 'nonsense' }, 'proxy'],
  [{ userAgent: 'é' }, 'userAgent'],
  [{ maxBodyBytes: -1 }, 'maxBodyBytes'],
  [{ maxBodyBytes: 1.5 }, 'maxBodyBytes'],
  [{ maxReplyBytes: '1' }, 'maxReplyBytes'],
  [{ s3PartSize: 1 }, 's3PartSize'],
  [{ s3Concurrency: 0 }, 's3Concurrency'],
  [{ s3Endpoint: 'http://192.0.2.1' }, 's3Endpoint'],
  [{ s3EndpointInsecure: true }, 's3EndpointInsecure'],
  [{ s3PathStyle: 'yes' }, 's3PathStyle'],
  [{ region: 'Paris!' }, 'region'],
  [{ retry: 3 }, 'retry'],
  [{ retry: [] }, 'retry'],
  [{ retry: { baseDelay: -1 } }, 'retry.baseDelay'],
  [{ retry: { maxAttempts: 2.5 } }, 'retry.maxAttempts'],
  [{ retry: { factor: 'x' } }, 'retry.factor'],
  [{ retry: { attempts: 2 } }, 'retry.attempts'],
  [{ environment: 'nowhere' }, 'environment'],
  [{ environment: 'http://example.com' }, 'environment'],
  [{ environment: { url: 'x' } }, 'environment'],
  [{ apikey: 'k' }, 'apikey'],
  [{ api_key: 'k' }, 'api_key'],
])('a setting that cannot be used is named: %o', (settings, setting) => {
  const error = thrown<ConfigError>(() => new Client({ environment: 'staging', ...settings }))
  expect(error).toBeInstanceOf(ConfigError)
  expect([error.setting, error.code, error.certainty]).toEqual([setting, 'QLOWER_CONFIG', 'not_processed'])
  expect(error.message.startsWith(`${setting}: `)).toBe(true)
})

test('options are an object', () => {
  for (const options of ['staging', 7, []]) {
    expect(thrown<ConfigError>(() => new Client(options as never)).setting).toBe('options')
  }
})

test('settings that can be used', () => {
  const everything = new Client({
    environment: 'prod',
    timeout: 120_000,
    connectTimeout: Number.POSITIVE_INFINITY,
    retry: { maxAttempts: 2, baseDelay: 100, factor: 3, maxDelay: 5000, total: 60_000 },
    userAgent: 'acme-erp/3.2',
    s3Endpoint: 'http://192.0.2.1',
    s3EndpointInsecure: true,
    s3PathStyle: false,
    s3PartSize: 5 << 20,
    s3MultipartThreshold: 1,
    s3Concurrency: 2,
    maxReplyBytes: 1,
    partner: null,
    apiKey: undefined,
  })
  expect(everything.environment.equals(Environment.PRODUCTION)).toBe(true)
}, 5000)

test('what is not given comes from the environment', async () => {
  await using sandbox = await Sandbox.start({ partners: { acme: KEY } })
  const before = { ...process.env }
  try {
    delete process.env['QLOWER_ENVIRONMENT']
    expect(thrown<ConfigError>(() => new Client()).setting).toBe('QLOWER_ENVIRONMENT')
    process.env['QLOWER_ENVIRONMENT'] = sandbox.url
    process.env['QLOWER_PARTNER'] = 'other'
    expect((await caught<ConfigError>(new Client().send(text()))).setting).toBe('partner')
    const client = new Client({ partner: 'acme' })
    expect((await client.send(text())).certainty).toBe('processed')
    expect(client.environment.loaderUrl.startsWith(sandbox.url)).toBe(true)
  } finally {
    for (const name of ['QLOWER_ENVIRONMENT', 'QLOWER_PARTNER']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
})

test('limits hold', async () => {
  const environment = 'http://127.0.0.1:1'
  const small = await caught<Error>(new Client({ environment, maxBodyBytes: 10 }).send(text()))
  expect(small).toMatchObject({ code: 'QLOWER_TOO_LARGE', limit: 10, size: text().length, isTooLarge: true })
  expect(small.message).toContain('maxBodyBytes: cut it into parts (split)')
  await using server = await Raw.start(answer('200 OK', '{"status": "SUCCESS"}'))
  const retry = { maxAttempts: 1 }
  const short = new Client({ environment: server.url, maxReplyBytes: 3, retry })
  expect(await caught(short.send(text()))).toMatchObject({ code: 'QLOWER_UNREADABLE_REPLY', excerpt: null })
})
