/** Hundreds of customers' servers in one file, and deliveries to all of them. */

import { inspect } from 'node:util'

import { type CallOptions, limitsOf, run } from './abort.js'
import type { FtpFleet, FtpJob, FtpSummary, Stop } from './binding.js'
import { connect } from './connect.js'
import { type Certainty, configError, errorOf, type QlowerError, value } from './errors.js'
import { callback, Destination, detailsOf } from './ftp-destination.js'
import { filesOf, type Outgoing, type Variables, variablesOf } from './ftp-files.js'
import { type Mistake, type MistakeJson, mistakeOf } from './ftp-mistake.js'
import { Receipt, type ReceiptJson } from './ftp-receipt.js'
import { count, known } from './options.js'
import { type PathLike, pathOf } from './paths.js'
import { tellingOf } from './progress.js'

/** How a fleet's file is written. */
export type FleetFormat = 'toml' | 'json'

/** How a fleet's file is read. */
export interface FleetReadOptions {
  /** Takes a file that has mistakes about some destinations for the others: {@link Fleet.mistakes} has them. Default: `false`. */
  lenient?: boolean | null | undefined
}

/** Files for one destination of a {@link Fleet}. */
export interface Job {
  /** The destination, by its name: `garage-nord`, `garage-nord/alice`, `bob`. */
  readonly destination: string
  /** What is delivered. A path costs nothing until its turn comes; bytes are held from the start. */
  readonly files: Iterable<Outgoing> | Outgoing
  /** Variables of the templates. */
  readonly variables?: Variables | null | undefined
  /** What the side file says besides. */
  readonly details?: Readonly<Record<string, unknown>> | null | undefined
}

/** How far a run has come: told after each job. */
export interface FleetProgress {
  /** The destination's name. */
  readonly destination: string
  /** The job's position among those that were given, from 0. */
  readonly job: number
  /** Whether it was delivered. */
  readonly delivered: boolean
  /** Jobs that came to an end, this one included. */
  readonly done: number
  /** Those of them that were not delivered. */
  readonly notDelivered: number
  /** All jobs. */
  readonly jobs: number
}

/** How a fleet is delivered to. Times are in milliseconds. */
export interface FleetOptions extends CallOptions {
  /** How many deliveries are at work at once. One whose server is silent does not count. Default: 32. */
  concurrency?: number | null | undefined
  /** How many connections may be open beyond these while their server is silent. Default: 96. */
  silent?: number | null | undefined
  /** How long a server may be without an answer until it counts as silent. Default: 1 s. */
  silentAfter?: number | null | undefined
  /** How many connections to one host and port may be open at once. Default: 4. */
  perHost?: number | null | undefined
  /** How long one job may take, with all its attempts. Default: 30 minutes. */
  jobLimit?: number | null | undefined
  /**
   * How long the whole may take: what is under way then is stopped, what was not begun is left, and the summary says which. The option
   * `timeout` ends the call with an error, and without a summary. Default: none.
   */
  deadline?: number | null | undefined
  /** Called after each job. What it throws ends the run. */
  onProgress?: ((progress: FleetProgress) => unknown) | null | undefined
}

/** A job, and what became of it. Times are in milliseconds. */
export interface JobOutcome {
  /** The destination, as the job names it. */
  readonly destination: string
  /** Its position among the jobs that were given, from 0. */
  readonly job: number
  /** `delivered`, `failed`, `stopped` (time was up while it was under way) or `not_tried`. */
  readonly outcome: 'delivered' | 'failed' | 'stopped' | 'not_tried'
  /** Whether its files stand on the server, as far as it could be seen from here. */
  readonly certainty: Certainty
  /** How long it waited for its turn. */
  readonly waited: number
  /** From its turn to its end. */
  readonly duration: number
  /** What is known of its files: of one that was delivered, or failed; else `null`. */
  readonly receipt: Receipt | null
  /** Why it failed: a {@link DeliveryError}, {@link NamingError} or {@link ConfigError}; else `null`. */
  readonly error: QlowerError | null
  /** Why it was not delivered, for programs: such as `refused`, `unknown`, `earlier` or `deadline`; `null` if it was. */
  readonly code: string | null
  /** The same for people, in English. */
  readonly message: string | null
  /** The same in French. */
  readonly messageFr: string | null
  /** What to do about it, in a few words, in English; `null` if it was delivered, or goes with an earlier job. */
  readonly advice: string | null
  /** The same in French. */
  readonly adviceFr: string | null
}

/** What became of the jobs of one destination. */
export interface DestinationOutcome {
  /** Its name. */
  readonly name: string
  /** Its jobs, in order. */
  readonly jobs: readonly JobOutcome[]
  /** Whether all of them were delivered. */
  readonly isComplete: boolean
}

interface JobJson {
  job: number
  outcome: JobOutcome['outcome']
  waited_seconds: number
  duration_seconds: number
  certainty: Certainty
  destination: string
  receipt?: ReceiptJson
  error?: {
    code: string
    message: string
    message_fr: string
    advice: string | null
    advice_fr: string | null
  }
}

/** A {@link FleetSummary} as JSON, the same from every language. */
export interface FleetSummaryJson {
  /** {@link FleetSummary.duration}, in seconds. */
  duration_seconds: number
  /** See {@link FleetSummary.counts}. */
  counts: Record<string, number>
  /** See {@link FleetSummary.destinations}. */
  destinations: { name: string; jobs: (JobJson & Record<string, unknown>)[] }[]
}

/** How many of each there were in a run. */
export interface FleetCounts {
  /** Destinations that were to get something. */
  readonly destinations: number
  /** Those of them that got all of it. */
  readonly complete: number
  /** All jobs. */
  readonly jobs: number
  readonly delivered: number
  readonly failed: number
  readonly stopped: number
  readonly notTried: number
  /** Files that stand on a server. */
  readonly files: number
  /** Their bytes. */
  readonly bytes: number
  /** The most connections that were open at once. */
  readonly mostConnections: number
}

/** What became of all jobs. `toString()` is a table: sound destinations are counted, broken ones listed with the reason. */
export class FleetSummary {
  readonly #json: string
  readonly #texts: Readonly<Record<'en' | 'fr', string>>
  /** Milliseconds from beginning to end. */
  readonly duration: number
  /** How many there were of each. */
  readonly counts: FleetCounts
  /** Each destination that was to get something, in the order in which they were named first. */
  readonly destinations: readonly DestinationOutcome[]

  private constructor({ json, text, textFr, faults }: FtpSummary) {
    this.#json = json
    this.#texts = { en: text, fr: textFr }
    const errors = faults.map(errorOf).values()
    const { duration_seconds, counts, destinations } = JSON.parse(json) as FleetSummaryJson
    this.duration = duration_seconds * 1000
    this.counts = Object.freeze(
      Object.fromEntries(Object.entries(counts).map(([name, number]) => [camel(name), number])),
    ) as unknown as FleetCounts
    this.destinations = destinations.map(({ name, jobs }) => {
      const outcomes = jobs.map((job) =>
        outcomeOf(job, job.outcome === 'failed' ? errors.next().value : undefined),
      )
      return { name, jobs: outcomes, isComplete: outcomes.every((it) => it.outcome === 'delivered') }
    })
  }

  /** @internal */
  static of(summary: FtpSummary): FleetSummary {
    return new FleetSummary(summary)
  }

  /** All jobs, in the order in which they were given. */
  get jobs(): JobOutcome[] {
    return this.destinations.flatMap((it) => it.jobs).sort((one, other) => one.job - other.job)
  }

  /** What became of the jobs that were not delivered. `job` is the position of each among those that were given: give these to the next run. */
  get remaining(): JobOutcome[] {
    return this.jobs.filter((it) => it.outcome !== 'delivered')
  }

  /** Whether everything was delivered. */
  get isComplete(): boolean {
    return this.destinations.every((it) => it.isComplete)
  }

  /** The summary as a table. */
  text(lang: 'en' | 'fr' = 'en'): string {
    if (Object.hasOwn(this.#texts, lang)) return this.#texts[lang]
    throw configError('lang', 'must be "en" or "fr"')
  }

  /** The summary as a table, in English. */
  toString(): string {
    return this.text()
  }

  /** As plain data, the same from every language. */
  toJSON(): FleetSummaryJson {
    return JSON.parse(this.#json) as FleetSummaryJson
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    return `FleetSummary ${inspect(this.counts, options)}`
  }
}

function outcomeOf(it: JobJson, error: QlowerError | undefined): JobOutcome {
  return {
    destination: it.destination,
    job: it.job,
    outcome: it.outcome,
    certainty: it.certainty,
    waited: it.waited_seconds * 1000,
    duration: it.duration_seconds * 1000,
    receipt: it.receipt === undefined ? null : Receipt.of(it.receipt),
    error: error ?? null,
    code: it.error?.code ?? null,
    message: it.error?.message ?? null,
    messageFr: it.error?.message_fr ?? null,
    advice: it.error?.advice ?? null,
    adviceFr: it.error?.advice_fr ?? null,
  }
}

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const READ = new Set(['lenient'])
const OPEN = new Set([...READ, 'signal', 'timeout'])
const SETTINGS = ['concurrency', 'silent', 'silentAfter', 'perHost', 'jobLimit', 'deadline'] as const
const DELIVER = new Set([...SETTINGS, 'onProgress', 'signal', 'timeout'])
const JOB = new Set(['destination', 'files', 'variables', 'details'])

/**
 * The servers of hundreds of customers, as one file describes them, TOML or JSON: what they have in common in `[defaults]`, customers,
 * and their users, each of whom may have settings of their own. It shows no secret.
 *
 * @example
 * ```ts
 * import { ftp } from 'qlower'
 *
 * const fleet = ftp.Fleet.parse(`
 *   [defaults]
 *   protocol = "ftps"
 *   file = "{vin}_{n:02}.jpg"
 *   [customers.garage-nord]
 *   host = "ftp.garage-nord.example"
 *   user = "dms"
 *   password = "…"
 *   [customers.garage-nord.users.alice]
 *   directory = "alice"
 * `)
 * console.log(fleet.names.join(' ')) // garage-nord garage-nord/alice
 * console.log(fleet.destination('garage-nord/zoe')?.host) // ftp.garage-nord.example
 * ```
 */
export class Fleet {
  readonly #native: FtpFleet

  private constructor(native: FtpFleet) {
    this.#native = native
  }

  /**
   * Reads a fleet's file: JSON if its name ends in `.json`, else TOML. Paths in it are seen from its folder.
   *
   * @throws {@link FleetError} with all mistakes at once, each with line, table and key; or if the file cannot be read.
   */
  static async open(path: PathLike, options?: (FleetReadOptions & CallOptions) | null): Promise<Fleet> {
    const lenient = flag(known(options, OPEN)?.lenient)
    const file = pathOf(path, 'path')
    const open = (stop: Stop, timeout?: number) => connect().FtpFleet.open(file, lenient, stop, timeout)
    return new Fleet(await run(limitsOf(options), open, 'not_processed', undefined, connect()))
  }

  /**
   * Reads a fleet's text.
   *
   * @param format how it is written: `toml` by default.
   * @throws {@link FleetError} with all mistakes at once.
   */
  static parse(text: string, format?: FleetFormat | null, options?: FleetReadOptions | null): Fleet {
    if (typeof text !== 'string') throw configError('text', 'must be a string')
    if (format != null && typeof format !== 'string') throw configError('format', 'must be "toml" or "json"')
    return new Fleet(
      value(connect().parseFtpFleet(text, format ?? undefined, flag(known(options, READ)?.lenient))),
    )
  }

  /** The names of all destinations. */
  get names(): string[] {
    return value(this.#native.names())
  }

  /** What is wrong with the destinations that cannot be used; empty unless it was read with `lenient`. */
  get mistakes(): Mistake[] {
    return (JSON.parse(value(this.#native.mistakes())) as MistakeJson[]).map(mistakeOf)
  }

  /**
   * A destination. A user of a known customer who has no table of their own is delivered to the customer's.
   *
   * @returns `undefined` if there is none of this name, or it cannot be used.
   */
  destination(name: string): Destination | undefined {
    const found = value(this.#native.destination(`${name}`))
    return found == null ? undefined : Destination.of(found)
  }

  /**
   * Delivers to many destinations at once. None waits for another that hangs or fails; the jobs of one destination go one after the
   * other, in their order. What fails is told in the summary, and not thrown.
   *
   * @throws {@link ConfigError} for a job or an option that cannot be used: nothing was sent.
   * @throws {@link AbortError} and {@link TimeoutError} if it is ended before: what became of the jobs is then not known.
   *
   * @example
   * ```ts skip
   * import { ftp } from 'qlower'
   *
   * const fleet = await ftp.Fleet.open('customers.toml')
   * const jobs = [{ destination: 'garage-nord/alice', files: ['1.jpg', '2.jpg'], variables: { vin: 'VF1RFB00X57' } }]
   * const summary = await fleet.deliver(jobs, { onProgress: ({ done, jobs }) => console.log(`${done} of ${jobs}`) })
   * console.log(`${summary}`)
   * for (const { destination, error } of summary.remaining) console.log(destination, error?.code)
   * ```
   */
  async deliver(jobs: Iterable<Job>, options?: FleetOptions | null): Promise<FleetSummary> {
    const given = known(options, DELIVER) ?? {}
    const settings = Object.fromEntries(
      SETTINGS.filter((name) => given[name] != null).map((name) => [name, count(name, given[name])]),
    )
    const tell = callback<FleetProgress>(given.onProgress)
    const limits = limitsOf(options)
    const all = Array.from(jobs, jobOf)
    const told = tell && ((step: string) => tell(JSON.parse(step) as FleetProgress))
    const steps = () => new (connect().FtpProgress)()
    const summary = await tellingOf(steps, told, (progress, alsoBy) => {
      const begin = (stop: Stop, timeout?: number) => {
        alsoBy(stop)
        return this.#native.deliver(all, settings, progress, stop, timeout)
      }
      return run(limits, begin, 'unknown', undefined, connect())
    })
    return FleetSummary.of(summary)
  }

  /** What may be shown: the names alone. */
  toJSON(): { destinations: string[] } {
    return { destinations: this.names }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    return `Fleet ${inspect(this.names, options)}`
  }
}

function jobOf(given: Job, position: number): FtpJob {
  const prefix = `jobs[${position}]`
  const { destination, files, variables, details } = known(given, JOB, `${prefix}.`) ?? {}
  if (typeof destination !== 'string') throw configError(`${prefix}.destination`, 'must be a string')
  if (files == null) throw configError(`${prefix}.files`, 'there are none')
  const said = detailsOf(details)
  return {
    destination,
    files: filesOf(files),
    variables: variablesOf(variables),
    ...(said !== undefined && { details: said }),
  }
}

function flag(lenient: unknown): boolean {
  if (lenient == null || typeof lenient === 'boolean') return lenient === true
  throw configError('lenient', 'must be true or false')
}
