/** What CSV and JSON files have in common: columns, and rows one after the other. */
import type { Problem } from '../adapter.ts'

export interface Row {
  kind: 'row'
  /** On which it begins, from 1. */
  line: number
  /** By column; a column that a JSON object lacks is left out. */
  cells: Record<string, unknown>
}

export interface Table {
  /** All columns; a JSON file is read no further than until those that are `needed` were met. */
  columns(needed: ReadonlySet<string>): Promise<string[]>
  /** A row that cannot be read is a problem, and the next one follows. */
  rows(): AsyncGenerator<Row | Problem>
}

/** The whole file cannot be read. */
export class TableFault extends Error {
  constructor(
    message: string,
    readonly line?: number,
  ) {
    super(message)
  }
}

export const rowProblem = (rule: string, message: string, source: string, line: number, column?: string): Problem => ({
  kind: 'problem',
  severity: 'warning',
  rule,
  message,
  where: { source, line, element: column === undefined ? 'row' : `column "${column}"` },
})
