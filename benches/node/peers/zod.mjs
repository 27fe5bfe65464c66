// The payload with zod 4: a model of each object, as its documentation has it.

import { z } from 'zod'

import { HEADER } from '../data.mjs'
import { main } from './job.mjs'

const text = z.string().optional()
const required = z.string().min(1)
const email = z.email()
const date = z.iso.date()
const decimal = z.union([z.number(), z.string().regex(/^-?[0-9]+(\.[0-9]+)?$/)])
const count = z.int().min(0)
const yesNo = z.enum(['O', 'N'])
const siret = z.string().regex(/^[0-9]{14}$/)

const associate = z.object({
  id: required,
  civility: z.enum(['M', 'MME', 'SOC']),
  email,
  firstName: text,
  lastName: text,
  address: text,
  townName: text,
  ctry: text,
  manager: yesNo.optional(),
})

const document = z.object({
  id: required,
  fileName: required,
  year: z.string().regex(/^[0-9]{4}$/),
  fileLink: z.url(),
  propertyId: text,
  declarantId: text,
  fileType: z.enum(['26', '27', '42', '53', '55', '56', '58', '59', '60', '61']).optional(),
})

const property = z.object({
  id: required,
  description: required,
  streetName: required,
  townName: required,
  postCode: required,
  ctry: required,
  lastName: required,
  firstName: required,
  email,
  acquisitionDate: date,
  // The codes in use: a range is as near as a quick check of whole numbers comes.
  taxRegime: z.int().min(1).max(95),
  declarantId: text,
  remove: z.enum(['', 'R']).optional(),
  type: z.enum(['A', 'H', 'CL', 'P']).optional(),
  furnished: yesNo.optional(),
  managed: z.enum(['D', 'A', 'STRP', 'M']).optional(),
  bldgNb: text,
  streetName2: text,
  telNumber: text,
  constructionDate: date.optional(),
  nbrRooms: count.optional(),
  area: decimal.optional(),
  terrArea: decimal.optional(),
  gardArea: decimal.optional(),
  nbrFloors: z.int().optional(),
  nbrPark: count.optional(),
  siretId: siret.optional(),
  tvaOption: z.enum(['N', '10', '20']).optional(),
  netReevaluation: decimal.optional(),
  debActDate: date.optional(),
  workCompDate: date.optional(),
  costPrice: decimal.optional(),
  completionStatus: z.enum(['NEW', 'VEFA', 'OLD']).optional(),
  startConstrDate: date.optional(),
  dismemberedProperty: yesNo.optional(),
  agencyFee: decimal.optional(),
  notaryFee: decimal.optional(),
  documents: z.array(document).optional(),
})

const declarant = z.object({
  id: required,
  legalStatusId: z.enum(['1000', '2110', '5426', '5710', '6540', '6599']),
  corporateName: required,
  address: required,
  townName: required,
  postCode: required,
  sirenId: z
    .string()
    .regex(/^[0-9]{9}$/)
    .optional(),
  nicId: z
    .string()
    .regex(/^[0-9]{5}$/)
    .optional(),
  taxRegimeAggregation: z.enum(['IR', 'IS']).optional(),
  taxCategoryId: z.enum(['1', '2', '3', '4', '5']).optional(),
  taxRegimeId: z.enum(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']).optional(),
  debActDate: date.optional(),
  ogaSiretId: siret.optional(),
  ogaName: text,
  ogaId: text,
  ogaNumber: text,
  properties: z.array(property).optional(),
  associates: z.array(associate).optional(),
})

const transaction = z.object({
  id: required,
  reqdExctnDt: date,
  'id-prty': required,
  amt: decimal,
  ref: required,
  'id-tenant': text,
  ccy: z.enum(['EUR', 'USD', 'GBP']).optional(),
  purpose: text,
})

const payload = z.object({
  inigPtynm: required,
  apiKey: required,
  creDtTm: z.iso.datetime({ offset: true }),
  versionId: z.literal('2.0'),
  declarants: z.array(declarant).optional(),
  properties: z.array(property).optional(),
  transactions: z.array(transaction).optional(),
  documents: z.array(document).optional(),
})

const typedPayload = payload.extend({
  transactions: z.array(
    transaction.extend({ reqdExctnDt: z.date().transform((date) => date.toISOString().slice(0, 10)) }),
  ),
})

function bytes(schema, given) {
  const result = schema.safeParse(given)
  return result.success ? Buffer.from(JSON.stringify(result.data)) : undefined
}

main({
  validate: (buffer) => payload.safeParse(JSON.parse(buffer.toString())).success,
  build: (transactions, properties) => bytes(payload, { ...HEADER, properties, transactions }),
  buildTyped: (transactions, properties) => bytes(typedPayload, { ...HEADER, properties, transactions }),
})
