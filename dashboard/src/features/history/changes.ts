import type { HistoryLanes_ItemFragment } from '../../gql/graphql.ts'

type Version = HistoryLanes_ItemFragment['versions']['nodes'][number]
type Relation = HistoryLanes_ItemFragment['relationshipChanges']['nodes'][number]
type Field = Version['changes'][number]
export type Why = NonNullable<Version['change']>

/** What one transaction did to the item, sorted into lanes. */
export interface Entry {
  key: string
  at: string
  why: Why | null
  /** The state from here on, where it is another. */
  state: string | null
  stateFrom: string | null
  fields: Field[]
  relations: Relation[]
  observed: Field[]
  isFirst: boolean
}

/** All changes of an item, newest first; what one transaction changed in several lanes is one entry. */
export function entriesOf(
  item: Pick<HistoryLanes_ItemFragment, 'versions' | 'relationshipChanges' | 'observedVersions'>,
) {
  const entries = new Map<string, Entry>()
  const entry = (at: string, why: Why | null | undefined): Entry => {
    const key = why?.id ?? at
    const known = entries.get(key)
    if (known) return known
    const made: Entry = {
      key,
      at,
      why: why ?? null,
      state: null,
      stateFrom: null,
      fields: [],
      relations: [],
      observed: [],
      isFirst: false,
    }
    entries.set(key, made)
    return made
  }
  for (const { validFrom, change, changes, state } of item.versions.nodes) {
    const one = entry(validFrom, change)
    const moved = changes.find(({ field, isAttribute }) => field === 'state' && !isAttribute)
    if (moved) {
      one.state = state
      one.stateFrom = moved.from as string | null
    }
    one.isFirst ||= changes.some(({ field, from, isAttribute }) => field === 'name' && !isAttribute && from === null)
    one.fields.push(...changes)
  }
  for (const relation of item.relationshipChanges.nodes) entry(relation.at, relation.change).relations.push(relation)
  for (const { validFrom, change, changes } of item.observedVersions?.nodes ?? []) {
    entry(validFrom, change).observed.push(...changes)
  }
  return [...entries.values()]
    .filter(({ state, fields, relations, observed }) => state || fields.length || relations.length || observed.length)
    .sort((a, b) => b.at.localeCompare(a.at))
}

/** Stretches of one state, oldest first; `from` and `to` are places among the entries, oldest first. */
export function stretchesOf(entries: readonly Entry[]): { state: string; from: number; to: number }[] {
  const oldestFirst = entries.toReversed()
  const stretches: { state: string; from: number; to: number }[] = []
  oldestFirst.forEach(({ state, stateFrom }, place) => {
    if (!state) return
    if (stretches.length === 0 && place > 0 && stateFrom) stretches.push({ state: stateFrom, from: 0, to: place })
    const last = stretches.at(-1)
    if (last) last.to = place
    stretches.push({ state, from: place, to: oldestFirst.length })
  })
  return stretches
}
