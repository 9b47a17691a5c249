import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { editedBy, protectedPairs } from './release-approval.reads.ts'
import { Release } from './release.entity.ts'
import { decidableReleaseStates } from './release.lifecycle.ts'
import { releaseTargetScopes } from './release.service.ts'

/**
 * Releases that permit changes of protected items only once somebody approves them, that nobody decided about as they are
 * now, and that the caller may decide about: those that wait longest first, at most `limit`, and how many there are of them.
 */
export async function awaitingApprovalOfCaller(
  context: Context,
  limit: number,
): Promise<{ count: number; releases: Release[] }> {
  const viewer = viewerOf(context)
  const pairs = protectedPairs(context)
  const reach = viewer.reach('release.approve')
  if (pairs.length === 0 || (reach !== 'estate' && reach.length === 0)) return { count: 0, releases: [] }
  const values: unknown[] = [
    decidableReleaseStates,
    viewer.accountId,
    pairs.map(([name]) => name),
    pairs.map(([, state]) => state),
  ]
  const conditions = [
    `r.state = any($1::text[])`,
    `not exists (select from release_approval a where a.release_id = r.uuid and a.revision = r.revision)`,
    `not ${editedBy('r.uuid', '$2')}`,
    // The list of each, not all lists: a release is looked at only when everything else holds.
    `exists (select from (select item_id from release_target where release_id = r.uuid
         union all select item_id from release_item where release_id = r.uuid) l
       join configuration_item i on i.uuid = l.item_id
       join unnest($3::text[], $4::text[]) p(class, state) on p.class = i.class_name and p.state = i.state)`,
    ...['release.read', 'release.approve'].flatMap(
      (permission) => scopeCondition(viewer, permission, 'r.scope_ids', values) ?? [],
    ),
  ]
  // Whoever decides reaches all of its items.
  if (reach !== 'estate') {
    values.push(reach)
    conditions.push(
      `not exists (select from (${releaseTargetScopes}) x where x.owner = r.uuid and not x.scope_ids && $${values.length}::uuid[])`,
    )
  }
  const found = await rows<{ waiting: number }>(
    context.em,
    `select r.*, (count(*) over ())::int as waiting from release r where ${conditions.join(' and ')}
      order by r.updated_at, r.uuid limit ${limit}`,
    values,
  )
  return { count: found[0]?.waiting ?? 0, releases: lean(context.em, Release, found) }
}
