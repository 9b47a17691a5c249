import type { EntityManager } from '@mikro-orm/postgresql'
import { groupedBy } from '../kernel/batch.ts'
import { rows } from '../kernel/sql.ts'
import { fitsAsTable, fitValues, type ClassFit } from './promotion-mapping.ts'
import type { LinkRule, LinkStrength, ReconciliationTask } from './reconciliation-task.entity.ts'

export interface Candidates {
  items: string[]
  strength: LinkStrength
  /** The rule that found them, in words. */
  rule: string
}

/** Two that have each a machine ID, and not the same, are never one thing. */
const NOT_CONTRADICTED = `(c.attributes->>'machineId' is null or a.attributes->>'machineId' is null
  or c.attributes->>'machineId' = a.attributes->>'machineId')`

/**
 * The items that each of these actual items could be, by UUID of the actual item, by the first rule of the task that finds any.
 * Only things of one class belong together, or of two that a mapping joins; linked and decommissioned items are no candidates. One statement.
 */
export async function candidatesByRules(
  em: EntityManager,
  actualIds: readonly string[],
  task: Pick<ReconciliationTask, 'linkRules' | 'caseSensitive' | 'siteId'>,
  fits: readonly ClassFit[],
): Promise<Map<string, Candidates>> {
  if (task.linkRules.length === 0 || actualIds.length === 0) return new Map()
  const values: unknown[] = [actualIds, task.siteId, ...fitValues(fits)]
  const same = (left: string, right: string) =>
    task.caseSensitive ? `${left} = ${right}` : `lower(${left}) = lower(${right})`
  const parts = task.linkRules.map((rule, place) => {
    values.push(place)
    const number = `$${values.length}::int`
    return `select a.uuid as actual, c.uuid as item, ${number} as place from actual_item a
      join fit f on f.seen = a.class_name join configuration_item c on c.class_name = f.item and ${conditionOf(rule, values, same)}
      where a.uuid = any($1::uuid[]) and c.actual_item_id is null and c.state <> 'DECOMMISSIONED'
        and ($2::uuid is null or c.scope_ids @> array[$2::uuid]) and ${NOT_CONTRADICTED}`
  })
  const found = await rows<{ actual: string; item: string; place: number }>(
    em,
    `with fit as ${fitsAsTable(3)} ${parts.join(' union all ')} order by actual, place, item`,
    values,
  )
  return new Map(
    [...groupedBy(found, ({ actual }) => actual)].map(([actual, all]) => {
      const place = Math.min(...all.map((one) => one.place))
      const rule = task.linkRules[place]!
      const items = all.filter((one) => one.place === place).map(({ item }) => item)
      return [actual, { items, strength: rule.strength, rule: wordsOf(rule) }]
    }),
  )
}

function conditionOf(rule: LinkRule, values: unknown[], same: (left: string, right: string) => string): string {
  if (rule.by === 'NAME') return same('c.name', 'a.name')
  if (rule.by === 'IDENTITY') {
    return `((c.product_id = a.product_id and c.native_key = a.native_key) or c.attributes->>'machineId' = a.attributes->>'machineId')`
  }
  values.push(rule.attribute)
  const name = `$${values.length}::text`
  return `c.attributes->>${name} <> '' and ${same(`c.attributes->>${name}`, `a.attributes->>${name}`)}`
}

export function wordsOf(rule: LinkRule): string {
  if (rule.by === 'ATTRIBUTE') return `the same ${rule.attribute}`
  return rule.by === 'NAME' ? 'the same name' : 'the same identity'
}
