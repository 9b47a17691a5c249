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
 * itself saw is of that deployment. What a person's decision did to what is shown, such as a merge of identities, changed no
 * thing and is left out. Each change is looked at by itself, so that a page of them costs no more than its length.
 */
export const changesWhere = (
  condition: string,
) => `select v.uuid as actual, v.name, v.class_name, v.valid_from as at, k.attribute, 'VALUE' as kind, null::uuid as other,
       v.attributes->k.attribute as value, b.attributes->k.attribute as before, d.uuid as deployment,
       coalesce(d.number, case when g.cause = 'DEPLOYMENT' then g.origin_number end) as number,
       case when g.cause = 'DEPLOYMENT' then g.origin_id end as origin
     from actual_item_version v join actual_item_version b on b.uuid = v.uuid and b.valid_to = v.valid_from
       cross join lateral (select jsonb_object_keys(v.attributes || b.attributes) as attribute) k
       left join graph_change g on g.uuid = v.change_id
       left join lateral (
         select d.uuid, d.number from (select v.uuid union select h.uuid from ${hostsOf('v.uuid', ever)} h) m
           join configuration_item c on c.actual_item_id = m.uuid
           join deployment_target t on t.item_id = c.uuid join deployment d on d.uuid = t.deployment_id
           join package_version p on p.uuid = d.source_id join package n on n.uuid = p.package_id
         where (t.touched or t.state = 'REPORTED_OK') and d.started_at <= v.valid_from
           and coalesce(d.finished_at, 'infinity') >= b.valid_from
           and (v.attributes->>'package' is null or v.attributes->>'package' = n.name)
           and case k.attribute when 'package' then n.name = v.attributes->>'package' when 'version' then p.number = v.attributes->>'version'
             when 'runningVersion' then p.number = v.attributes->>'runningVersion' when 'digest' then p.digest = v.attributes->>'digest'
             else k.attribute in ('path', 'startedAt', 'answering') end
         order by d.started_at desc limit 1) d on true
     where (${condition}) and g.cause is distinct from 'MUTATION' and v.attributes->k.attribute is distinct from b.attributes->k.attribute`

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
    `${changesWhere('v.uuid = any($1::uuid[])')} order by v.uuid, v.valid_from desc, k.attribute`,
    [actualIds],
  )
  const all = found.map(({ actual, at, attribute, value, deployment, number, origin }): ChangedValue => ({
    ...{ actual, at, attribute, value },
    deploymentId: deployment ? toNodeId('dpl', deployment) : origin,
    deploymentNumber: number,
  }))
  return groupedBy(all, ({ actual }) => actual)
}
