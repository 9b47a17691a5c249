import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../../kernel/sql.ts'
import type { CatalogueKeeper } from '../../catalogue/keeper.ts'
import type { ClassRule, JunkValue } from './rule.ts'
import { IdentityRules } from './rules.ts'

/** The columns of a ClassRule. */
export const RULE = `class_name as "className", identifiers, host, "values", insert_from as "insertFrom", version`

/** All rules as they are now. */
export async function loadRules(em: EntityManager, catalogue: Pick<CatalogueKeeper, 'fresh'>): Promise<IdentityRules> {
  const found = await rows<ClassRule>(em, `select ${RULE} from identity_rule`)
  const junk = await rows<JunkValue>(em, 'select kind, pattern from junk_value')
  return new IdentityRules(await catalogue.fresh(em), found, junk, await rulesRevision(em))
}

/** Grows with every change of a rule, so that work begun under older ones can tell. */
export async function rulesRevision(em: EntityManager): Promise<number> {
  const now = await row<{ n: string }>(
    em,
    'select case when is_called then last_value else 0 end as n from identity_revision',
  )
  return Number(now!.n)
}

/** Call it with every change of a rule. A sequence does not roll back: at worst something is looked at once too often. */
export async function rulesChanged(em: EntityManager): Promise<void> {
  await rows(em, `select nextval('identity_revision')`)
}
