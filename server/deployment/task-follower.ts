/**
 * Lets tasks follow their deployments: a task starts with the first of them, is COMPLETED when every target was seen to have
 * what was intended, and FAILED when they ended otherwise. It reads the event log, so that no deployment waits for a task.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../kernel/event-log.ts'
import { followLog } from '../kernel/follow-log.ts'
import { rows } from '../kernel/sql.ts'
import { Release } from '../release/release.entity.ts'
import { Task } from '../task/task.entity.ts'
import { moveOn } from '../task/task-moves.ts'
import { factsOf, outcomeOf } from './task-outcome.ts'

/** Starts it; `stop` ends it. */
export function followDeployments(
  em: EntityManager,
  events: EventLog,
  onFault: (fault: unknown) => void,
): { stop(): Promise<void> } {
  return followLog(events, {
    topics: ['deployment.changed'],
    catchUp: () => follow(em, null),
    follow: (found) => follow(em, [...new Set(found.map(({ subject }) => subject))]),
    onFault,
  })
}

interface Candidate {
  uuid: string
  release_id: string
}

/**
 * Tasks of these deployments (UUIDs; null: of all) for which something may have changed: those that have not started, and
 * those without a deployment under way.
 */
function candidates(em: EntityManager, deployments: string[] | null): Promise<Candidate[]> {
  return rows<Candidate>(
    em,
    `select k.uuid, k.release_id from task k join release r on r.uuid = k.release_id
     where k.type = 'SOFTWARE_DISTRIBUTION' and r.state = 'IN_PROGRESS' and k.state in ('READY', 'IN_PROGRESS', 'FAILED')
       and exists (select from deployment d where d.task_id = k.uuid and d.started_at is not null
         and ($1::uuid[] is null or d.uuid = any($1)))
       and (k.state <> 'IN_PROGRESS' or not exists (select from deployment d where d.task_id = k.uuid
         and d.state in ('QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION')))
     order by k.release_id, k.uuid`,
    [deployments],
  )
}

async function follow(em: EntityManager, deployments: string[] | null): Promise<void> {
  for (const { uuid, release_id } of await candidates(em.fork(), deployments)) {
    // A task that has ended before it was seen to have begun makes two moves.
    while (await followOne(em.fork(), uuid, release_id));
  }
}

/** Does the next move of one task, if there is one. */
function followOne(em: EntityManager, uuid: string, releaseId: string): Promise<boolean> {
  return em.transactional(async (em) => {
    const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }
    const release = await em.findOneOrFail(Release, { uuid: releaseId }, lock)
    const task = await em.findOneOrFail(Task, { uuid }, lock)
    if (release.state !== 'IN_PROGRESS') return false
    const outcome = outcomeOf(task.state, await factsOf(em, task))
    if (!outcome) return false
    await moveOn(em, { task, release }, outcome.action, { by: null, reason: outcome.reason })
    return true
  })
}
