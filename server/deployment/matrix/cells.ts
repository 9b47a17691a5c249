import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import { groupedBy } from '../../kernel/batch.ts'
import type { Context } from '../../kernel/context.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { rows } from '../../kernel/sql.ts'
import { thingsOn } from '../../discovery/places.ts'
import { TargetCounts } from '../deployment.types.ts'
import { placesOf, siteClasses } from './columns.ts'
import { MatrixCell, type MatrixColumn, type MatrixDrift } from './matrix.types.ts'
import { lastSeenOf } from '../../discovery/last-seen.ts'

/** The newest: ids of one noun are in the order in which they were made. */
const MOST_DEPLOYMENTS = 10
const MOST_DRIFT = 10

/**
 * SQL: what was seen last of the package `k` on the item `i`, as `s`: version, digest, whether it is still there, when; looked for
 * only `when` it matters. Also what is gone is found, so that it can be told from what nobody ever saw.
 */
const seenLast = (when: string) => `lateral (
  select a.attributes->>'version' as version, a.attributes->>'digest' as digest, a.state = 'PRESENT' as present, ${lastSeenOf('a')} as at
  from (select uuid from ${thingsOn('i.actual_item_id', () => 'true')} t union select i.actual_item_id) t
    join actual_item a on a.uuid = t.uuid and a.class_name = 'SoftwareInstallation' and a.attributes->>'package' = k.name
  where ${when} order by present desc, at desc, a.uuid limit 1) s`

interface Found {
  releaseId: string
  columnId: string | null
  targets: number
  notDeployed: number
  replaced: number
  drifted: number
  drift: (Omit<MatrixDrift, 'seenAt'> & { seenAt: string })[] | null
  at: Date | null
  deploymentIds: string[] | null
  replacedByIds: string[] | null
  counts: TargetCounts
}

/**
 * The cells of these releases in these columns, by UUID of the release. `unit` is the latest try at each target with each package,
 * `pair` also what is planned and not tried; both within what the caller sees. `latest` is what any release brought last. One statement.
 */
export async function cellsOf(
  context: Context,
  releaseIds: readonly string[],
  columns: readonly MatrixColumn[],
): Promise<Map<string, MatrixCell[]>> {
  const viewer = viewerOf(context)
  const values: unknown[] = [releaseIds, columns.map(({ itemId }) => itemId), siteClasses(context)]
  const items = scopeCondition(viewer, 'estate.read', 'i.scope_ids', values) ?? 'true'
  const reach = viewer.reach('deployment.read')
  const targets =
    reach !== 'estate' && reach.length === 0
      ? 'false'
      : (scopeCondition(viewer, 'deployment.read', 't.scope_ids', values) ?? 'true')
  const state = (name: string) => `count(*) filter (where u.state = '${name}')`
  const seen = (name: string) => `count(*) filter (where u.state = 'REPORTED_OK' and u.confirmation = '${name}')`
  const found = await rows<Found>(
    context.em,
    `with unit as (
       select distinct on (d.release_id, t.item_id, v.package_id) d.release_id, t.item_id, v.package_id, d.source_id, d.uuid as deployment_id,
         d.started_at, coalesce(t.settled_at, d.started_at, d.created_at) as at, t.state, t.confirmation
       from deployment d join deployment_target t on t.deployment_id = d.uuid join package_version v on v.uuid = d.source_id
       where d.release_id = any($1::uuid[]) and ${targets} and not (d.started_at is null and d.state in ('CANCELLED', 'SUPERSEDED'))
       order by d.release_id, t.item_id, v.package_id, coalesce(d.started_at, d.created_at) desc, d.uuid desc
     ), pair as (
       select k.release_id, t.item_id, v.package_id from task k join task_target t on t.task_id = k.uuid join package_version v on v.uuid = k.source_id
         where k.release_id = any($1::uuid[]) and k.type = 'SOFTWARE_DISTRIBUTION' and k.state <> 'CANCELLED'
       union select release_id, item_id, package_id from unit
     ), listed as (
       select release_id, item_id from release_target where release_id = any($1::uuid[]) union select release_id, item_id from pair
     ), latest as (
       select distinct on (o.item_id, w.package_id) o.item_id, w.package_id, e.release_id, e.source_id, e.started_at
       from (select distinct package_id from unit) u join package_version w on w.package_id = u.package_id
         join deployment e on e.source_id = w.uuid and e.started_at is not null join deployment_target o on o.deployment_id = e.uuid
       where (o.touched or o.state = 'REPORTED_OK') and o.item_id in (select item_id from unit)
       order by o.item_id, w.package_id, e.started_at desc
     ), work as (
       select l.release_id, l.item_id, i.name, u.source_id, u.deployment_id, u.at, u.state, u.confirmation, v.number as brought, k.name as package,
         case when later.source_id <> u.source_id then later.release_id end as replaced_by, s.version as seen, s.present, s.at as seen_at,
         coalesce(later.source_id = u.source_id, true) and (not s.present or s.version <> v.number or s.digest <> v.digest) as drifted
       from listed l join configuration_item i on i.uuid = l.item_id and ${items}
         left join pair p on p.release_id = l.release_id and p.item_id = l.item_id
         left join unit u on u.release_id = p.release_id and u.item_id = p.item_id and u.package_id = p.package_id
         left join package_version v on v.uuid = u.source_id
         left join package k on k.uuid = v.package_id
         left join latest later on later.item_id = u.item_id and later.package_id = u.package_id and later.release_id <> u.release_id
           and later.started_at > u.started_at and u.state = 'REPORTED_OK'
         left join ${seenLast(`u.confirmation = 'CONFIRMED' and u.state = 'REPORTED_OK' and coalesce(later.source_id = u.source_id, true)`)} on true
     ), place as (
       select i.uuid as item_id, c.uuid as column_id
       from (select uuid, site_id, scope_ids from configuration_item where uuid in (select item_id from listed)) i
         left join lateral (select c.uuid from ${placesOf('$3')} where c.uuid = any($2::uuid[])) c on true
     ), placed as (
       select w.*, p.column_id from work w join place p on p.item_id = w.item_id
     )
     select u.release_id as "releaseId", u.column_id as "columnId", count(distinct u.item_id)::int as targets,
       (count(distinct u.item_id) filter (where u.deployment_id is null))::int as "notDeployed",
       (count(*) filter (where u.replaced_by is not null))::int as replaced, (count(*) filter (where u.drifted))::int as drifted,
       (array_agg(jsonb_build_object('itemId', u.item_id, 'itemName', u.name, 'packageName', u.package, 'brought', u.brought,
         'seen', case when u.present then u.seen end, 'seenAt', u.seen_at) order by u.name, u.package) filter (where u.drifted))[1:${MOST_DRIFT}] as drift,
       max(u.at) as at, (array_agg(distinct u.deployment_id::text order by u.deployment_id::text desc) filter (where u.deployment_id is not null))[1:${MOST_DEPLOYMENTS}] as "deploymentIds",
       array_agg(distinct u.replaced_by::text) filter (where u.replaced_by is not null) as "replacedByIds",
       jsonb_build_object('pending', ${state('PENDING')}, 'deferred', ${state('DEFERRED')}, 'running', ${state('RUNNING')}, 'reported', ${seen('AWAITED')},
         'failed', ${state('FAILED')}, 'timedOut', ${state('TIMED_OUT')}, 'inDoubt', ${state('IN_DOUBT')}, 'excluded', ${state('EXCLUDED')},
         'cancelled', ${state('CANCELLED')}, 'confirmed', ${seen('CONFIRMED')}, 'contradicted', ${seen('CONTRADICTED')}, 'unconfirmed', ${seen('UNCONFIRMED')}) as counts
     from placed u group by 1, 2`,
    values,
  )
  const places = new Map(columns.map(({ itemId }, place) => [itemId, place]))
  const cells = found
    .map((one) => cellOf(one, places.get(one.columnId) ?? columns.length))
    .sort((a, b) => a.column - b.column)
  return groupedBy(cells, ({ releaseId }) => releaseId)
}

function cellOf({ counts, drift, deploymentIds, replacedByIds, ...rest }: Found, column: number): MatrixCell {
  return Object.assign(new MatrixCell(), rest, {
    column,
    counts: Object.assign(new TargetCounts(), counts),
    drift: (drift ?? []).map((one) => ({
      ...one,
      itemId: toNodeId('ci', one.itemId),
      seenAt: new Date(one.seenAt),
    })),
    deploymentIds: deploymentIds ?? [],
    replacedByIds: replacedByIds ?? [],
  })
}
