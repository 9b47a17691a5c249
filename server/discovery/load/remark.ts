import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { marksOf, type Told } from '../identity/marks.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { writeStaged, type Staging } from './staging.ts'

const BATCH = 2_000 // items

/** What was told in part has the marks of all that is known of it now; also what was told twice. */
export async function remarkPartial(em: EntityManager, staging: Staging, rules: IdentityRules): Promise<void> {
  let after = -1
  for (;;) {
    const batch = await rows<Told & { n: string }>(
      em,
      `select s.n, s.class_name as "className", s.name, s.attributes, s.identifiers from seen s
       where s.n > $1 and not s.same and not s.mention and s.obs is not null
         and exists (select from ${staging.items} i where i.family = s.family and i.key = s.key and i.partial)
       order by s.n limit ${BATCH}`,
      [after],
    )
    if (batch.length === 0) return
    after = Number(batch.at(-1)!.n)
    const marks = batch.flatMap((one) => marksOf(one, rules).map((mark) => ({ n: Number(one.n), scope: '', ...mark })))
    await rows(em, `delete from ${staging.marks} where n = any($1::bigint[])`, [batch.map(({ n }) => n)])
    await writeStaged(em, staging, 'marks', marks)
    if (batch.length < BATCH) return
  }
}
