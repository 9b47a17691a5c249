import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import type { Attempt } from './attempt.entity.ts'
import { deploymentOf } from './deployment.reads.ts'
import { UsualTime } from './deployment.types.ts'

/** With fewer runs nothing is called usual. */
const FEWEST = 20
/** Looked at: the newest deployments through the product, and of those the newest runs that ended well. */
const DEPLOYMENTS = 50
const RUNS = 500

interface Measured {
  product_id: string
  /** Null: of the whole run. */
  step: string | null
  runs: number
  seconds: number
}

/** How long runs through the same product usually take, as a whole and by their steps. */
export interface Usual {
  whole: UsualTime | null
  step(name: string): UsualTime | null
}

const NOTHING: Usual = { whole: null, step: () => null }

/** What is usual where this attempt was made; all of a level in one statement for each product. */
export async function usualFor(context: Context, attempt: Attempt): Promise<Usual> {
  const deployment = await deploymentOf(context, attempt.deploymentId)
  const productId = deployment?.productId
  if (!productId || deployment.distribution === 'MANUAL') return NOTHING
  const found = await batch(context, 'usual', productId, async (uuids) =>
    groupedBy(await measured(context, uuids), ({ product_id }) => product_id),
  )
  const times = new Map((found ?? []).map(({ step, runs, seconds }) => [step, usualTime(runs, seconds)]))
  return { whole: times.get(null) ?? null, step: (name) => times.get(name) ?? null }
}

const usualTime = (runs: number, seconds: number): UsualTime => Object.assign(new UsualTime(), { runs, seconds })

function measured(context: Context, productIds: string[]): Promise<Measured[]> {
  return rows(
    context.em,
    `with run as (
       select p.id as product_id, newest.* from unnest($1::uuid[]) as p(id) cross join lateral (
         select a.step_receipts, extract(epoch from a.finished_at - a.started_at)::float8 as took
         from (select uuid from deployment where product_id = p.id and started_at is not null
               order by started_at desc limit ${DEPLOYMENTS}) d
           cross join lateral (select * from attempt where deployment_id = d.uuid and state = 'OK' and started_at is not null
               order by created_at desc limit ${RUNS}) a
         order by a.created_at desc limit ${RUNS}) newest)
     select product_id, null as step, count(*)::int as runs,
       percentile_cont(0.95) within group (order by took)::float8 as seconds
     from run group by product_id having count(*) >= ${FEWEST}
     union all
     select product_id, s ->> 'step', count(*)::int,
       percentile_cont(0.95) within group (order by (s ->> 'duration')::float8 / 1000)::float8
     from run cross join lateral jsonb_array_elements(step_receipts) s
     where s ->> 'outcome' = 'ok' group by 1, 2 having count(*) >= ${FEWEST}`,
    [productIds],
  )
}
