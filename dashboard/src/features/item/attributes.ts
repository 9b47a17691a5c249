/** What of `now` is another than `before`; null takes a value away. Empty text is no value. */
export function changedAttributes(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const changed = Object.entries(now).filter(([name, value]) => value !== (before[name] ?? ''))
  return Object.fromEntries(changed.map(([name, value]) => [name, value === '' ? null : value]))
}

/** Text of a form as the types of the class want it; what is no number or truth stays text, and the server says so. */
export function typedAttributes(
  values: Readonly<Record<string, string | null>>,
  definitions: readonly { name: string; type: string }[],
): Record<string, unknown> {
  const typeOf = new Map(definitions.map(({ name, type }) => [name, type]))
  const typed = (name: string, text: string | null) => {
    const type = typeOf.get(name)
    if (text === null) return null
    if ((type === 'integer' || type === 'number') && text.trim() !== '' && !Number.isNaN(Number(text)))
      return Number(text)
    if (type === 'textList') return text.split(/\s*,\s*/).filter(Boolean)
    if (type === 'boolean' && /^(true|yes)$/i.test(text)) return true
    if (type === 'boolean' && /^(false|no)$/i.test(text)) return false
    return text
  }
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, typed(name, text)]))
}
