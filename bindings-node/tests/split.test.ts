import { inspect } from 'node:util'
import {
  AbortError,
  ConfigError,
  checked,
  Part,
  Parts,
  SplitError,
  type SplitOptions,
  split,
  splitAsync,
  ValidationError,
} from 'qlower'
import { describe, expect, test } from 'vitest'

import { KEY, rents, TODAY, thrown } from './given.js'

const parts = split(rents(5), { maxItems: 2 })

describe('parts', () => {
  test('are in order, each with its bytes', () => {
    expect(parts).toBeInstanceOf(Parts)
    expect(parts).toHaveLength(3)
    expect(parts.map((part) => [part.number, part.items, part.dependsOn])).toEqual([
      [0, 2, []],
      [1, 2, []],
      [2, 1, []],
    ])
    const [, part] = parts
    expect(part).toBeInstanceOf(Part)
    const { transactions } = JSON.parse(part?.checked.toBuffer().toString() ?? '')
    expect(transactions.map(({ id }: { id: string }) => id)).toEqual(['T3', 'T4'])
    expect(part?.checked).toBe(part?.checked)
    expect(part?.checked.partner).toBe('acme')
  })

  test('know the whole', () => {
    const part = parts.get(1)
    expect(part?.pointerInWhole('/transactions/1/amt')).toBe('/transactions/3/amt')
    expect(part?.pointerInWhole('/transactions/2')).toBeNull()
    expect(part?.pointerInWhole('')).toBe('')
  })

  test('depend on each other', () => {
    const property =
      '{"id": "P1", "description": "x", "streetName": "1 rue A", "townName": "Lyon", "postCode": "69001", "ctry": "FR",' +
      ' "lastName": "B", "firstName": "A", "email": "a@example.com", "acquisitionDate": "2020-01-01", "taxRegime": 1}'
    const text = rents(2).replace('"transactions"', `"properties": [${property}], "transactions"`)
    expect(split(checked(text, { today: TODAY }), { maxItems: 1 }).map((part) => part.dependsOn)).toEqual([
      [],
      [0],
      [0],
    ])
  })

  test('can be chosen', () => {
    const [first, second, third] = parts
    expect(parts.at(-1)).toBe(third)
    expect(parts.at(3)).toBeUndefined()
    expect([...parts.slice(1)]).toEqual([second, third])
    expect(parts.slice(1)).toBeInstanceOf(Parts)
    expect(parts.slice(1).get(0)).toBeUndefined()
    expect([...parts.filter((part) => part.items === 1)]).toEqual([third])
    expect([...new Parts([third, first, third] as Part[])]).toEqual([first, third])
    expect(new Parts([])).toHaveLength(0)
    expect(() => new Parts([1] as never)).toThrow(TypeError)
    expect(() => new (Part as unknown as new () => Part)()).toThrow(/made by/)
  })

  test('show no key', () => {
    expect(inspect(parts)).toBe('Parts(3)')
    expect(inspect([...parts])).toContain('Part { number: 0, items: 2 }')
    expect(inspect([...parts], { depth: 9, showHidden: true }) + JSON.stringify(parts)).not.toContain(KEY)
    expect(JSON.stringify(parts.slice(2))).toBe('[{"number":2,"items":1,"dependsOn":[]}]')
  })
})

test('the same in other threads', async () => {
  const other = await splitAsync(rents(5), { maxItems: 2 })
  expect(other.map((part) => part.checked.sha256)).toEqual(parts.map((part) => part.checked.sha256))
  const whole = await splitAsync(checked(rents(5)))
  expect(whole.map((part) => part.items)).toEqual([5])
  const error = await thrown(() => splitAsync(rents(5), { signal: AbortSignal.abort() }))
  expect(error).toBeInstanceOf(AbortError)
  await expect(splitAsync(rents(5), { timeout: -1 })).rejects.toThrow(ConfigError)
})

test('what fits into no part is named', async () => {
  for (const work of [split, splitAsync]) {
    const error = (await thrown(() => work(rents(2), { maxBytes: 150 }))) as SplitError
    expect(error).toBeInstanceOf(SplitError)
    expect(error).toMatchObject({
      pointer: '/transactions/0',
      model: 'transactions',
      id: 'T1',
      limit: 150,
      unit: 'bytes',
    })
    expect(error.size).toBeGreaterThan(150)
  }
})

test('errors are found before cutting', async () => {
  for (const work of [split, splitAsync]) {
    const error = (await thrown(() => work('{}'))) as ValidationError
    expect(error).toBeInstanceOf(ValidationError)
    expect(error.report?.errorCount).toBe(4)
  }
})

test.each([
  ['maxItems', { maxItems: 0 }],
  ['maxItems', { maxItems: 1.5 }],
  ['maxBytes', { maxBytes: -1 }],
  ['maxBytes', { maxBytes: '1 MB' }],
  ['maxBytes', { maxBytes: Number.NaN }],
  ['maxItem', { maxItem: 1 }],
  ['options', 7],
])('%s has no meaning in %o', async (setting, options) => {
  for (const work of [split, splitAsync]) {
    const error = await thrown(() => work(rents(1), options as SplitOptions))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ setting })
  }
})
