/**
 * Lets tasks hear of what happens below them: an item that is not authorized any more, a package version that is withdrawn.
 * Items and packages do not know tasks; this reads the event log. It may run in several processes at once, and what it
 * missed while none ran it makes up for at its start.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../kernel/event-log.ts'
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
  const ended = new AbortController()
  const { signal } = ended

  async function follow(): Promise<void> {
    const since = events.positionAt(events.head())
    await settleReleases(em.fork(), null)
    const filter = { topics: ['item.changed', 'packageVersion.changed'] as const, reach: 'estate' as const }
    for await (const { resync, events: found } of events.read(filter, since, signal)) {
      if (resync) return
      if (found.length > 0) await settleReleases(em.fork(), [...new Set(found.map(({ subject }) => subject))])
    }
  }

  const running = (async () => {
    while (!signal.aborted) {
      await follow().catch(async (fault: unknown) => {
        if (signal.aborted) return
        onFault(fault)
        await sleep(1_000, undefined, { signal }).catch(() => undefined) // 1 s
      })
    }
  })()
  return {
    stop: async () => {
      ended.abort()
      await running
    },
  }
}

/** Looks again at the tasks that have to do with these items and package versions (UUIDs); null: at all. */
export async function settleReleases(em: EntityManager, subjects: string[] | null): Promise<void> {
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
