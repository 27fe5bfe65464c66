/** The interfaces have the names that the native module knows, and say which of them are required. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { internal, source } from './installed.js'

interface Field {
  name: string
  key: string
  kind: string
  required: boolean
  preset: string | null
}

const { native } = internal<{ native: { models(): string } }>('native')
const { models, sections } = JSON.parse(native.models()) as {
  models: { name: string; type: string; fields: Field[] }[]
  sections: { name: string }[]
}
const text = readFileSync(join(source, 'dist/types.d.ts'), 'utf8')

/** The properties of an interface, with a question mark if they may be left out. */
function propertiesOf(name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{\n(.*?)^\\}`, 'ms').exec(text)?.[1] ?? ''
  return [...body.matchAll(/^ +'?([\w-]+)'?(\??): /gm)].map((found) => `${found[1]}${found[2]}`)
}

test.each(models.map((model) => [model.type, model] as const))('%s', (type, { fields }) => {
  expect(fields.length).toBeGreaterThan(2)
  expect(propertiesOf(type)).toEqual(
    fields.map(({ name, required, preset }) => (required && preset === null ? name : `${name}?`)),
  )
  expect(propertiesOf(`${type}Wire`)).toEqual(fields.map(({ key, required }) => (required ? key : `${key}?`)))
})

test('the sections', () => {
  const names = sections.map((section) => section.name)
  expect([propertiesOf('Sections'), propertiesOf('SectionsWire')]).toEqual([names, names])
})

test('every field says its name on the wire, and every wire key its readable name', () => {
  const fields = models.flatMap((model) => model.fields)
  for (const { name, key } of fields) {
    expect(text).toContain(`Wire key \`${key}\``)
    expect(text).toContain(`Readable name \`${name}\``)
  }
})
