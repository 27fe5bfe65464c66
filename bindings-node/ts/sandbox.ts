/** A stateful stand-in for Qlower on this machine: for tests, demonstrations and offline work. */

import { inspect } from 'node:util'
import { isDate } from 'node:util/types'

import { run } from './abort.js'
import type { Sandbox as Native, Stop } from './binding.js'
import { Client } from './client.js'
import { Environment } from './environment.js'
import { configError, make, SandboxError, value } from './errors.js'
import { type SandboxNative, sandboxNative } from './native.js'
import { dayOf } from './options.js'
import type { SandboxClientOptions, SandboxOptions } from './sandbox-options.js'
import {
  Loaded,
  type OpenUpload,
  type PlainS3Fault,
  type PlainSandboxFault,
  read,
  type S3Fault,
  type S3Load,
  type S3Operation,
  type S3Permission,
  type S3Request,
  type SandboxFault,
  type SandboxRequest,
  type StoredObject,
  written,
} from './sandbox-records.js'
import { SandboxWebhooks, targetJson } from './sandbox-webhooks.js'
import type { ClientOptions } from './settings.js'

interface Keys {
  readonly partners: Readonly<Record<string, string>>
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * A running stand-in for Qlower; it listens from the moment it is started until it is stopped.
 *
 * It answers REST and S3 on free ports of 127.0.0.1, checks as Qlower does, keeps what was loaded, fails on demand, and
 * sends webhooks to a receiver on this machine. It serves from a thread of its own, and does not keep the process alive.
 *
 * @example With vitest, and with jest, where the same functions are global
 * ```ts skip
 * import { Client, Sandbox } from 'qlower'
 * import { afterEach, beforeEach, expect, test } from 'vitest'
 *
 * let sandbox: Sandbox
 * beforeEach(async () => {
 *   sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
 * })
 * afterEach(() => sandbox.stop())
 *
 * test('the night run', async () => {
 *   sandbox.failNext('bad_gateway')
 *   await nightRun(sandbox.clientOptions())
 *   expect(sandbox.fired()).toEqual([{ name: 'bad_gateway' }])
 *   expect(sandbox.loaded().count('transactions')).toBe(12)
 * })
 * ```
 *
 * @example With node:test
 * ```ts
 * import assert from 'node:assert/strict'
 * import { test } from 'node:test'
 * import { Sandbox } from 'qlower'
 *
 * test('nothing is loaded yet', async (t) => {
 *   const sandbox = await Sandbox.start()
 *   t.after(() => sandbox.stop())
 *   assert.equal(sandbox.loaded().size, 0)
 * })
 * ```
 */
export class Sandbox extends SandboxWebhooks {
  /** What the key of a partner may do: put objects and give uploads up. For the option `s3Permissions`. */
  static readonly UPLOAD_ONLY: readonly S3Permission[] = Object.freeze(['put', 'abort'] as const)

  readonly #native: Native
  readonly #keys: Keys
  readonly #url: string
  #stopped: Promise<void> | undefined

  private constructor(native: Native, keys: Keys) {
    super(native)
    this.#native = native
    this.#keys = keys
    this.#url = value(native.url())
  }

  /**
   * Starts one.
   *
   * @throws {@link SandboxError} if no port or thread could be had, or if the package `@qlower/sandbox` is not installed
   * @throws {@link ConfigError} for an option that cannot be used; its `setting` names it
   */
  static async start(options?: SandboxOptions | null): Promise<Sandbox> {
    const { signal, timeout, ...given } = { ...options }
    const module = nativeModule()
    const defaults = JSON.parse(module.sandboxDefaults()) as Keys & { partner: string; apiKey: string }
    const partners = { ...given.partners }
    const settings = written({
      ...given,
      partners: given.partners == null ? undefined : pairs(given.partners),
      webhook: given.webhook == null ? undefined : JSON.parse(targetJson(given.webhook)),
      today: given.today == null ? undefined : dayOf(given.today),
      s3Permissions: given.s3Permissions == null ? undefined : [...given.s3Permissions],
    })
    const begin = (...limits: [Stop, number | undefined]) => module.Sandbox.start(settings, ...limits)
    const started = await run({ signal, timeout }, begin, 'not_processed', undefined, module)
    return new Sandbox(started, {
      partners: Object.keys(partners).length === 0 ? { [defaults.partner]: defaults.apiKey } : partners,
      region: given.s3Region ?? defaults.region,
      accessKeyId: given.s3AccessKeyId ?? defaults.accessKeyId,
      secretAccessKey: given.s3SecretAccessKey ?? defaults.secretAccessKey,
    })
  }

  /** Stops it and closes every connection. To stop it twice does no harm; its other methods then throw. */
  stop(): Promise<void> {
    this.#stopped ??= this.#native.stop().then(value)
    return this.#stopped
  }

  /** Stops it at the end of a block: `await using sandbox = await Sandbox.start()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Base URL, such as `http://127.0.0.1:40123`. */
  get url(): string {
    return this.#url
  }

  /** The environment to give to a client. */
  get environment(): Environment {
    return new Environment(this.#url)
  }

  /** Base URL of the S3 side, such as `http://127.0.0.1:40124`. */
  get s3Endpoint(): string {
    return value(this.#native.s3Endpoint())
  }

  /** Access key of each partner, by its id. */
  get partners(): Record<string, string> {
    return { ...this.#keys.partners }
  }

  /** Id of the first partner. */
  get partner(): string {
    return this.#name(undefined)
  }

  /** Access key of the first partner. */
  get apiKey(): string {
    return this.#keys.partners[this.partner] ?? ''
  }

  /**
   * Options for a `Client` that talks to this sandbox as a partner, by default the first; with `s3: false`, only
   * what REST needs.
   *
   * @example
   * ```ts
   * import { Sandbox } from 'qlower'
   *
   * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
   * const { environment, partner } = sandbox.clientOptions()
   * console.log(partner, environment === sandbox.url) // acme true
   * await sandbox.stop()
   * ```
   */
  clientOptions(
    choice?: { partner?: string | null | undefined; s3?: boolean | null | undefined } | null,
  ): SandboxClientOptions {
    const partner = this.#name(choice?.partner)
    const apiKey = this.#keys.partners[partner]
    if (apiKey === undefined) throw configError('partner', 'the sandbox has no such partner')
    const rest = { environment: this.#url, partner, apiKey }
    if (choice?.s3 === false) return rest
    const { region, accessKeyId, secretAccessKey } = this.#keys
    return { ...rest, region, accessKeyId, secretAccessKey, s3Endpoint: this.s3Endpoint, s3PathStyle: true }
  }

  /**
   * A client that talks to this sandbox as a partner, by default the first, with further options as in `new Client(...)`.
   *
   * @throws {@link ConfigError} if an option cannot be used, or there is no such partner
   *
   * @example
   * ```ts
   * import { Sandbox } from 'qlower'
   *
   * const sandbox = await Sandbox.start({ partners: { acme: 'k-1' } })
   * const client = sandbox.client({ retry: { maxAttempts: 1 } })
   * const payload = { partner: 'acme', apiKey: 'k-1', createdAt: new Date(), documents: [] }
   * console.log((await client.send(payload)).attempts, sandbox.requests().length) // 1 1
   * await client.close()
   * await sandbox.stop()
   * ```
   */
  client(options?: ClientOptions | null): Client {
    const given = Object.entries({ ...options }).filter(([, option]) => option != null)
    return new Client({ ...this.clientOptions({ partner: options?.partner }), ...Object.fromEntries(given) })
  }

  /** What a partner, by default the first, has loaded so far. Empty for an unknown one. */
  loaded(partner?: string): Loaded {
    return Loaded.of(value(this.#native.loaded(this.#name(partner))))
  }

  /** How many loads were treated, that is: reached the items. */
  loads(): number {
    return value(this.#native.loads())
  }

  /** The requests so far, in the order in which they were received; at most the last 10 000. */
  requests(): SandboxRequest[] {
    return read(this.#native.requests())
  }

  /**
   * Scripts a fault for the next load, or the next `times`, that has none yet.
   *
   * Faults are used up in the order in which they were scripted; {@link SandboxFault} lists them and their parameters.
   *
   * @throws {@link ConfigError} for a fault that is none, or a parameter that it does not take
   *
   * @example
   * ```ts
   * import { Sandbox } from 'qlower'
   *
   * const sandbox = await Sandbox.start()
   * sandbox.failNext('bad_gateway', { times: 2 })
   * sandbox.failNext({ name: 'too_many_requests', retryAfter: 2000 })
   * console.log(sandbox.pendingFaults().length, sandbox.fired().length) // 3 0
   * await sandbox.stop()
   * ```
   */
  failNext(
    fault: SandboxFault | PlainSandboxFault | 'too_many_requests',
    options?: { times?: number | undefined } | null,
  ): void {
    value(this.#native.failNext(scripted(fault), Number(options?.times ?? 1)))
  }

  /** The faults that have fired, in order. */
  fired(): SandboxFault[] {
    return read(this.#native.fired())
  }

  /** The scripted faults that have not fired yet, in order. */
  pendingFaults(): SandboxFault[] {
    return read(this.#native.pendingFaults())
  }

  /**
   * Forgets everything: what was loaded, requests, objects, webhooks and faults. No webhook is sent any more that was emitted
   * before.
   *
   * Partners and settings stay; so does whether the S3 side is gone and whether its loads wait.
   */
  reset(): void {
    value(this.#native.reset())
  }

  /** The objects of a partner's bucket now, in the order of their keys. */
  async objects(partner?: string): Promise<StoredObject[]> {
    return read(await this.#native.objects(this.#name(partner)))
  }

  /** The bytes of one object, or `undefined`. */
  async objectBytes(key: string, partner?: string): Promise<Buffer | undefined> {
    return value(await this.#native.objectBytes(this.#name(partner), `${key}`)) ?? undefined
  }

  /** How many times each key was stored: a key that was stored once has no second copy. */
  commits(partner?: string): Record<string, number> {
    return read(this.#native.commits(this.#name(partner)))
  }

  /** The uploads in parts that are neither complete nor given up. */
  openMultipartUploads(partner?: string): OpenUpload[] {
    return read(this.#native.openMultipartUploads(this.#name(partner)))
  }

  /** The loads of files that had arrived, in order; at most the last 10 000. */
  s3Loads(): S3Load[] {
    return read(this.#native.s3Loads())
  }

  /** The requests to the S3 side, in the order in which they ended; at most the last 10 000. */
  s3Requests(): S3Request[] {
    return read(this.#native.s3Requests())
  }

  /** Makes loads of files wait, or, with `false`, lets them go. One that has begun goes on. */
  holdS3Loads(hold = true): void {
    value(this.#native.holdS3Loads(Boolean(hold)))
  }

  /**
   * Scripts a fault for the next request to the S3 side that it concerns, or the next `times`.
   *
   * With `on`, for the next such operation alone. A request meets one fault: of those that concern it, the one
   * that was scripted first. {@link S3Fault} lists them and their parameters.
   *
   * @throws {@link ConfigError} for a fault or an operation that is none, or a parameter that it does not take
   */
  failNextS3(
    fault: S3Fault | PlainS3Fault,
    options?: { times?: number | undefined; on?: S3Operation | undefined } | null,
  ): void {
    const { times, on } = { ...options }
    value(this.#native.failNextS3(scripted(fault), Number(times ?? 1), on == null ? on : `${on}`))
  }

  /** The faults of the S3 side that have fired, in order. */
  firedS3(): S3Fault[] {
    return read(this.#native.firedS3())
  }

  /** The scripted faults of the S3 side that have not fired yet, in order. */
  pendingS3Faults(): S3Fault[] {
    return read(this.#native.pendingS3Faults())
  }

  /** Closes the port of the S3 side and resets its connections, until {@link Sandbox.restoreS3}. */
  async vanishS3(): Promise<void> {
    value(await this.#native.vanishS3())
  }

  /** Opens the S3 side again, on the same port. */
  async restoreS3(): Promise<void> {
    value(await this.#native.restoreS3())
  }

  /** What `JSON.stringify` shows: no access key. */
  toJSON(): { url: string; partners: string[] } {
    return { url: this.#url, partners: Object.keys(this.#keys.partners) }
  }

  /** @internal */
  [inspect.custom](): string {
    return `Sandbox { ${this.#url}: ${Object.keys(this.#keys.partners).join(', ')} }`
  }

  #name(partner: string | null | undefined): string {
    return `${partner ?? Object.keys(this.#keys.partners)[0]}`
  }
}

/** A fault for the native module. A `Date` goes as a text of milliseconds since 1970. */
function scripted(fault: string | object): string {
  if (typeof fault !== 'object' || fault === null) return written({ name: fault })
  const { retryAfter, ...rest } = fault as { retryAfter?: unknown }
  return written({ ...rest, retryAfter: isDate(retryAfter) ? `${retryAfter.getTime()}` : retryAfter })
}

/** The members of an object, in their order; what is none is for the native module to refuse. */
function pairs(partners: object): unknown {
  return typeof partners === 'object' && !Array.isArray(partners) ? Object.entries(partners) : `${partners}`
}

function nativeModule(): SandboxNative {
  try {
    return sandboxNative()
  } catch (error) {
    const { message } = error as Error
    throw make(SandboxError, message, { certainty: 'not_processed' }, { cause: error })
  }
}
