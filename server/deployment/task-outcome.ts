import type { EntityManager } from '@mikro-orm/postgresql'
import { row } from '../kernel/sql.ts'
import type { Task } from '../task/task.entity.ts'
import { taskLifecycle, type TaskAction } from '../task/task.lifecycle.ts'
import { activeStates, overStates } from './deployment.lifecycle.ts'

/** How far the deployments of a task are, roll-backs apart where it says so. */
export interface TaskFacts {
  /** Under way, without roll-backs. Numbers. */
  forward: string[]
  /** Under way or still planned, whatever they do. */
  open: number
  /** Ended since somebody last started the task by hand, without roll-backs. Numbers. */
  ended: string[]
  targets: number
  /** Seen to have what the task carries, by the last deployment that touched them. */
  confirmed: number
  /** Left out by a person, or decommissioned: nothing will come to them. */
  leftOut: number
  /** Failed, timed out, or seen to have something else. */
  bad: number
  /** Reported and not looked at yet. */
  awaited: number
}

/** What the deployments of a task make of it, with the reason; null: it stays as it is. */
export function outcomeOf(
  state: Task['state'],
  facts: TaskFacts,
): { action: TaskAction & ('start' | 'complete' | 'fail'); reason: string } | null {
  const can = (action: TaskAction) => taskLifecycle.next(state, action) !== null
  if (facts.forward.length > 0) {
    return can('start') ? { action: 'start', reason: `Under way: ${facts.forward.join(', ')}.` } : null
  }
  if (facts.open > 0 || facts.ended.length === 0) return null
  const ended = `Ended: ${facts.ended.join(', ')}.`
  if (facts.confirmed > 0 && facts.confirmed + facts.leftOut === facts.targets) {
    // What has ended before anybody looked has begun all the same.
    if (!can('complete')) return can('start') ? { action: 'start', reason: ended } : null
    const rest = facts.leftOut > 0 ? `, ${facts.leftOut} left out` : ''
    return { action: 'complete', reason: `${ended} ${facts.confirmed} of ${facts.targets} targets confirmed${rest}.` }
  }
  if (facts.bad === 0 || facts.awaited > 0) return null
  if (!can('fail')) return state === 'READY' ? { action: 'start', reason: ended } : null
  return { action: 'fail', reason: `${ended} ${facts.bad} of ${facts.targets} targets failed or were contradicted.` }
}

/** The facts of one task, in one statement. */
export async function factsOf(em: EntityManager, task: Task): Promise<TaskFacts> {
  return (await row<TaskFacts>(em, FACTS, [task.uuid, [...activeStates], [...overStates], task.sourceId]))!
}

const FACTS = `
  with d as (select * from deployment where task_id = $1),
  last as (
    select i.state as item_state, x.state, x.confirmation, x.carries
    from task_target t join configuration_item i on i.uuid = t.item_id
    left join lateral (
      select x.state, x.confirmation, d.roll_back_of_id is null and d.source_id = coalesce($4, d.source_id) as carries
      from deployment_target x join d on d.uuid = x.deployment_id
      where x.item_id = t.item_id and d.started_at is not null and x.state not in ('PENDING', 'DEFERRED', 'CANCELLED')
      order by d.started_at desc limit 1) x on true
    where t.task_id = $1)
  select array(select number from d where state = any($2) and roll_back_of_id is null order by number) as forward,
    (select count(*)::int from d where state = 'EXPIRED' or state <> all($3)) as open,
    array(select number from d where state in ('SUCCEEDED', 'PARTIAL', 'FAILED') and roll_back_of_id is null
      and finished_at > coalesce((select max(at) from history where subject = $1 and action = 'start' and actor is not null),
        '-infinity') order by number) as ended,
    count(*)::int as targets,
    count(*) filter (where state = 'REPORTED_OK' and confirmation = 'CONFIRMED' and carries)::int as confirmed,
    count(*) filter (where (state = 'EXCLUDED' or item_state = 'DECOMMISSIONED')
      and not coalesce(state = 'REPORTED_OK' and confirmation = 'CONFIRMED' and carries, false))::int as "leftOut",
    count(*) filter (where item_state <> 'DECOMMISSIONED'
      and (state in ('FAILED', 'TIMED_OUT') or confirmation = 'CONTRADICTED'))::int as bad,
    count(*) filter (where state = 'REPORTED_OK' and confirmation = 'AWAITED')::int as awaited
  from last`
