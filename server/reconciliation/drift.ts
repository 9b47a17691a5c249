/** What brought a change of what is seen: a deployment to that machine in that time, or nothing that is known. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { groupedBy } from '../kernel/batch.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { hostsOf } from '../discovery/places.ts'

export interface ChangedValue {
  actual: string
  /** When the version begins that has the new value. */
  at: string
  attribute: string
  value: unknown
  deploymentId: string | null
  deploymentNumber: string | null
}

const ever = () => 'true'

/**
 * SQL: every change of a value among the versions `v` and attributes `k.attribute` that the condition takes, with the
 * `deployment` and `number` that explain it, and the `origin` of what a confirmation saw. A deployment explains it when it had
 * the machine among its targets and reached it, ran in the time between the version before and this one, and left such a
 * value: its package, version and digest; of what every installation changes, any. What the confirmation of a deployment
 * itself saw is of that deployment.
 */
export const changesWhere = (condition: string) => `with changed as materialized (
       select v.uuid, v.valid_from, b.valid_from as since, v.attributes, v.change_id, k.attribute, v.attributes->k.attribute as value,
         b.attributes->k.attribute as before
       from actual_item_version v join actual_item_version b on b.uuid = v.uuid and b.valid_to = v.valid_from
         cross join lateral (select jsonb_object_keys(v.attributes || b.attributes) as attribute) k
       where (${condition}) and v.attributes->k.attribute is distinct from b.attributes->k.attribute),
     host as (
       select c.actual_item_id as uuid, c.uuid as item from configuration_item c where c.actual_item_id in (select uuid from changed)
       union
       select s.uuid, c.uuid from (select distinct uuid from changed) s cross join lateral ${hostsOf('s.uuid', ever)} h
         join configuration_item c on c.actual_item_id = h.uuid)
     select x.uuid as actual, x.valid_from as at, x.attribute, x.value, x.before, d.uuid as deployment,
       coalesce(d.number, case when g.cause = 'DEPLOYMENT' then g.origin_number end) as number,
       case when g.cause = 'DEPLOYMENT' then g.origin_id end as origin
     from changed x left join graph_change g on g.uuid = x.change_id
       left join lateral (
         select d.uuid, d.number from host h join deployment_target t on t.item_id = h.item join deployment d on d.uuid = t.deployment_id
           join package_version p on p.uuid = d.source_id join package k on k.uuid = p.package_id
         where h.uuid = x.uuid and (t.touched or t.state = 'REPORTED_OK') and d.started_at <= x.valid_from
           and coalesce(d.finished_at, 'infinity') >= x.since
           and (x.attributes->>'package' is null or x.attributes->>'package' = k.name)
           and case x.attribute when 'package' then k.name = x.value #>> '{}' when 'version' then p.number = x.value #>> '{}'
             when 'runningVersion' then p.number = x.value #>> '{}' when 'digest' then p.digest = x.value #>> '{}'
             else x.attribute in ('path', 'startedAt', 'answering') end
         order by d.started_at desc limit 1) d on true`

interface FoundChange {
  actual: string
  at: string
  attribute: string
  value: unknown
  deployment: string | null
  number: string | null
  origin: string | null
}

/** Every change of a value of these actual items, newest first, by UUID. One statement. */
export async function changedValues(
  em: EntityManager,
  actualIds: readonly string[],
): Promise<Map<string, ChangedValue[]>> {
  if (actualIds.length === 0) return new Map()
  const found = await rows<FoundChange>(
    em,
    `${changesWhere('v.uuid = any($1::uuid[])')} order by x.uuid, x.valid_from desc, x.attribute`,
    [actualIds],
  )
  const all = found.map(({ actual, at, attribute, value, deployment, number, origin }): ChangedValue => ({
    ...{ actual, at, attribute, value },
    deploymentId: deployment ? toNodeId('dpl', deployment) : origin,
    deploymentNumber: number,
  }))
  return groupedBy(all, ({ actual }) => actual)
}
