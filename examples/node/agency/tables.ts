/** The files of the export as tables. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { CsvError, parse } from 'csv-parse/sync'

/** A file of the export is not what it should be. */
export class NoTableError extends Error {
  override readonly name = 'NoTableError'
}

/** A row by its column names. */
export class Row {
  readonly #file: string
  readonly #cells: Record<string, string>

  constructor(file: string, cells: Record<string, string>) {
    this.#file = file
    this.#cells = cells
  }

  /** The cell. A column that is not there is a fault of the file. */
  cell(column: string): string {
    const cell = this.#cells[column]
    if (cell === undefined) throw new NoTableError(`${this.#file}: there is no column ${column}`)
    return cell
  }

  /** The cell, converted if that is asked for, or nothing if it is empty. */
  optional(column: string, convert = (cell: string) => cell): string | undefined {
    const cell = this.cell(column)
    return cell === '' ? undefined : convert(cell)
  }
}

/** The rows of a file: semicolons, column names on the first line, spaces around a cell dropped. */
export function read(path: string): Row[] {
  const file = basename(path)
  try {
    // Bytes that are not UTF-8 are not replaced in silence.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    // A row with one cell more or less would put every cell behind it under a wrong name: the parser refuses it.
    const rows = parse<Record<string, string>>(text, { columns: true, delimiter: ';', trim: true })
    return rows.map((cells) => new Row(file, cells))
  } catch (error) {
    if (error instanceof CsvError || isFault(error))
      throw new NoTableError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
}

function isFault(error: unknown): error is Error {
  return error instanceof TypeError || (error instanceof Error && 'syscall' in error)
}
