/** What several tests need. */

export const KEY = 's3cr3t-k3y'
export const TODAY = '2025-02-01'

export const HEAD = `{"inigPtynm": "acme", "apiKey": "${KEY}", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0"`

/** A sound text without items. */
export const EMPTY = `${HEAD}}`

/** One with an error in its third line, and a character of two bytes before it. */
export const WRONG =
  `${HEAD},\n "properties": [], "transactions": [\n` +
  '  {"id": "Té", "reqdExctnDt": "31/01/2025", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}]}'

/** A sound text with rents. */
export function rents(many: number): string {
  const one = (id: number): string =>
    `{"id": "T${id}", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.5, "ref": "Loyer"}`
  return `${HEAD}, "transactions": [${Array.from({ length: many }, (_, at) => one(at + 1)).join(', ')}]}`
}

/** What is thrown. */
export async function thrown(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
