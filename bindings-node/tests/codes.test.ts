import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codes } from 'qlower'
import { expect, test } from 'vitest'

type Schema = {
  $defs: Record<string, { enum?: unknown[]; description: string; properties?: object }>
  properties: object
}

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../qlower-core/schema/loader-2.0.schema.json'), 'utf8'),
) as Schema
const NAMES = Object.keys(SCHEMA.$defs)
  .filter((name) => name.startsWith('code-'))
  .map((name) => name.slice('code-'.length))

test('every list of the schema is there', () => {
  expect(NAMES).toHaveLength(14)
  for (const name of NAMES) {
    const list = codes.list(name)
    const { enum: told, description } = SCHEMA.$defs[`code-${name}`] ?? {}
    expect(list?.name).toBe(name)
    expect(list?.entries.map((entry) => `${entry.code}`)).toEqual(
      told?.filter((code) => typeof code === 'string'),
    )
    const shown = list?.entries.map(
      (entry) =>
        `${entry.code === '' ? '(empty)' : entry.code}: ${entry.en}${entry.isRetired ? ' [retired]' : ''}`,
    )
    expect(shown).toEqual(description?.split('\n'))
    expect(list?.entries.every((entry) => entry.fr.length > 0)).toBe(true)
    const constants = codes[list?.typeName as 'YesNo'] as Record<string, unknown>
    expect(Object.entries(constants)).toEqual(list?.entries.map((entry) => [entry.name, entry.code]))
  }
})

test('codes are of the type that the wire has', () => {
  const numbers = NAMES.filter((name) => codes.entries(name)?.some((entry) => typeof entry.code === 'number'))
  expect(numbers).toEqual(['taxRegime'])
  expect(codes.entries('taxRegime').every((entry) => Number.isInteger(entry.code))).toBe(true)
  expect(codes.PropertyTaxRegime.LmnpReal).toBe(5)
  expect(codes.DeclarantTaxRegime.StandardReal).toBe('3')
})

test('every wire key of a code names its list', () => {
  let found = 0
  for (const schema of [SCHEMA, ...Object.values(SCHEMA.$defs)]) {
    for (const [key, field] of Object.entries(schema.properties ?? {})) {
      const name = /#\/\$defs\/code-(\w+)/.exec(JSON.stringify(field))?.[1]
      if (name === undefined) continue
      expect(codes.list(key), key).toBe(codes.list(name))
      expect(codes.list(key)?.keys).toContain(key)
      found += 1
    }
  }
  expect(found).toBeGreaterThanOrEqual(15)
})

test('labels are found by list or key, and by string or number', () => {
  expect(codes.label('taxRegime', 5, 'fr')).toBe('BIC Réel / location meublée LMNP')
  expect(codes.label('taxRegime', '5', 'fr')).toBe('BIC Réel / location meublée LMNP')
  expect(codes.label('taxRegime', codes.PropertyTaxRegime.HistoricMonument)).toBe('Historic monument scheme')
  expect(codes.label('furnished', 'O')).toBe('Yes')
  expect(codes.label('yesNo', 'O')).toBe('Yes')
  expect(codes.label('taxRegime', 34)).toBeUndefined()
  expect(codes.label('nothing', 5)).toBeUndefined()
  expect(codes.label('toString', 5)).toBeUndefined()
  expect([codes.list('debActDate'), codes.entries('nothing')]).toEqual([undefined, undefined])
  expect(codes.list('taxRegime').whenAbsent).toBe(7)
  expect(() => codes.label('taxRegime', 5, 'de' as 'fr')).toThrow(
    expect.objectContaining({ setting: 'lang' }),
  )
})

test('what is known, and what is not', () => {
  expect(codes.isKnown('taxRegime', 5)).toBe(true)
  expect(codes.isKnown('ccy', 'EUR')).toBe(true)
  for (const unknown of ['05', 34, true, null, undefined, '5.0', 5.5, {}]) {
    expect(codes.isKnown('taxRegime', unknown as number), `${unknown}`).toBe(false)
  }
  expect(codes.isKnown('nothing', 5)).toBe(false)
  expect(codes.entries('taxRegimeId').find((entry) => entry.code === '9')?.isRetired).toBe(true)
})

test('lists cannot be changed', () => {
  const list = codes.list('ccy')
  for (const part of [list, list.keys, list.entries, list.entries[0], codes.Currency]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})
