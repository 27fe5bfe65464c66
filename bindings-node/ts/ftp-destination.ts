/** A customer's server, and deliveries to it. */

import { inspect } from 'node:util'

import { type CallOptions, limitsOf, run } from './abort.js'
import type { FtpDestination, Stop } from './binding.js'
import { connect } from './connect.js'
import { configError, value } from './errors.js'
import { filesOf, type Outgoing, type Variables, variablesOf } from './ftp-files.js'
import { type Plan, planOf } from './ftp-naming.js'
import { type DestinationOptions, destinationSettings, type Protocol } from './ftp-options.js'
import { Receipt, type ReceiptJson } from './ftp-receipt.js'
import { known } from './options.js'
import { tellingOf } from './progress.js'

/** How far a delivery has come. */
export interface Progress {
  /** Connections that were tried so far, this one included; from 1. */
  readonly attempt: number
  /** Which file goes out, counted from 1. */
  readonly file: number
  /** How many files there are, archive and side file as one each. */
  readonly files: number
  /** The file's name on the server, with the folders. */
  readonly path: string
  /** Bytes of this file that are on their way or there, those of an earlier attempt included. */
  readonly sent: number
  /** Bytes of this file. */
  readonly size: number
}

/** How files are delivered. */
export interface DeliverOptions extends CallOptions {
  /** What the side file says besides: anything that is JSON. */
  details?: Readonly<Record<string, unknown>> | null | undefined
  /**
   * Called at the beginning and the end of each file, and some times a second between. What it throws ends the delivery. Where it is
   * slower than the delivery, it is told of the latest.
   */
  onProgress?: ((progress: Progress) => unknown) | null | undefined
}

interface Facts {
  protocol: Protocol
  host: string
  port: number
  user: string
}

const CALL = new Set(['signal', 'timeout'])
const DELIVER = new Set([...CALL, 'details', 'onProgress'])

/**
 * A customer's server, and the rules by which files are named there. Nothing is connected until something is delivered; it can be
 * used for any number of deliveries, at once too, and from any worker thread that makes it. It shows no secret.
 *
 * @example
 * ```ts
 * import { ftp } from 'qlower'
 *
 * const destination = new ftp.Destination({
 *   host: 'ftp.garage-nord.example',
 *   user: 'dms',
 *   password: process.env['GARAGE_NORD_FTP_PASSWORD'] ?? '…',
 *   directory: 'stock',
 *   archive: '{vin}.zip',
 *   file: '{vin}_{n:02}.{ext:lower}',
 * })
 * const photos = ['front.JPG', 'back.JPG'].map((name) => ({ name, content: Buffer.from('…') }))
 * const plan = await destination.plan(photos, { vin: 'VF1RFB00X57' })
 * console.log(plan.archive, plan.files) // stock/VF1RFB00X57.zip [ 'VF1RFB00X57_01.jpg', 'VF1RFB00X57_02.jpg' ]
 * ```
 */
export class Destination {
  readonly #native: FtpDestination
  readonly #facts: Facts

  /**
   * @throws {@link ConfigError} for a setting that is missing, cannot be used, or does not exist; it names the setting.
   * @throws {@link NamingError} for a template that cannot be read.
   */
  constructor(options: DestinationOptions) {
    const given: unknown = options
    const native =
      given instanceof Made ? given.native : value(connect().openFtpDestination(destinationSettings(options)))
    this.#native = native
    const { protocol, host, port, user } = JSON.parse(value(native.facts())) as Facts
    this.#facts = { protocol, host, port, user }
  }

  /** @internal */
  static of(native: FtpDestination): Destination {
    return new Destination(new Made(native) as unknown as DestinationOptions)
  }

  /** @internal */
  static nativeOf(destination: unknown): FtpDestination {
    if (typeof destination === 'object' && destination !== null && #native in destination)
      return destination.#native
    throw configError('destination', 'must be a Destination')
  }

  /** How the server is spoken to. */
  get protocol(): Protocol {
    return this.#facts.protocol
  }

  /** The server's name or address. */
  get host(): string {
    return this.#facts.host
  }

  /** Its port. */
  get port(): number {
    return this.#facts.port
  }

  /** The user. */
  get user(): string {
    return this.#facts.user
  }

  /**
   * The names that files would get. Nothing is connected; files are read only if a rule asks for their `hash`.
   *
   * @throws {@link NamingError} with everything that is wrong with them.
   */
  async plan(
    files: Iterable<Outgoing> | Outgoing,
    variables?: Variables | null,
    options?: CallOptions | null,
  ): Promise<Plan> {
    const limits = limitsOf(known(options, CALL))
    const [outgoing, named] = [filesOf(files), variablesOf(variables)]
    const plan = (stop: Stop, timeout?: number) => this.#native.plan(outgoing, named, stop, timeout)
    return planOf(await run(limits, plan, 'not_processed', undefined, connect()))
  }

  /**
   * Connects, logs in, and takes leave: for a button "test this connection".
   *
   * @returns what protects the connection, such as `TLS 1.3`; `null` if nothing does.
   * @throws {@link DeliveryError} if it cannot be done, with the `stage` and what to do.
   */
  async check(options?: CallOptions | null): Promise<string | null> {
    const limits = limitsOf(known(options, CALL))
    const check = (stop: Stop, timeout?: number) => this.#native.check(stop, timeout)
    return (await run(limits, check, 'not_processed', undefined, connect())) ?? null
  }

  /** What may be shown: no secret. */
  toJSON(): { protocol: Protocol; host: string; port: number; user: string } {
    return { ...this.#facts }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: object): string {
    return `Destination ${inspect(this.#facts, options)}`
  }
}

/** For the constructor: one that the native module has made. */
class Made {
  readonly native: FtpDestination

  constructor(native: FtpDestination) {
    this.native = native
  }
}

/**
 * Delivers files to a customer's server, and says of each what became of it.
 *
 * All names are made, and all files looked at, before anything is connected. Each file is sent under a temporary name, its size is
 * compared, and it gets its own name when it is complete: nobody sees half of it. What may pass is tried again, on a new connection,
 * and a file that was sent in part is completed. After a lost answer the delivery looks what stands there.
 *
 * @param variables what the templates are given besides `n`, `name`, `date` and the like.
 * @throws {@link NamingError} before anything is connected, with everything that is wrong with the names.
 * @throws {@link DeliveryError} if it did not come to its end; its `receipt` tells what did.
 * @throws {@link ConfigError} for an argument that cannot be used.
 * @throws {@link AbortError} and {@link TimeoutError} if it is ended before; what is there then is at most a temporary file, unless the
 *   last step was just under way.
 *
 * @example
 * ```ts skip
 * import { ftp } from 'qlower'
 *
 * const destination = new ftp.Destination({ host: 'ftp.example.com', user: 'dms', password, archive: '{vin}.zip', sideFile: '{vin}.json' })
 * const receipt = await ftp.deliver(destination, ['photos/1.jpg', 'photos/2.jpg'], { vin: 'VF1RFB00X57' }, {
 *   details: { uploadedBy: 'Zoé' },
 *   onProgress: ({ path, sent, size }) => console.log(`${path}: ${sent} of ${size} bytes`),
 *   signal: AbortSignal.timeout(600_000),
 * })
 * for (const file of receipt.files) console.log(file.path, file.certainty, file.verified)
 * ```
 */
export async function deliver(
  destination: Destination,
  files: Iterable<Outgoing> | Outgoing,
  variables?: Variables | null,
  options?: DeliverOptions | null,
): Promise<Receipt> {
  const native = Destination.nativeOf(destination)
  const { details, onProgress } = known(options, DELIVER) ?? {}
  const tell = callback<Progress>(onProgress)
  const limits = limitsOf(options)
  const [outgoing, named, said] = [filesOf(files), variablesOf(variables), detailsOf(details)]
  const steps = () => new (connect().FtpProgress)()
  const told = tell && ((step: string) => tell(JSON.parse(step)))
  const json = await tellingOf(steps, told, (progress, alsoBy) => {
    const begin = (stop: Stop, timeout?: number) => {
      alsoBy(stop)
      return native.deliver(outgoing, named, said, progress, stop, timeout)
    }
    return run(limits, begin, 'unknown', undefined, connect())
  })
  return Receipt.of(JSON.parse(json) as ReceiptJson)
}

/** A function that is told of progress, if there is one. */
export function callback<P>(given: unknown): ((progress: P) => unknown) | undefined {
  if (given == null) return undefined
  if (typeof given === 'function') return given as (progress: P) => unknown
  throw configError('onProgress', 'must be a function')
}

/** Details as JSON. */
export function detailsOf(details: unknown): string | undefined {
  if (details == null) return undefined
  if (typeof details !== 'object' || Array.isArray(details)) throw configError('details', 'must be an object')
  try {
    return JSON.stringify(details)
  } catch (error) {
    throw Object.assign(configError('details', 'cannot be written as JSON'), { cause: error })
  }
}
