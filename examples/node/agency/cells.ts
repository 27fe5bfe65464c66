/** Cells and columns that the agency writes otherwise than Qlower. */

/**
 * A decimal: `-1234,56` for −1234.56, without any sign between the thousands.
 *
 * What is no such number stays as it stood: `1 250,00` may well be 1250, but that is for a person to say. The result is a text,
 * since a number would be rounded to what fits into 64 bits.
 */
export function decimal(cell: string): string {
  const text = cell.replace(',', '.')
  return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? text : cell
}

/**
 * A date: `31/12/2024` for 2024-12-31.
 *
 * A day that does not exist is converted too, and found by the check; another form stays as it stood.
 */
export function day(cell: string): string {
  const parts = /^([0-9]{2})\/([0-9]{2})\/([0-9]{4})$/.exec(cell)
  return parts === null ? cell : `${parts[3]}-${parts[2]}-${parts[1]}`
}

/** `OUI` or `NON`. Any other text stays as it stood. */
export const yesNo = word({ OUI: 'O', NON: 'N' })

/** The kinds of properties. Any other text stays as it stood. */
export const kind = word({ Appartement: 'A', Maison: 'H', Commerce: 'CL', Parking: 'P' })

/** Words of the export as codes of Qlower. */
function word(codes: Record<string, string>): (cell: string) => string {
  const known = new Map(Object.entries(codes))
  return (cell) => known.get(cell) ?? cell
}

/** Cents as a decimal, without the detour of a fraction in binary. */
export function euros(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
