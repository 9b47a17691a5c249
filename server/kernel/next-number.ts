import type { EntityManager } from '@mikro-orm/postgresql'
import { row } from './sql.ts'

/** The next number of a PostgreSQL sequence, for numbers like REL-12. One that is rolled back leaves a gap. */
export async function nextNumber(em: EntityManager, sequence: string): Promise<number> {
  return Number((await row<{ n: string }>(em, 'select nextval($1::regclass) as n', [sequence]))!.n)
}
