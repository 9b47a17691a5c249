import type { EntityManager } from '@mikro-orm/postgresql'
import { Field, Int, ObjectType } from 'type-graphql'
import { BadInput } from './errors.ts'
import type { ListQuery } from './page.ts'
import { row } from './sql.ts'

/** So far rows are counted: who looks at a badge wants to know whether it is none, a few or many. */
export const MOST_COUNTED = 1_000
/** Lists that one call counts. */
export const MOST_COUNTS = 50

@ObjectType({ description: 'How many rows a list has, counted up to 1,000.' })
export class BoundedCount {
  @Field(() => Int, { description: 'At most 1,000.' })
  count!: number

  @Field(() => Boolean, { description: 'Whether there are more than that.' })
  more!: boolean
}

/** How many rows each of these lists has, all in one statement, which reads no more than it counts. */
export async function boundedCounts(em: EntityManager, lists: readonly ListQuery[]): Promise<BoundedCount[]> {
  if (lists.length > MOST_COUNTS) {
    throw new BadInput(`One call counts at most ${MOST_COUNTS} lists; ${lists.length} were asked for.`, {
      field: ['filters'],
      rule: 'list size',
      evidence: { most: MOST_COUNTS },
    })
  }
  if (lists.length === 0) return []
  const values: unknown[] = []
  const counts = lists.map((list, at) => {
    const before = values.length
    values.push(...(list.values ?? []))
    const where = list.where?.length ? ` where ${list.where.join(' and ')}` : ''
    const sql = `${list.from}${where}`.replaceAll(/\$(\d+)/g, (_, place: string) => `$${before + Number(place)}`)
    return `(select count(*)::int from (select from ${sql} limit ${MOST_COUNTED + 1}) counted) as c${at}`
  })
  const found = (await row<Record<string, number>>(em, `select ${counts.join(', ')}`, values))!
  return lists.map((_, at) => {
    const count = found[`c${at}`]!
    return { count: Math.min(count, MOST_COUNTED), more: count > MOST_COUNTED }
  })
}
