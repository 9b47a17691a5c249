/** One value on two sides. */
export interface Compared {
  key: string
  label: string
  from: unknown
  to: unknown
}

export type LineKind = 'same' | 'changed' | 'removed' | 'added'

/** One line of a difference: a plain value, or one place inside of a list or an object. */
export interface DifferenceLine {
  /** The way to it inside of the value, e.g. "ports[2].number"; empty for the value itself. */
  path: string
  kind: LineKind
  from: unknown
  to: unknown
}

/** Longer texts are compared as a whole: line by line costs the product of both lengths. */
const MOST_LINES = 400
const isGone = (value: unknown) => value === null || value === undefined || value === ''
const isList = (value: unknown): value is unknown[] => Array.isArray(value)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !isList(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.includes('\n')

/** A value on two sides, taken apart as far as it has parts: objects by their fields, lists by what came and went, texts by lines. */
export function linesOf(from: unknown, to: unknown, path = ''): DifferenceLine[] {
  if (isObject(from) || isObject(to)) {
    if ((!isObject(from) && !isGone(from)) || (!isObject(to) && !isGone(to))) return [plain(path, from, to)]
    const [one, other] = [isObject(from) ? from : {}, isObject(to) ? to : {}]
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
    if (keys.length === 0) return [plain(path, from, to)]
    return keys.flatMap((key) => linesOf(one[key], other[key], path ? `${path}.${key}` : key))
  }
  if (isList(from) || isList(to)) {
    if ((!isList(from) && !isGone(from)) || (!isList(to) && !isGone(to))) return [plain(path, from, to)]
    const [one, other] = [isList(from) ? from : [], isList(to) ? to : []]
    if (one.length + other.length === 0) return [plain(path, from, to)]
    // Lists of objects are compared place by place, so that only what differs inside of them does.
    if ([...one, ...other].every(isObject)) {
      const length = Math.max(one.length, other.length)
      return Array.from({ length }, (_, at) => linesOf(one[at], other[at], `${path}[${at}]`)).flat()
    }
    return inOrder(one, other, path)
  }
  if (isText(from) || isText(to)) return inOrder(textLines(from), textLines(to), path)
  return [plain(path, from, to)]
}

const textLines = (value: unknown) => (isGone(value) ? [] : String(value).split('\n'))

function plain(path: string, from: unknown, to: unknown): DifferenceLine {
  const same = isGone(from) ? isGone(to) : JSON.stringify(from) === JSON.stringify(to)
  const kind = same ? 'same' : isGone(from) ? 'added' : isGone(to) ? 'removed' : 'changed'
  return { path, kind, from, to }
}

/** What stayed in its order, what went and what came: the longest run of the same on both sides. */
function inOrder(one: unknown[], other: unknown[], path: string): DifferenceLine[] {
  if (one.length > MOST_LINES || other.length > MOST_LINES) return [plain(path, one, other)]
  const [a, b] = [one.map((each) => JSON.stringify(each)), other.map((each) => JSON.stringify(each))]
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  const lines: DifferenceLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j])
      lines.push({ path, kind: 'same', from: one[i++], to: other[j++] })
    else if (j >= b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!))
      lines.push({ path, kind: 'removed', from: one[i++], to: null })
    else lines.push({ path, kind: 'added', from: null, to: other[j++] })
  }
  return lines
}

/** The part in which two texts differ, between what they begin and end with alike; empty where that is nearly all. */
export function inCommon(from: string, to: string): { before: number; after: number } {
  const most = Math.min(from.length, to.length)
  let before = 0
  while (before < most && from[before] === to[before]) before++
  let after = 0
  while (after < most - before && from.at(-1 - after) === to.at(-1 - after)) after++
  return before + after < 3 ? { before: 0, after: 0 } : { before, after }
}

/** As plain text, one line each: what went with −, what came with +, as in a patch. */
export function asText(compared: readonly Compared[], show: (value: unknown) => string): string {
  return compared
    .flatMap(({ label, from, to }) => [
      label,
      ...linesOf(from, to).flatMap(({ path, kind, from, to }) => {
        const way = path ? `${path}: ` : ''
        if (kind === 'same') return [`  ${way}${show(to)}`]
        return [
          ...(kind === 'added' ? [] : [`− ${way}${show(from)}`]),
          ...(kind === 'removed' ? [] : [`+ ${way}${show(to)}`]),
        ]
      }),
    ])
    .join('\n')
}
