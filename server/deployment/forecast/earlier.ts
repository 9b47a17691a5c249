import type { EntityManager } from '@mikro-orm/postgresql'
import { row } from '../../kernel/sql.ts'
import type { Times } from './reckon.ts'

/** With fewer runs nothing is foretold. */
export const FEWEST = 3
/** Looked at: the newest deployments, and of those the newest runs that ended well. */
const DEPLOYMENTS = 50
const RUNS = 500
/** Forecasts by which it is said how far they are off. */
const FORECASTS = 10

interface Cargo {
  uuid: string
  product_id: string
  product: string
  kind: string
  package_id: string
  package: string
}

/** Where runs are looked for, the closest kin first, and what is said of them. */
const kin = [
  {
    where: `v.package_id = $2 and p.kind = $3`,
    values: ({ package_id, kind }: Cargo) => [package_id, kind],
    words: ({ package: name }: Cargo) => `earlier runs of ${name}`,
  },
  {
    where: `d.product_id = $2`,
    values: ({ product_id }: Cargo) => [product_id],
    words: ({ product }: Cargo) => `earlier runs through ${product}`,
  },
  {
    where: `p.kind = $2`,
    values: ({ kind }: Cargo) => [kind],
    words: () => `earlier runs through the same kind of product`,
  },
] as const

export interface Earlier {
  times: Times
  basis: string
}

/** How long runs like those of this deployment took: of the same package, else through the same product, else by the same module. */
export async function earlierRuns(em: EntityManager, deploymentId: string): Promise<Earlier | null> {
  const cargo = await row<Cargo>(
    em,
    `select d.uuid, p.uuid as product_id, p.name as product, p.kind, k.uuid as package_id, k.name as package
     from deployment d join management_product p on p.uuid = d.product_id
       join package_version v on v.uuid = d.source_id join package k on k.uuid = v.package_id
     where d.uuid = $1 and d.distribution = 'AUTOMATIC'`,
    [deploymentId],
  )
  if (!cargo) return null
  for (const { where, values, words } of kin) {
    const times = await row<Times>(
      em,
      `with run as (
         select a.step_receipts, extract(epoch from a.finished_at - a.started_at)::float8 as took
         from (select d.uuid from deployment d join management_product p on p.uuid = d.product_id
                 join package_version v on v.uuid = d.source_id
               where d.started_at is not null and d.uuid <> $1 and ${where}
               order by d.started_at desc limit ${DEPLOYMENTS}) d
           cross join lateral (select * from attempt where deployment_id = d.uuid and state = 'OK' and started_at is not null
             order by created_at desc limit ${RUNS}) a
         order by a.created_at desc limit ${RUNS}), step as (
         select s.value ->> 'step' as step, avg(s.ordinality) as place,
           percentile_cont(0.5) within group (order by (s.value ->> 'duration')::float8 / 1000) as seconds
         from run cross join lateral jsonb_array_elements(step_receipts) with ordinality s
         where s.value ->> 'outcome' in ('ok', 'skipped') group by 1)
       select count(*)::int as runs, percentile_cont(0.25) within group (order by took) as quick,
         percentile_cont(0.5) within group (order by took) as median, percentile_cont(0.9) within group (order by took) as slow,
         (select coalesce(jsonb_agg(jsonb_build_object('step', step, 'seconds', seconds) order by place, step), '[]') from step) as steps
       from run`,
      [cargo.uuid, ...values(cargo)],
    )
    if (times && times.runs >= FEWEST) return { times, basis: `${times.runs} ${words(cargo)}` }
  }
  return null
}

/** By how much forecasts through the same product were off when their deployment had ended, at the median. */
export async function offBefore(
  em: EntityManager,
  deploymentId: string,
): Promise<{ percent: number; runs: number } | null> {
  const off = await row<{ percent: number | null; runs: number }>(
    em,
    `select count(*)::int as runs, round(percentile_cont(0.5) within group (order by off) * 100)::int as percent from (
       select abs(f.took_seconds - (f.first_low + f.first_high) / 2) / ((f.first_low + f.first_high) / 2) as off
       from forecast f join deployment d on d.uuid = f.deployment_id
       where d.product_id = (select product_id from deployment where uuid = $1) and f.took_seconds is not null
         and f.first_high is not null and (f.first_low + f.first_high) > 0
       order by f.made_at desc limit ${FORECASTS}) ended`,
    [deploymentId],
  )
  return off && off.percent !== null ? { percent: off.percent, runs: off.runs } : null
}
