/** The fields of a form as a flat map, and whether two of their values are the same. Pure. */

type Fields = object

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Every field by its path; those of an object within by `group.name`, no deeper. */
export function leavesOf(fields: Fields): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) =>
      isGroup(value)
        ? Object.entries(value).map(([key, one]): [string, unknown] => [`${name}.${key}`, one])
        : [[name, value] as [string, unknown]],
    ),
  )
}

/** The fields with another value of one; nothing takes a field out of its group. */
export function withLeaf<T extends Fields>(fields: T, path: string, value: unknown): T {
  const [, name, key] = /^([^.]*)\.?(.*)$/s.exec(path)!
  if (!key) return { ...fields, [name!]: value }
  const { [key]: _, ...others } = (fields as Record<string, Record<string, unknown>>)[name!] ?? {}
  return { ...fields, [name!]: value === undefined ? others : { ...others, [key]: value } }
}

/** An empty text, no tick and no value at all are the same nothing. */
const plain = (value: unknown) => (value === undefined || value === null || value === false ? '' : value)

export const same = (one: unknown, other: unknown) => JSON.stringify(plain(one)) === JSON.stringify(plain(other))

/** The paths of what is not the same in both. */
export function differing(one: Fields, other: Fields): string[] {
  const [left, right] = [leavesOf(one), leavesOf(other)]
  return [...new Set([...left.keys(), ...right.keys()])].filter((path) => !same(left.get(path), right.get(path)))
}
