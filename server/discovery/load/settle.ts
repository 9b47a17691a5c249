/** Chooses the values of items anew from what their sources say, and notes what changed. Its result depends on nothing else. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { isDeepStrictEqual } from 'node:util'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { winnersOf, type Witness } from '../identity/values.ts'
import { jsonOf } from './clean.ts'

const BATCH = 2_000 // items

/** What the sources of some items say now. Subquery of one row for each: `item`, `witnesses`. */
export const WITNESSES = `select o.actual_item_id as item, json_agg(json_build_object('observationId', o.uuid, 'source', o.source,
    'kind', coalesce(p.kind, o.source), 'key', o.native_key, 'name', o.name, 'attributes', o.attributes,
    'at', (extract(epoch from o.last_at) * 1000)::bigint, 'age', extract(epoch from o.aged_at - o.last_at), 'missing', o.missing,
    'runId', o.run_id, 'productId', o.product_id, 'product', p.name)) as witnesses
  from observation o left join management_product p on p.uuid = o.product_id`

export interface Settled {
  uuid: string
  name: string
  attributes: Record<string, unknown>
  details: Record<string, unknown>
}

/** The items of a table `touched (item uuid)`, batch by batch; `note` gets those whose values changed. */
export async function settle(
  em: EntityManager,
  rules: IdentityRules,
  at: Date,
  note: (settled: Settled[]) => Promise<void>,
): Promise<void> {
  let batch = await heard(em, '00000000-0000-0000-0000-000000000000')
  while (batch.length > 0) {
    // The database gathers the next ones while the values of these are chosen.
    const asked = batch.length < BATCH ? Promise.resolve([]) : heard(em, batch.at(-1)!.uuid)
    const settled = batch.flatMap((item): Settled[] => {
      if (!item.witnesses) return []
      const { name, attributes } = winnersOf(item.class_name, item.witnesses, rules)
      const details = differences(item, { name: name ?? item.name, attributes })
      return Object.keys(details).length === 0
        ? []
        : [{ uuid: item.uuid, name: name ?? item.name, attributes, details }]
    })
    batch = await asked
    if (settled.length > 0) {
      await rows(
        em,
        `update actual_item a set name = s.name, attributes = s.attributes, version = a.version + 1, updated_at = $2
       from json_to_recordset($1::json) as s(uuid uuid, name text, attributes jsonb) where a.uuid = s.uuid`,
        [jsonOf(settled), at],
      )
      await note(settled)
    }
  }
}

interface Heard {
  uuid: string
  class_name: string
  name: string
  attributes: Record<string, unknown>
  witnesses: Witness[] | null
}

const heard = (em: EntityManager, after: string) =>
  rows<Heard>(
    em,
    `select a.uuid, a.class_name, a.name, a.attributes, w.witnesses
     from (select item from touched where item > $1::uuid order by item limit ${BATCH}) t join actual_item a on a.uuid = t.item
     left join lateral (${WITNESSES} where o.actual_item_id = t.item and o.current group by 1) w on true order by a.uuid`,
    [after],
  )

interface Shown {
  name: string
  attributes: Record<string, unknown>
}

function differences(before: Shown, after: Shown): Record<string, unknown> {
  const details: Record<string, unknown> = {}
  if (before.name !== after.name) details.name = { from: before.name, to: after.name }
  for (const attribute of new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)])) {
    const [from, to] = [before.attributes[attribute] ?? null, after.attributes[attribute] ?? null]
    if (!isDeepStrictEqual(from, to)) details[attribute] = { from, to }
  }
  return details
}
