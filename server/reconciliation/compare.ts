/** What is authorized against what was seen: one finding for each item at which they differ. */
import { isDeepStrictEqual } from 'node:util'
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Difference, ReconciliationKind } from './reconciliation-result.entity.ts'

export interface Finding {
  kind: ReconciliationKind
  configurationItemId: string | null
  actualItemId: string | null
  differences: Difference[]
  scopeIds: string[]
}

export interface Comparison {
  compared: number
  matches: number
  findings: Finding[]
}

interface Pair {
  item: string
  actual: string
  class_name: string
  scope_ids: string[]
  actual_state: string
  authorized: Record<string, unknown>
  seen: Record<string, unknown>
}

/** Compares all linked pairs, and lists what is seen without being authorized. */
export async function compareAll(em: EntityManager, catalogue: Catalogue): Promise<Comparison> {
  const pairs = await rows<Pair>(
    em,
    `select c.uuid as item, a.uuid as actual, c.class_name, c.scope_ids::text[] as scope_ids, a.state as actual_state,
       c.attributes as authorized, a.attributes as seen
     from configuration_item c join actual_item a on a.uuid = c.actual_item_id where c.state <> 'DECOMMISSIONED'`,
  )
  const strangers = await rows<{ uuid: string }>(
    em,
    `select a.uuid from actual_item a where a.state = 'PRESENT'
       and not exists (select from configuration_item c where c.actual_item_id = a.uuid)`,
  )
  const findings = pairs.flatMap((pair): Finding[] => {
    const both = { configurationItemId: pair.item, actualItemId: pair.actual, scopeIds: pair.scope_ids }
    if (pair.actual_state !== 'PRESENT') return [{ ...both, kind: 'MISSING', differences: [] }]
    const differences = differencesOf(catalogue, pair.class_name, pair.authorized, pair.seen)
    return differences.length > 0 ? [{ ...both, kind: 'MISMATCH', differences }] : []
  })
  const unexpected = strangers.map(({ uuid }): Finding => ({
    kind: 'UNEXPECTED',
    configurationItemId: null,
    actualItemId: uuid,
    differences: [],
    scopeIds: [],
  }))
  return { compared: pairs.length, matches: pairs.length - findings.length, findings: [...findings, ...unexpected] }
}

/** Attribute by attribute of those that promotion copies. What was not seen says nothing. */
export function differencesOf(
  catalogue: Catalogue,
  className: string,
  authorized: Record<string, unknown>,
  seen: Record<string, unknown>,
): Difference[] {
  const rules = catalogue.attributesOf(className).filter((rule) => rule.copied)
  return rules.flatMap(({ name }) => {
    const [actual, wanted] = [seen[name] ?? null, authorized[name] ?? null]
    return actual === null || isDeepStrictEqual(actual, wanted) ? [] : [{ attribute: name, authorized: wanted, actual }]
  })
}
