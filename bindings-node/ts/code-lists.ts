/** What the code lists have in common. */

import type { ListName } from './codes.js'
import { configError } from './errors.js'

/** One code of a list. */
export interface CodeEntry {
  /** The code as it stands on the wire. */
  readonly code: string | number
  /** Its name in programs. */
  readonly name: string
  /** The English label. */
  readonly en: string
  /** The French label. */
  readonly fr: string
  /** Whether Qlower has withdrawn the code. It is still accepted, and the check warns of it. */
  readonly isRetired: boolean
}

/** A closed list of codes. */
export interface CodeList {
  /** Its name: the wire key where one field alone takes these codes, else a word of its own (`yesNo`). */
  readonly name: string
  /** The name of the constant and the type that hold its codes. */
  readonly typeName: string
  /** Every wire key whose value is a code of this list. */
  readonly keys: readonly string[]
  /** The code that counts when the field is not given, where the format documents one. */
  readonly whenAbsent: string | number | undefined
  /** Its codes, retired ones included. */
  readonly entries: readonly CodeEntry[]
}

const lists = new Map<string, CodeList>()

/**
 * Makes a list known by its names.
 *
 * @internal
 */
export function register<const Codes extends Readonly<Record<string, string | number>>>(given: {
  readonly name: string
  readonly typeName: string
  readonly keys: readonly string[]
  readonly codes: Codes
  readonly whenAbsent?: string | number
  readonly labels: { readonly [Name in keyof Codes]: readonly [en: string, fr: string] }
  readonly retired?: readonly (keyof Codes)[]
}): void {
  const { name, typeName, keys, codes, whenAbsent, labels, retired } = given
  const entries = Object.entries(codes).map(([member, code]): CodeEntry => {
    const [en, fr] = labels[member] as readonly [string, string]
    return Object.freeze({ code, name: member, en, fr, isRetired: retired?.includes(member) ?? false })
  })
  Object.freeze(codes)
  const list = Object.freeze({
    name,
    typeName,
    keys: Object.freeze(keys),
    whenAbsent,
    entries: Object.freeze(entries),
  })
  for (const known of [name, ...keys]) lists.set(known, list)
}

/**
 * The list of that name, or the one whose codes a wire key takes; `undefined` if there is none.
 *
 * @example
 * ```ts
 * import { codes } from 'qlower'
 *
 * console.log(codes.list('furnished').typeName) // YesNo
 * ```
 */
export function list(nameOrKey: ListName): CodeList
export function list(nameOrKey: string): CodeList | undefined
export function list(nameOrKey: string): CodeList | undefined {
  return lists.get(nameOrKey)
}

/**
 * The codes of a list with their labels, retired ones included, by list name or wire key; `undefined` if there is no such list.
 *
 * @example
 * ```ts
 * import { codes } from 'qlower'
 *
 * for (const { code, fr } of codes.entries('furnished')) console.log(code, fr) // O Oui, N Non
 * ```
 */
export function entries(nameOrKey: ListName): readonly CodeEntry[]
export function entries(nameOrKey: string): readonly CodeEntry[] | undefined
export function entries(nameOrKey: string): readonly CodeEntry[] | undefined {
  return lists.get(nameOrKey)?.entries
}

/**
 * Whether a list, by its name or a wire key, knows a code; as a string or as a number.
 *
 * @example
 * ```ts
 * import { codes } from 'qlower'
 *
 * console.log(codes.isKnown('ccy', 'EUR'), codes.isKnown('taxRegime', '5'), codes.isKnown('taxRegime', 34)) // true true false
 * ```
 */
export function isKnown(nameOrKey: ListName | (string & {}), code: string | number): boolean {
  return find(nameOrKey, code) !== undefined
}

/**
 * The label of one code, by list name or wire key. English by default.
 *
 * `undefined` when no list goes by that name, or the list does not know the code.
 *
 * @throws {@link ConfigError} for another language
 *
 * @example
 * ```ts
 * import { codes } from 'qlower'
 *
 * console.log(codes.label('managed', 'STRP')) // Short-term rental platform
 * console.log(codes.label('taxRegime', 5, 'fr')) // BIC Réel / location meublée LMNP
 * ```
 */
export function label(
  nameOrKey: ListName | (string & {}),
  code: string | number,
  lang: 'en' | 'fr' = 'en',
): string | undefined {
  if (lang !== 'en' && lang !== 'fr') throw configError('lang', 'must be en or fr')
  return find(nameOrKey, code)?.[lang]
}

function find(nameOrKey: string, code: unknown): CodeEntry | undefined {
  if (typeof code !== 'string' && typeof code !== 'number') return undefined
  const text = `${code}`
  return lists.get(nameOrKey)?.entries.find((entry) => `${entry.code}` === text)
}
