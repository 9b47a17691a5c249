import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches, requireReach, viewerOf } from './authorize.ts'
import { batch } from './batch.ts'
import type { Context, Viewer } from './context.ts'
import { Forbidden } from './errors.ts'
import { rows } from './sql.ts'

/** SQL for the targets of a noun: columns `owner` (UUID of the release, task or deployment) and `scope_ids`. */
export type TargetScopes = string

/** A noun that has targets. */
interface Planned {
  uuid: string
  id: string
  scopeIds: readonly string[]
  displayName: string
}

/**
 * The rule for whoever holds a permission only in part of the estate: to see a release, task or deployment, one target
 * within reach is enough; to do something to it is to do it to all of them, so every target must be within reach.
 *
 * @throws Forbidden naming the thing and the permission
 */
export async function requireWholeReach(
  em: EntityManager,
  viewer: Viewer,
  permission: string,
  thing: Planned,
  targets: TargetScopes,
): Promise<void> {
  requireReach(viewer, permission, thing)
  const reach = viewer.reach(permission)
  if (reach === 'estate' || !(await beyondReach(em, targets, reach, [thing.uuid])).has(thing.uuid)) return
  throw new Forbidden(
    `${viewer.name} may not do this to ${thing.displayName}: it has targets that the permission ${permission} does not reach.`,
    { rule: permission, itemId: thing.id },
  )
}

/** `requireWholeReach` as an answer, for `allowedActions`; one statement for all things of a level. */
export async function reachesWhole(
  context: Context,
  permission: string,
  thing: Pick<Planned, 'uuid' | 'scopeIds'>,
  targets: TargetScopes,
): Promise<boolean> {
  const viewer = viewerOf(context)
  const reach = viewer.reach(permission)
  if (reach === 'estate' || !reaches(viewer, permission, thing.scopeIds)) return reach === 'estate'
  const beyond = await batch(context, `beyond ${reach.join()} of ${targets}`, thing.uuid, async (uuids) => {
    const found = await beyondReach(context.em, targets, reach, uuids)
    return new Map(uuids.map((uuid) => [uuid, found.has(uuid)]))
  })
  return !beyond
}

/** Those that have a target outside these scopes. */
async function beyondReach(
  em: EntityManager,
  targets: TargetScopes,
  reach: readonly string[],
  owners: readonly string[],
): Promise<Set<string>> {
  const found = await rows<{ owner: string }>(
    em,
    `select distinct owner from (${targets}) x where owner = any($1::uuid[]) and not scope_ids && $2::uuid[]`,
    [owners, reach],
  )
  return new Set(found.map(({ owner }) => owner))
}
