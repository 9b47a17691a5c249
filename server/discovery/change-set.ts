/** What a look changes about what is known: a pure comparison, so that a dry run shows exactly what a run would do. */
import { isDeepStrictEqual } from 'node:util'
import { keyOf, type SeenItem } from './seen.ts'
import type { ActualItemState } from './actual-item.entity.ts'

export interface KnownItem {
  uuid: string
  className: string
  name: string
  identity: string | null
  state: ActualItemState
  attributes: Record<string, unknown>
  /** Key under which the product that is looking knows it; null when only other products do. */
  nativeKey: string | null
  /** What that product saw of it last. */
  observed: Record<string, unknown> | null
  /** Whether another product sees it too. */
  seenElsewhere: boolean
}

export type ChangeKind = 'CREATED' | 'CHANGED' | 'RETURNED' | 'MISSING'

export interface Change {
  kind: ChangeKind
  className: string
  name: string
  /** Attribute → value before and after. */
  details: Record<string, unknown>
}

export interface Matched {
  seen: SeenItem
  /** Null: it is new. */
  known: KnownItem | null
  change: Change | null
  /** Its attributes from now on. */
  attributes: Record<string, unknown>
}

export interface ChangeSet {
  matched: Matched[]
  /** Known to this product and not seen by this look, whether they were missing before or not. */
  gone: KnownItem[]
  missing: { known: KnownItem; change: Change }[]
}

/**
 * Finds each seen item among the known ones: first by its strong identity, then by its key in the product. A key whose
 * item has another strong identity belongs to another machine now. With `complete` what is not seen counts as gone.
 */
export function changeSetOf(items: Iterable<SeenItem>, known: readonly KnownItem[], complete: boolean): ChangeSet {
  const byIdentity = new Map(known.filter((one) => one.identity).map((one) => [one.identity!, one]))
  const byKey = new Map(
    known
      .filter((one) => one.nativeKey !== null)
      .map((one) => [keyOf({ className: one.className, nativeKey: one.nativeKey! }), one]),
  )
  const taken = new Set<KnownItem>()
  const matched: Matched[] = []
  for (const seen of items) {
    const known = match(seen, byIdentity, byKey, taken)
    if (known) taken.add(known)
    matched.push(compare(seen, known))
  }
  const gone = complete ? known.filter((one) => one.nativeKey !== null && !taken.has(one)) : []
  const missing = gone
    .filter((one) => one.state === 'PRESENT' && !one.seenElsewhere)
    .map((one) => ({
      known: one,
      change: { kind: 'MISSING' as const, className: one.className, name: one.name, details: {} },
    }))
  return { matched, gone, missing }
}

function match(
  seen: SeenItem,
  byIdentity: Map<string, KnownItem>,
  byKey: Map<string, KnownItem>,
  taken: Set<KnownItem>,
): KnownItem | null {
  const same = seen.identity ? byIdentity.get(seen.identity) : undefined
  if (same && same.className === seen.className && !taken.has(same)) return same
  const there = byKey.get(keyOf(seen))
  if (!there || taken.has(there)) return null
  return seen.identity && there.identity && seen.identity !== there.identity ? null : there
}

function compare(seen: SeenItem, known: KnownItem | null): Matched {
  const { className, name } = seen
  if (!known) {
    return {
      seen,
      known,
      attributes: seen.attributes,
      change: { kind: 'CREATED', className, name, details: seen.attributes },
    }
  }
  // What this product saw before and does not see now goes; what only others saw stays.
  const others = Object.entries(known.attributes).filter(([attribute]) => !(attribute in (known.observed ?? {})))
  const attributes = { ...Object.fromEntries(others), ...seen.attributes }
  const details = differences(known, name, attributes)
  const returned = known.state !== 'PRESENT'
  const changed = Object.keys(details).length > 0
  const change: Change | null =
    returned || changed ? { kind: returned ? 'RETURNED' : 'CHANGED', className, name, details } : null
  return { seen, known, attributes, change }
}

function differences(known: KnownItem, name: string, attributes: Record<string, unknown>) {
  const details: Record<string, unknown> = {}
  if (known.name !== name) details.name = { from: known.name, to: name }
  for (const attribute of new Set([...Object.keys(known.attributes), ...Object.keys(attributes)])) {
    const [from, to] = [known.attributes[attribute] ?? null, attributes[attribute] ?? null]
    if (!isDeepStrictEqual(from, to)) details[attribute] = { from, to }
  }
  return details
}
