/** Relationships that discovery sees between things that are authorized, or are about to be, and that are not authorized themselves. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Edge } from '../item/edges.ts'
import type { BrokenRule } from '../item/relationship-rules.ts'

/** An item at one end, and what was seen of it. */
export interface End {
  uuid: string
  name: string
  className: string
  state: string
  scopeIds: string[]
  actualId: string
}

export type SeenEdge = Edge & { source: End; target: End }

export interface LeftOut {
  edge: SeenEdge
  rule: string
  why: string
}

/**
 * What is seen at these items, with linked items at both ends, and not authorized; what was seen first comes first. `coming`
 * are ends that a promotion would make or link: they count as if it had.
 */
export async function seenEdges(
  em: EntityManager,
  actualIds: readonly string[],
  coming: readonly End[] = [],
): Promise<SeenEdge[]> {
  if (actualIds.length === 0) return []
  const end = (
    at: string,
  ) => `case when ${at}.uuid is null then ${at}c.value else jsonb_build_object('uuid', ${at}.uuid, 'name', ${at}.name,
    'className', ${at}.class_name, 'state', ${at}.state, 'scopeIds', ${at}.scope_ids, 'actualId', ${at}.actual_item_id) end`
  const joined = (at: string, seen: string) => `left join configuration_item ${at} on ${at}.actual_item_id = ${seen}
       left join coming ${at}c on ${at}c.actual_id = ${seen}`
  return rows<SeenEdge>(
    em,
    `with coming as materialized (select (value->>'actualId')::uuid as actual_id, (value->>'uuid')::uuid as uuid, value->>'name' as name, value
       from jsonb_array_elements($2::jsonb))
     select r.type, coalesce(s.uuid, sc.uuid) as "sourceId", coalesce(t.uuid, tc.uuid) as "targetId", ${end('s')} as source, ${end('t')} as target
     from (select type, source_id, target_id, min(first_seen_at) as since from actual_relationship
         where gone_at is null and (source_id = any($1::uuid[]) or target_id = any($1::uuid[])) group by 1, 2, 3) r
       ${joined('s', 'r.source_id')} ${joined('t', 'r.target_id')}
     where coalesce(s.uuid, sc.uuid) is not null and coalesce(t.uuid, tc.uuid) is not null and not exists (select from relationship e
       where e.source_id = coalesce(s.uuid, sc.uuid) and e.target_id = coalesce(t.uuid, tc.uuid) and e.type = r.type and e.valid_to is null)
     order by r.since, r.type, coalesce(s.name, sc.name), coalesce(t.name, tc.name), r.source_id, r.target_id`,
    [actualIds, JSON.stringify(coming)],
  )
}

export const isAlive = ({ source, target }: SeenEdge) => gone(source) === null && gone(target) === null
export const gone = ({ state, name }: End) => (state === 'DECOMMISSIONED' ? `${name} is DECOMMISSIONED.` : null)

export const keyOf = ({ type, sourceId, targetId }: Edge) => `${type} ${sourceId} ${targetId}`

/** Those of the seen that cannot be authorized, each with why. */
export function leftOut(seen: readonly SeenEdge[], broken: readonly BrokenRule[]): LeftOut[] {
  const why = new Map(broken.map(({ edge, rule, message }) => [keyOf(edge), { rule, why: message }]))
  return seen.flatMap((edge) => {
    const dead = gone(edge.source) ?? gone(edge.target)
    const said = dead ? { rule: 'decommissioned', why: dead } : why.get(keyOf(edge))
    return said ? [{ edge, ...said }] : []
  })
}
