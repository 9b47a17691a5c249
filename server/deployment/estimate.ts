import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'
import { isOver } from './deployment.lifecycle.ts'
import { DeploymentProgress, Estimate, Foretold, StepWeight } from './forecast/forecast.types.ts'

interface Forecast {
  id: string
  closed: boolean
  said_at: Date
  said_basis: string | null
  low: number | null
  high: number | null
  percent: number
  reason: string | null
  reason_at: Date | null
  off_percent: number | null
  off_runs: number
  steps: { step: string; seconds: number }[]
  first_low: number | null
  first_high: number | null
  took: number | null
}

/** What `forecast/keeper.ts` last kept of a deployment, all of a level in one statement. */
function forecastOf(context: Context, deployment: Deployment): Promise<Forecast | null> {
  return batch(context, 'forecast', deployment.uuid, async (uuids) =>
    byKey(
      await rows<Forecast>(
        context.em,
        `select distinct on (deployment_id) deployment_id as id, closed_at is not null as closed, said_at, said_basis,
           low_seconds as low, high_seconds as high, percent, reason, reason_at, off_percent, off_runs, steps, first_low, first_high,
           took_seconds as took
         from forecast where deployment_id = any($1::uuid[]) order by deployment_id, made_at desc`,
        [uuids],
      ),
      ({ id }) => id,
    ),
  )
}

/** How long it still takes; null when nothing is known, and when it is over. */
export async function estimateOf(context: Context, deployment: Deployment): Promise<Estimate | null> {
  const found = isOver(deployment.state) ? null : await forecastOf(context, deployment)
  if (!found || found.closed || found.low === null || found.high === null) return null
  return Object.assign(new Estimate(), {
    lowSeconds: Math.floor(found.low),
    highSeconds: Math.max(1, Math.ceil(found.high)),
    basis: found.said_basis ?? '',
    at: found.said_at,
    offPercent: found.off_percent,
    offRuns: found.off_runs,
  })
}

/** How far it is; null before it began, and when it is over. */
export async function progressOf(context: Context, deployment: Deployment): Promise<DeploymentProgress | null> {
  const found = isOver(deployment.state) ? null : await forecastOf(context, deployment)
  if (!found || found.closed) return null
  const whole = found.steps.reduce((sum, { seconds }) => sum + seconds, 0)
  return Object.assign(new DeploymentProgress(), {
    percent: found.percent,
    at: found.said_at,
    reason: found.reason,
    reasonAt: found.reason_at,
    weights: found.steps.map(({ step, seconds }) =>
      Object.assign(new StepWeight(), { name: step, seconds, percent: whole > 0 ? (100 * seconds) / whole : 0 }),
    ),
  })
}

/** What was foretold at its beginning and what it took; null where nothing was foretold, or it was stopped. */
export async function foretoldOf(context: Context, deployment: Deployment): Promise<Foretold | null> {
  const found = isOver(deployment.state) ? await forecastOf(context, deployment) : null
  if (!found || found.took === null || found.first_low === null || found.first_high === null) return null
  return Object.assign(new Foretold(), {
    lowSeconds: Math.floor(found.first_low),
    highSeconds: Math.max(1, Math.ceil(found.first_high)),
    tookSeconds: found.took,
  })
}
