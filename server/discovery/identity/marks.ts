/** By what a thing can be recognised: pure, from what one source says of it. */
import { createHash } from 'node:crypto'
import { normal, wordOf } from './junk.ts'
import type { Entry, IdentityRules } from './rules.ts'

export interface Mark {
  /** Id of the identifier rule. */
  entry: string
  rank: number
  strong: boolean
  decisive: boolean
  overlap: number
  value: string
  /** It names what the thing belongs to, not the thing. */
  lent: boolean
}

export interface Told {
  className: string
  name: string
  attributes: Record<string, unknown>
  identifiers: readonly { kind: string; value: string }[]
}

const PARTS = '\u001f'
const LONGEST = 400 // characters; an index row has its limit

const short = (value: string) =>
  value.length <= LONGEST ? value : `sha256:${createHash('sha256').update(value).digest('hex')}`

/** Junk is left out before anything is compared. */
export function marksOf(told: Told, rules: IdentityRules): Mark[] {
  const values = valuesOf(told)
  const usable = (word: string, entry: Entry) =>
    (values.get(word) ?? []).filter(
      (value) => !rules.junk.isJunk(word, value) && !entry.excluded.some((one) => one.test(value)),
    )
  const marks: Mark[] = []
  const add = (entry: Entry, full: string, lent: boolean) => {
    const value = short(full)
    const { id, rank, strength, decisive = false, minOverlap = 1 } = entry
    if (marks.some((one) => one.entry === id && one.value === value && one.lent === lent)) return
    marks.push({ entry: id, rank, strong: strength === 'STRONG', decisive, overlap: minOverlap, value, lent })
  }
  for (const entry of rules.entriesOf(told.className)) {
    if (entry.lookup) {
      const word = wordOf(entry.lookup.attribute)
      const words = new Set([word, ...(word.startsWith('mac') ? ['mac', 'macaddress', 'macaddresses'] : [])])
      for (const one of words) for (const value of usable(one, entry)) add(entry, value, false)
    } else if (entry.parts.length === 1) {
      for (const value of usable(entry.parts[0]!.word, entry)) add(entry, value, false)
    } else {
      const parts = entry.parts.map(({ word, optional }) => usable(word, entry)[0] ?? (optional ? '' : undefined))
      if (parts.every((part) => part !== undefined)) add(entry, parts.join(PARTS), false)
    }
  }
  for (const { entry, word } of rules.lendingsOf(told.className))
    for (const value of usable(word, entry)) add(entry, value, true)
  return marks
}

/** Attributes and identifiers alike, by their word. */
function valuesOf({ name, attributes, identifiers }: Told): Map<string, string[]> {
  const values = new Map<string, string[]>([['name', [normal(name)]]])
  const add = (kind: string, value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number') return
    const word = wordOf(kind)
    const all = values.get(word)
    const one = normal(String(value))
    if (!all) values.set(word, [one])
    else if (!all.includes(one)) all.push(one)
  }
  for (const [kind, value] of Object.entries(attributes))
    if (Array.isArray(value)) for (const one of value) add(kind, one)
    else add(kind, value)
  for (const { kind, value } of identifiers) add(kind, value)
  return values
}

/** What stands for the source's own key when it has none: the same marks at the next read are the same thing. */
export function keyOfMarks(marks: readonly Mark[], name: string): string {
  const strong = marks.filter((one) => one.strong && !one.lent).map((one) => `${one.entry}=${one.value}`)
  return short(`~${strong.length > 0 ? strong.toSorted().join(PARTS) : `name=${normal(name)}`}`)
}
