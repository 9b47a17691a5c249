import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../kernel/sql.ts'
import { listedItems } from './item-gate.ts'
import { isApproval } from './is-approval.ts'
import type { ReleaseApproval } from './release-approval.types.ts'

/** What people decided about a release, oldest first; one statement for all releases of a level. */
export async function approvalsOf(context: Context, releaseId: string): Promise<ReleaseApproval[]> {
  const found = await batch(context, 'releaseApprovals', releaseId, async (releaseIds) => {
    const all = await rows<ReleaseApproval & { releaseId: string }>(
      context.em,
      `select a.release_id as "releaseId", a.by_id as "byId", a.decision, a.revision, a.comment, a.created_at as at,
         ${isApproval} as valid
       from release_approval a join release r on r.uuid = a.release_id
       where a.release_id = any($1::uuid[]) order by a.created_at, a.uuid`,
      [releaseIds],
    )
    return groupedBy(
      all.map((one) => ({ ...one, at: new Date(one.at) })),
      (one) => one.releaseId,
    )
  })
  return found ?? []
}

/** How many of the items that a release lists are in a state that their class protects. */
export async function protectedListed(context: Context, releaseId: string): Promise<number> {
  const pairs = context.services.catalogue.now.classes.flatMap(({ name, protectedStates }) =>
    protectedStates.map((state) => [name, state] as const),
  )
  if (pairs.length === 0) return 0
  const found = await batch(context, 'releaseProtected', releaseId, async (releaseIds) => {
    const counts = await rows<{ id: string; count: number }>(
      context.em,
      `select l.release_id as id, count(*)::int as count from ${listedItems} l join configuration_item i on i.uuid = l.item_id
         join unnest($2::text[], $3::text[]) p(class, state) on p.class = i.class_name and p.state = i.state
       where l.release_id = any($1::uuid[]) group by 1`,
      [releaseIds, pairs.map(([name]) => name), pairs.map(([, state]) => state)],
    )
    return new Map(counts.map(({ id, count }) => [id, count]))
  })
  return found ?? 0
}

/** Whether somebody made a release or edited it at any time. */
export async function isAuthor(em: EntityManager, releaseId: string, accountId: string): Promise<boolean> {
  return (
    (await row(
      em,
      `select 1 from history where subject = $1 and actor = $2 and (action = 'create' or changes is not null) limit 1`,
      [releaseId, accountId],
    )) !== null
  )
}

/** `isAuthor` for field resolvers: all releases of a level in one statement. */
export async function isAuthorOf(context: Context, releaseId: string, accountId: string): Promise<boolean> {
  const found = await batch(context, 'releaseAuthored', releaseId, async (releaseIds) => {
    const authored = await rows<{ id: string }>(
      context.em,
      `select distinct subject as id from history
       where subject = any($1::uuid[]) and actor = $2 and (action = 'create' or changes is not null)`,
      [releaseIds, accountId],
    )
    return new Map(authored.map(({ id }) => [id, true]))
  })
  return found ?? false
}
