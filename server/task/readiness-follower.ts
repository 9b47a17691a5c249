/**
 * Lets tasks hear of what happens below them: an item that is not authorized any more or moved to another site, a package
 * version that is withdrawn.
 * Items and packages do not know tasks; this reads the event log. It may run in several processes at once, and what it
 * missed while none ran it makes up for at its start.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../kernel/event-log.ts'
import { followLog } from '../kernel/follow-log.ts'
import { rows } from '../kernel/sql.ts'
import { Release } from '../release/release.entity.ts'
import { openTasks, settle } from './task-follow.ts'

/** Waybill itself changes WAITING and READY. */
const BECAUSE = { by: null }

/** Starts it. `onFault` hears of what interrupted it; it goes on by itself. `stop` ends it. */
export function followEstate(
  em: EntityManager,
  events: EventLog,
  onFault: (fault: unknown) => void,
): { stop(): Promise<void> } {
  return followLog(events, {
    topics: ['item.changed', 'packageVersion.changed'],
    catchUp: () => follow(em.fork(), null),
    follow: (found) => follow(em.fork(), [...new Set(found.map(({ subject }) => subject))]),
    onFault,
  })
}

/** Lets releases and tasks follow these items and package versions (UUIDs); null: all of them. */
async function follow(em: EntityManager, subjects: string[] | null): Promise<void> {
  await followScopes(em, subjects)
  await settleReleases(em, subjects)
}

/** An item that moved to another site takes those who may see its releases and tasks with it. */
async function followScopes(em: EntityManager, subjects: string[] | null): Promise<void> {
  for (const noun of ['release', 'task']) {
    const own = noun === 'release' ? 'x.own_scope_ids' : `'{}'::uuid[]`
    await rows(
      em,
      `with now as (
         select x.uuid, array(select distinct s from unnest(array_agg(scope) || ${own}) as s order by s) as scopes
         from ${noun} x join ${noun}_target t on t.${noun}_id = x.uuid join configuration_item i on i.uuid = t.item_id,
           unnest(i.scope_ids) as scope
         where $1::uuid[] is null
           or exists (select from ${noun}_target o where o.${noun}_id = x.uuid and o.item_id = any($1))
         group by x.uuid)
       update ${noun} set scope_ids = now.scopes from now where ${noun}.uuid = now.uuid and scope_ids <> now.scopes`,
      [subjects],
    )
  }
}

/** Looks again at the tasks that have to do with these items and package versions (UUIDs); null: at all. */
async function settleReleases(em: EntityManager, subjects: string[] | null): Promise<void> {
  const releases = await rows<{ uuid: string }>(
    em,
    `select distinct k.release_id as uuid from task k where k.state in ('WAITING', 'READY') and ($1::uuid[] is null
       or k.source_id = any($1) or exists (select from task_target t where t.task_id = k.uuid and t.item_id = any($1)))
     order by 1`,
    [subjects],
  )
  for (const { uuid } of releases) {
    await em.fork().transactional(async (em) => {
      await em.findOneOrFail(Release, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE })
      await settle(em, await openTasks(em, uuid), BECAUSE)
    })
  }
}
