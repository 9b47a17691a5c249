/** Two who give a name at once take turns, so that each sees what the other made: names that may stand once stay so. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'

const NAME_LOCK = 7_296_034
/** Names share so many locks: a promotion of everything would take one for each otherwise, more than PostgreSQL holds. */
const LOCKS = 64

/** Until the end of the transaction. Call it before the twin is looked for, and before a row is locked where the name is known by then. */
export async function lockNames(em: EntityManager, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await rows(
    em,
    `select pg_advisory_xact_lock($1, n.lock) from (
       select distinct hashtext(name) & ${LOCKS - 1} as lock from unnest($2::text[]) as name order by 1) n`,
    [NAME_LOCK, names],
  )
}
