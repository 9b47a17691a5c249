import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { settle } from '../load/settle.ts'
import { countAges } from './age.ts'
import type { IdentityRules } from './rules.ts'

/** Chooses the values of these items anew, or of all. Answers how many changed. Call it in a transaction. */
export async function settleItems(
  em: EntityManager,
  rules: IdentityRules,
  items: readonly string[] | 'all',
): Promise<number> {
  await rows(em, 'drop table if exists touched')
  await rows(
    em,
    `create temp table touched on commit drop as select a.uuid as item from actual_item a where a.state <> 'MERGED' and ($1::uuid[] is null or a.uuid = any($1::uuid[]))`,
    [items === 'all' ? null : items],
  )
  await rows(em, 'create unique index on touched (item)')
  const now = new Date()
  await countAges(em, rules, now, 'all')
  let changed = 0
  await settle(em, rules, now, async (settled) => void (changed += settled.length))
  await rows(em, 'drop table touched')
  return changed
}
