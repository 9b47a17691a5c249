import { batch } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'
import { isOver } from './deployment.lifecycle.ts'
import { Estimate } from './deployment.types.ts'

/** What an estimate is made from; durations in seconds. */
export interface EstimateFacts {
  /** Targets that are not settled. */
  left: number
  /** Attempts of this deployment that ended, and over how long. */
  ended: number
  elapsed: number
  /** Attempts through the same product that ended well before, and how long they took: quarter, median, nine tenths. */
  earlier: number
  quick: number
  slow: number
  atOnce: number
}

/** A range of seconds left: from the rate so far if it is known, else from earlier attempts, else null. */
export function estimated(facts: EstimateFacts): Estimate | null {
  if (facts.left === 0) return null
  const range = (low: number, high: number, basis: string) =>
    Object.assign(new Estimate(), { lowSeconds: Math.floor(low), highSeconds: Math.max(1, Math.ceil(high)), basis })
  if (facts.ended >= 3 && facts.elapsed > 0) {
    const each = facts.elapsed / facts.ended
    // The fewer have ended, the wider the range.
    const spread = 1 + 1 / Math.sqrt(facts.ended)
    const rest = facts.left * each
    return range(rest / spread, rest * spread, `${facts.ended} targets of this deployment so far`)
  }
  if (facts.earlier >= 3) {
    const rounds = Math.ceil(facts.left / facts.atOnce)
    return range(
      rounds * facts.quick,
      rounds * facts.slow,
      `${facts.earlier} earlier attempts through the same product`,
    )
  }
  return null
}

/** The estimate of a deployment that is not over, all of a level in one statement. */
export async function estimateOf(context: Context, deployment: Deployment): Promise<Estimate | null> {
  if (isOver(deployment.state) || deployment.distribution === 'MANUAL') return null
  const facts = await batch(context, 'estimate', deployment.uuid, async (uuids) => {
    const found = await rows<EstimateFacts & { id: string }>(
      context.em,
      `select d.uuid as id, d.max_in_flight as "atOnce",
         (select count(*)::int from deployment_target t where t.deployment_id = d.uuid
            and t.state in ('PENDING', 'DEFERRED', 'RUNNING')) as left,
         mine.ended, mine.elapsed, coalesce(before.earlier, 0) as earlier, before.quick, before.slow
       from deployment d
         cross join lateral (
           select count(*)::int as ended,
             coalesce(extract(epoch from now() - min(a.created_at)), 0)::float8 as elapsed
           from attempt a where a.deployment_id = d.uuid and a.finished_at is not null) mine
         cross join lateral (
           select count(*)::int as earlier,
             percentile_cont(0.25) within group (order by took)::float8 as quick,
             percentile_cont(0.9) within group (order by took)::float8 as slow
           from (select extract(epoch from a.finished_at - a.started_at) as took
             from deployment e join attempt a on a.deployment_id = e.uuid
             where e.product_id = d.product_id and e.uuid <> d.uuid and a.state = 'OK'
             order by a.created_at desc limit 500) took) before
       where d.uuid = any($1::uuid[])`,
      [uuids],
    )
    return new Map(found.map((one) => [one.id, one]))
  })
  return facts ? estimated(facts) : null
}
