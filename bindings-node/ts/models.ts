/** The tables of the models, as the native module has them. */

import { native } from './native.js'

/** A field of a model. */
export interface Field {
  /** Its readable name. */
  readonly name: string
  /** Its name on the wire. */
  readonly key: string
  readonly kind: 'object' | 'list' | 'timestamp' | 'date' | 'decimal' | 'secret' | 'scalar'
  /** The model of what it holds, of an object or list. */
  readonly model: string | null
  readonly required: boolean
  /** What it is when nothing is given. */
  readonly preset: string | null
}

/** A model. */
export interface Model {
  /** The name that findings use: `transactions`, `properties`, … */
  readonly name: string
  readonly type: string
  readonly fields: readonly Field[]
  /** Whether no field holds objects of other models. */
  readonly isFlat: boolean
}

interface Tables {
  models: Model[]
  sections: { name: string; model: string }[]
}

let known: { models: Map<string, Model>; sections: Map<string, string> } | undefined

function tables(): { models: Map<string, Model>; sections: Map<string, string> } {
  if (known !== undefined) return known
  const { models, sections } = JSON.parse(native.models()) as Tables
  const complete = models.map((model) => ({
    ...model,
    isFlat: model.fields.every((field) => field.model === null),
  }))
  known = {
    models: new Map(complete.map((model) => [model.name, model])),
    sections: new Map(sections.map((section) => [section.name, section.model])),
  }
  return known
}

/** The model of this name. */
export function modelOf(name: string): Model {
  const model = tables().models.get(name)
  if (model === undefined) throw new RangeError(`no model is called ${JSON.stringify(name)}`)
  return model
}

/** The model of the items of a section. */
export function modelOfSection(section: string): Model {
  const { sections } = tables()
  const model = sections.get(section)
  if (model === undefined) {
    throw new RangeError(
      `no section ${JSON.stringify(section)}; there are ${[...sections.keys()].join(', ')}`,
    )
  }
  return modelOf(model)
}
