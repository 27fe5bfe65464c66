// Payloads with one mistake each, such as every contender has to find.

/** Where the mistake stands, as a path, and the value there; `undefined` for a field that is missing. */
const MISTAKES = [
  ['transactions.39.reqdExctnDt', '31/01/2025'],
  ['transactions.39.reqdExctnDt', '2025-02-30'],
  ['transactions.39.amt', '1 250,00'],
  ['transactions.39.amt', true],
  ['transactions.39.id-prty', undefined],
  ['transactions.39.ref', ''],
  ['transactions.39.ccy', 'FRF'],
  ['properties.7.email', 'elise.delorme'],
  ['properties.7.siretId', '8543010820001'],
  ['properties.7.taxRegime', 96],
  ['properties.7.type', 'B'],
  ['properties.7.nbrRooms', -1],
  ['properties.7.acquisitionDate', undefined],
  ['documents.7.year', '24'],
  ['documents.7.fileLink', 'liasse 2024.pdf'],
  ['declarants.1.associates.0.civility', 'DR'],
  ['declarants.1.sirenId', '12345678'],
  ['versionId', '1.0'],
  ['creDtTm', 'hier'],
  ['apiKey', undefined],
]

/** The name and the payload of each; `make` gives a right one. */
export function* broken(make) {
  for (const [path, value] of MISTAKES) {
    const payload = make()
    const keys = path.split('.')
    const last = keys.pop()
    let at = payload
    for (const key of keys) at = at[key]
    at[last] = value
    yield { name: `${path} = ${JSON.stringify(value)}`, payload }
  }
}
