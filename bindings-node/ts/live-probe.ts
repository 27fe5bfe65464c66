/** An endpoint, examined. */

import { inspect } from 'node:util'

import { type CallOptions, run } from './abort.js'
import type { LiveReport, Stop } from './binding.js'
import { connect } from './connect.js'
import { value } from './errors.js'
import { type EndpointOptions, endpointSettings, type Unit } from './live-options.js'

/** How an endpoint is examined. Times are in milliseconds. */
export interface ProbeOptions extends EndpointOptions {
  /** The site whose pages are to read the value (CORS). Default: `https://quelia.fr`. */
  origin?: string | null | undefined
  /** How long each request may take, at most 60 s. Default: 10 s, so that the report can tell by how much 3 s are missed. */
  timeout?: number | null | undefined
  /** Ends it when it is aborted, with an {@link AbortError}. */
  signal?: AbortSignal | null | undefined
}

/** Something that an endpoint has to do, and whether it does. */
export interface Requirement {
  /** What it is, such as `https` or `cors_origin`: it stays the same from version to version. */
  readonly name: string
  /** What it is called, in English. */
  readonly label: string
  /** The same in French. */
  readonly labelFr: string
  /** Whether it is demanded, and not only advised. */
  readonly demanded: boolean
  /** Whether it is met; `null` if it could not be looked at, since another one is not. */
  readonly met: boolean | null
  /** What was seen, and what to do, in English. */
  readonly detail: string
  /** The same in French. */
  readonly detailFr: string
}

/** A {@link ProbeReport} as JSON, the same from every language. */
export interface ProbeReportJson {
  url: string
  path: string
  value: number | null
  unit: string | null
  latency_ms: number | null
  is_ok: boolean
  requirements: {
    name: string
    label: string
    label_fr: string
    demanded: boolean
    met: boolean | null
    detail: string
    detail_fr: string
  }[]
}

/** What an endpoint does, and what it does not. `toString()` is a table with ✓ and ✗. It shows no key. */
export class ProbeReport {
  readonly #native: LiveReport
  readonly #json: string
  /** The address, the keys in it masked. */
  readonly url: string
  /** Where the value is looked for. */
  readonly path: string
  /** The value, if one was found. */
  readonly value: number | null
  /** Its unit, if it is known. */
  readonly unit: Unit | null
  /** How many milliseconds the whole reply took; `null` if there was none. */
  readonly latency: number | null
  /** Whether all that is demanded was looked at, and is met. */
  readonly isOk: boolean
  /** Each requirement, met or not. */
  readonly requirements: readonly Requirement[]

  private constructor(native: LiveReport) {
    this.#native = native
    this.#json = value(native.json())
    const json = this.toJSON()
    this.url = json.url
    this.path = json.path
    this.value = json.value
    this.unit = json.unit
    this.latency = json.latency_ms
    this.isOk = json.is_ok
    this.requirements = json.requirements.map(({ label_fr, detail_fr, ...it }) =>
      Object.freeze({ ...it, labelFr: label_fr, detailFr: detail_fr }),
    )
  }

  /** @internal */
  static of(native: LiveReport): ProbeReport {
    return new ProbeReport(native)
  }

  /** The requirement of a name; `undefined` if there is none. */
  requirement(name: string): Requirement | undefined {
    return this.requirements.find((it) => it.name === name)
  }

  /** The report as a table. */
  text(lang: 'en' | 'fr' = 'en'): string {
    return value(this.#native.text(`${lang}`))
  }

  /** The report as a table, in English. */
  toString(): string {
    return this.text()
  }

  /** As plain data, the same from every language. */
  toJSON(): ProbeReportJson {
    return JSON.parse(this.#json) as ProbeReportJson
  }

  /** @internal */
  [inspect.custom](): string {
    return `ProbeReport {\n${this.text()}\n}`
  }
}

/**
 * Examines an endpoint as Quelia will use it: address, certificate, answer, JSON, value, time and CORS. What is not met is no error: the
 * report says it, and what to do.
 *
 * @param path where the value stands in the document: `current_power`, `data.power.value`, `measurements.0.value`.
 * @throws {@link ConfigError} for an argument that cannot be used: nothing was asked.
 * @throws {@link AbortError} if it is ended before.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import type { AddressInfo } from 'node:net'
 * import { live } from 'qlower'
 *
 * const server = createServer(live.producer(() => ({ value: 42.5, unit: 'MW' })).node).listen(0, '127.0.0.1')
 * await new Promise((listening) => server.once('listening', listening))
 * const { port } = server.address() as AddressInfo
 *
 * const report = await live.probe(`http://127.0.0.1:${port}/`, 'current_power', { unit: 'MW' })
 * console.log(report.value, report.requirement('number')?.met) // 42.5 true
 * for (const { name, met, detail } of report.requirements) if (!met) console.log(name, detail)
 * server.close()
 * ```
 */
export async function probe(
  url: string | URL,
  path: string,
  options?: ProbeOptions | null,
): Promise<ProbeReport> {
  const settings = endpointSettings(url, path, options, { origin: 'text', timeout: 'time' }, ['signal'])
  const signal: CallOptions = { signal: options?.signal }
  const examine = (stop: Stop) => connect().liveProbe(settings, stop)
  return ProbeReport.of(await run(signal, examine, 'not_processed', undefined, connect()))
}
