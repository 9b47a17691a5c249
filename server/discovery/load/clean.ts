/** PostgreSQL takes neither NUL nor half a surrogate pair: what a source tells is cleaned of them on its way in. */

export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return text
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'string' ? textOf(one) : one))
}

export const textOf = (text: string): string =>
  text.isWellFormed() && !text.includes('\u0000') ? text : text.replaceAll('\u0000', '').toWellFormed()
