// What the comparison works on: a payload as a text, and the rows of one as objects. Always the same ones.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const FIRST_DAY = Date.UTC(2024, 0, 1)
const DAY = 86_400_000
const DAYS = Array.from({ length: 731 }, (_, number) =>
  new Date(FIRST_DAY + number * DAY).toISOString().slice(0, 10),
)
const MONTHS = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août']
const CATEGORIES = ['LOYER', 'CHARGES', 'TRAVAUX', 'TAXE', 'ASSURANCE']
// A declarant has four properties, each with a document.
const PROPERTIES_A_DECLARANT = 4

/** As many properties are beside the rows, which belong to them: no reference leads out of the payload. */
export const PROPERTIES = 2_000

/** The header of every payload. */
export const HEADER = {
  inigPtynm: 'acme',
  apiKey: 'k',
  creDtTm: '2026-01-05T08:00:00+01:00',
  versionId: '2.0',
}

/** The digit that makes `digits` and itself pass the check of SIREN and SIRET numbers. */
function luhn(digits) {
  let sum = 0
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return String((10 - (sum % 10)) % 10)
}

function siren(number) {
  const digits = String(30_000_000 + number * 7).padStart(8, '0')
  return digits + luhn(digits)
}

function siret(number) {
  const digits = siren(number) + String(number % 90).padStart(4, '0')
  return digits + luhn(digits)
}

const padded = (letter, number) => letter + String(number).padStart(6, '0')

function declarant(number) {
  return {
    id: padded('M', number),
    sirenId: siren(number),
    nicId: '00012',
    legalStatusId: '6540',
    taxRegimeAggregation: 'IR',
    taxCategoryId: '4',
    taxRegimeId: '10',
    corporateName: `SCI de l'Église n° ${number}`,
    debActDate: '2016-01-01',
    address: `${(number % 99) + 1} rue de la République`,
    townName: 'Orléans',
    postCode: '45000',
    associates: [
      {
        id: padded('A', number),
        civility: 'MME',
        firstName: 'Élise',
        lastName: 'Delorme',
        ctry: 'FR',
        email: `elise.delorme${number}@example.org`,
        manager: 'O',
      },
    ],
  }
}

function property(number, declared) {
  return {
    id: padded('L', number),
    ...(declared ? { declarantId: padded('M', Math.floor(number / PROPERTIES_A_DECLARANT)) } : {}),
    type: 'A',
    description: `T3, ${number % 7}e étage, rue Pierre-Sémard`,
    furnished: 'O',
    managed: 'A',
    bldgNb: String((number % 120) + 1),
    streetName: 'rue Pierre-Sémard',
    townName: 'Orléans',
    postCode: '45000',
    ctry: 'FR',
    lastName: 'Delorme',
    firstName: 'Élise',
    telNumber: '04 65 71 66 37',
    email: `elise.delorme${number}@example.org`,
    acquisitionDate: `2017${DAYS[number % DAYS.length].slice(4, 8)}01`,
    nbrRooms: (number % 5) + 1,
    area: 20 + (number % 60) + 0.5,
    siretId: siret(Math.floor(number / PROPERTIES_A_DECLARANT)),
    tvaOption: 'N',
    taxRegime: 5,
    costPrice: 120_000 + (number % 1_000),
    completionStatus: 'OLD',
  }
}

function document(number) {
  return {
    id: padded('D', number),
    propertyId: padded('L', number),
    fileName: `Liasse 2024 lot ${number}.pdf`,
    fileType: '26',
    year: '2024',
    fileLink: `https://ged.example.org/lots/${number}/liasse-2024.pdf`,
  }
}

/** Some rents, and some costs. */
function cents(number) {
  const amount = 40_000 + ((number * 7_919) % 110_000)
  return number % 4 === 0 ? -amount : amount
}

/** A text of its own, as drivers make them from bytes; one that was put together would be a tree of its pieces. */
const flat = (text) => Buffer.from(text).toString()

function transaction(number, properties) {
  return {
    id: flat(`2025-${String(number).padStart(7, '0')}`),
    reqdExctnDt: flat(DAYS[number % DAYS.length]),
    'id-prty': flat(padded('L', number % properties)),
    'id-tenant': flat(`T${String(number % 9_973).padStart(5, '0')}`),
    amt: cents(number) / 100,
    ccy: 'EUR',
    purpose: CATEGORIES[number % 5],
    ref: flat(`Loyer ${MONTHS[number % 8]} lot ${number % properties}`),
  }
}

const counted = (count, make) => Array.from({ length: count }, (_, number) => make(number))

/** The properties that the rows belong to. */
export const properties = (count = PROPERTIES) => counted(count, (number) => property(number, false))

/** Rows as most programs have them: amounts are numbers, dates are texts. */
export const transactions = (count, properties = PROPERTIES) =>
  counted(count, (number) => transaction(number, properties))

/** The same rows as drivers of databases give them: `Date`, and decimals as texts, since a number would round them. */
export function typed(rows) {
  for (const row of rows) {
    row.reqdExctnDt = new Date(row.reqdExctnDt)
    row.amt = row.amt.toFixed(2)
  }
  return rows
}

/** A small payload with something of everything. */
export function small() {
  return {
    ...HEADER,
    declarants: counted(2, declarant),
    properties: counted(8, (number) => property(number, true)),
    documents: counted(8, document),
    transactions: transactions(40, 8),
  }
}

/** Writes a compact text of this size, nine tenths of it transactions; gives the number of its items. */
export async function writePayload(file, megabytes) {
  const count = megabytes * 120
  const declarants = Math.floor(count / PROPERTIES_A_DECLARANT) + 1
  const sections = {
    declarants: counted(declarants, declarant),
    properties: counted(count, (number) => property(number, true)),
    documents: counted(count, document),
  }
  const out = createWriteStream(file)
  const head = `${JSON.stringify({ ...HEADER, ...sections }).slice(0, -1)},"transactions":[`
  out.write(head)
  let size = Buffer.byteLength(head) + 2
  let number = 0
  while (size < megabytes * 1_000_000) {
    const item = (number === 0 ? '' : ',') + JSON.stringify(transaction(number, count))
    size += Buffer.byteLength(item)
    number++
    if (!out.write(item)) await once(out, 'drain')
  }
  out.end(']}')
  await once(out, 'finish')
  return 2 * count + 2 * declarants + number
}
