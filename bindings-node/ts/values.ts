/** Single values of a payload, and complaints about them. */

export function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !(given instanceof Date)
}

/** What an object says that it is in JSON. */
export function unwrapped(given: object): unknown {
  const { toJSON } = given as { toJSON?: unknown }
  if (typeof toJSON === 'function') return toJSON.call(given)
  return given instanceof Number || given instanceof String || given instanceof Boolean
    ? given.valueOf()
    : given
}

export function rowOf(given: unknown): Record<string, unknown> | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const prototype = Object.getPrototypeOf(given)
  if (prototype === Object.prototype || prototype === null) return given as Record<string, unknown>
  const row = unwrapped(given)
  return isRecord(row) ? row : undefined
}

export function itemsOf(given: unknown): Iterable<unknown> | undefined {
  if (Array.isArray(given)) return given
  if (typeof given !== 'object' || given === null) return undefined
  if (Symbol.asyncIterator in given) {
    throw new TypeError('an asynchronous iterable has to be read by a PayloadWriter, or into an array')
  }
  if (!(Symbol.iterator in given)) return undefined
  const items = given as Iterable<unknown>
  if ((items[Symbol.iterator]() as unknown) === items) {
    // Checked, and gone when it is to be sent.
    throw new TypeError('an iterator can be read only once: give an array, or write it with a PayloadWriter')
  }
  return items
}

export function jsonOf(given: unknown, what: string): string {
  let json: string | undefined
  try {
    json = JSON.stringify(given)
  } catch (error) {
    throw unsupported(given, what, error)
  }
  if (json === undefined) throw unsupported(given, what)
  return json
}

/**
 * The day of a moment that is midnight here, as days since 1970: of which day other moments are depends on where one stands.
 */
export function dayOf(given: Date): number | undefined {
  if (given.getHours() + given.getMinutes() + given.getSeconds() + given.getMilliseconds() !== 0)
    return undefined
  return new Date(0).setUTCFullYear(given.getFullYear(), given.getMonth(), given.getDate()) / 86_400_000
}

/** A complaint about a value, and where it stands. */
class Unsupported extends TypeError {
  readonly code = 'ERR_INVALID_ARG_TYPE'
  readonly place: string
  readonly problem: string

  constructor(place: string, problem: string, cause?: unknown) {
    super(`${place}: ${problem}`, cause === undefined ? undefined : { cause })
    this.name = 'TypeError'
    this.place = place
    this.problem = problem
    Object.defineProperty(this, 'place', { enumerable: false })
    Object.defineProperty(this, 'problem', { enumerable: false })
  }
}

export function unsupported(given: unknown, place: string, cause?: unknown): TypeError {
  const kind = typeof given === 'object' ? 'an object that has no JSON' : `a ${typeof given}`
  return new Unsupported(place, `${kind} has no form in a payload`, cause)
}

/** The same complaint, with the place in which the other one stands. */
export function placed(error: unknown, place: string): unknown {
  if (!(error instanceof Unsupported)) {
    return error instanceof TypeError ? new Unsupported(place, error.message, error.cause) : error
  }
  const joint = error.place.startsWith('[') ? '' : '.'
  return new Unsupported(`${place}${joint}${error.place}`, error.problem, error.cause)
}
