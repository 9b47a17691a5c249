import { jsonOf, textOf } from './clean.ts'

/**
 * Values as the text of a PostgreSQL array, objects as JSON. The driver makes the same of them in three times the time, and this
 * is done for each value that a source tells.
 */
export function arrayText(values: readonly unknown[]): string {
  let text = ''
  for (const value of values) text += `,${elementOf(value)}`
  return `{${text.slice(1)}}`
}

function elementOf(value: unknown): string {
  if (value == null) return 'NULL'
  if (typeof value === 'string') return quoted(value)
  return typeof value === 'object' ? quoted(jsonOf(value)) : String(value)
}

/** What has to be looked at more closely: quotes, backslashes, NUL, and surrogates, whole pairs too. */
const SPECIAL = /["\\\u0000\ud800-\udfff]/

const quoted = (text: string) =>
  SPECIAL.test(text) ? `"${textOf(text).replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`
