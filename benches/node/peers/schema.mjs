// The payload as a JSON Schema, the way one writes it by hand: as equal to what the SDK checks as can be said quickly in it.

const text = { type: 'string' }
const required = { type: 'string', minLength: 1 }
const email = { type: 'string', format: 'email' }
const link = { type: 'string', format: 'uri' }
const date = { type: 'string', format: 'date' }
const decimal = { type: ['number', 'string'], pattern: '^-?[0-9]+(\\.[0-9]+)?$' }
const number = { type: 'integer' }
const count = { type: 'integer', minimum: 0 }
const digits = (length) => ({ type: 'string', pattern: `^[0-9]{${length}}$` })
const one = (...codes) => ({ type: 'string', enum: codes })
const yesNo = one('O', 'N')

const object = (requiredFields, optionalFields) => ({
  type: 'object',
  required: Object.keys(requiredFields),
  properties: { ...requiredFields, ...optionalFields },
})
const list = (items) => ({ type: 'array', items })

const associate = object(
  { id: required, civility: one('M', 'MME', 'SOC'), email },
  { firstName: text, lastName: text, address: text, townName: text, ctry: text, manager: yesNo },
)

const document = object(
  { id: required, fileName: required, year: digits(4), fileLink: link },
  {
    propertyId: text,
    declarantId: text,
    fileType: one('26', '27', '42', '53', '55', '56', '58', '59', '60', '61'),
  },
)

const property = object(
  {
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
    taxRegime: { type: 'integer', minimum: 1, maximum: 95 },
  },
  {
    declarantId: text,
    remove: one('', 'R'),
    type: one('A', 'H', 'CL', 'P'),
    furnished: yesNo,
    managed: one('D', 'A', 'STRP', 'M'),
    bldgNb: text,
    streetName2: text,
    telNumber: text,
    constructionDate: date,
    nbrRooms: count,
    area: decimal,
    terrArea: decimal,
    gardArea: decimal,
    nbrFloors: number,
    nbrPark: count,
    siretId: digits(14),
    tvaOption: one('N', '10', '20'),
    netReevaluation: decimal,
    debActDate: date,
    workCompDate: date,
    costPrice: decimal,
    completionStatus: one('NEW', 'VEFA', 'OLD'),
    startConstrDate: date,
    dismemberedProperty: yesNo,
    agencyFee: decimal,
    notaryFee: decimal,
    documents: list(document),
  },
)

const declarant = object(
  {
    id: required,
    legalStatusId: one('1000', '2110', '5426', '5710', '6540', '6599'),
    corporateName: required,
    address: required,
    townName: required,
    postCode: required,
  },
  {
    sirenId: digits(9),
    nicId: digits(5),
    taxRegimeAggregation: one('IR', 'IS'),
    taxCategoryId: one('1', '2', '3', '4', '5'),
    taxRegimeId: one('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'),
    debActDate: date,
    ogaSiretId: digits(14),
    ogaName: text,
    ogaId: text,
    ogaNumber: text,
    properties: list(property),
    associates: list(associate),
  },
)

const transaction = object(
  { id: required, reqdExctnDt: date, 'id-prty': required, amt: decimal, ref: required },
  { 'id-tenant': text, ccy: one('EUR', 'USD', 'GBP'), purpose: text },
)

export const payload = object(
  {
    inigPtynm: required,
    apiKey: required,
    creDtTm: { type: 'string', format: 'date-time' },
    versionId: one('2.0'),
  },
  {
    declarants: list(declarant),
    properties: list(property),
    transactions: list(transaction),
    documents: list(document),
  },
)
