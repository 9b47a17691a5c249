/** PostgreSQL takes neither NUL nor half a surrogate pair. */
export function jsonOf(list: readonly object[]): string {
  const text = JSON.stringify(list)
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return text
  return JSON.stringify(list, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\u0000', '').toWellFormed() : value,
  )
}
