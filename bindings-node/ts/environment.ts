/** Where Qlower is. */

import { inspect } from 'node:util'

import type { EnvironmentFacts } from './binding.js'
import { configError, value } from './errors.js'
import { native } from './native.js'

/** What an environment of one's own may be asked for. */
export interface EnvironmentOptions {
  /** Takes plain `http://` to any machine: the access key then travels unprotected. Default: `false`, this machine only. */
  insecure?: boolean | null | undefined
}

/**
 * One of Qlower's environments, or a URL of one's own.
 *
 * Wherever an environment is wanted, its text does as well: `production`, `staging` or a URL.
 *
 * @example
 * ```ts
 * import { Environment } from 'qlower'
 *
 * console.log(new Environment('prod').equals(Environment.PRODUCTION)) // true
 * console.log(Environment.STAGING.loaderUrl) // https://stg.api.qlower.com/api/third_party/loader
 * console.log(Environment.STAGING.bucket('acme')) // ql-loader-stg-acme
 * ```
 */
export class Environment {
  /** Production, where real landlords are. */
  static readonly PRODUCTION: Environment = new Environment('production')
  /** Staging, for trials. */
  static readonly STAGING: Environment = new Environment('staging')

  readonly #facts: EnvironmentFacts
  readonly #insecure: boolean

  /**
   * @param text `production`, `staging`, or the base URL of a gateway or a sandbox.
   * @throws {@link ConfigError} if the text names none, holds a password, or is not protected.
   */
  constructor(text: string, options?: EnvironmentOptions | null) {
    if (typeof text !== 'string') throw configError('environment', 'must be a string')
    const { insecure } = options ?? {}
    if (insecure != null && typeof insecure !== 'boolean')
      throw configError('insecure', 'must be true or false')
    this.#insecure = insecure === true
    this.#facts = value(native.environmentOf(text, this.#insecure))
  }

  /** The URL that payloads are sent to. */
  get loaderUrl(): string {
    return this.#facts.loaderUrl
  }

  /** Whether plain `http://` is taken to any machine. */
  get insecure(): boolean {
    return this.#insecure
  }

  /**
   * The name of a partner's S3 bucket.
   *
   * @throws {@link ConfigError} if the partner's id makes no name of a bucket.
   */
  bucket(partner: string): string {
    if (typeof partner !== 'string') throw configError('partner', 'must be a string')
    return value(native.bucketOf(this.#facts.text, this.#insecure, partner))
  }

  /** Whether both are the same. */
  equals(other: unknown): boolean {
    return other instanceof Environment && other.#facts.text === this.#facts.text
  }

  /** Its name or URL, in the canonical spelling. */
  toString(): string {
    return this.#facts.text
  }

  /** As its text. */
  toJSON(): string {
    return this.#facts.text
  }

  /** @internal */
  [inspect.custom](): string {
    return `Environment { ${this.#facts.text}${this.#insecure ? ', insecure' : ''} }`
  }
}
