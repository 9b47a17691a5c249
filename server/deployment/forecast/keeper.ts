/**
 * Keeps what is said of how long deployments still take, once a second and beside their work: those who ask read one row. It
 * begins with the first target, counts pauses out, and at the end keeps what it took, by which later forecasts say how far
 * they may be off. Any number of processes may do it: each row is taken by one of them at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityManager } from '@mikro-orm/postgresql'
import { record } from '../../kernel/events.ts'
import { rows } from '../../kernel/sql.ts'
import { earlierRuns, offBefore, FEWEST } from './earlier.ts'
import { foretold, reckon, type Times, type UnderWay } from './reckon.ts'
import { sayNext, triedAgain, type Said } from './said.ts'

const EVERY = 1_000 // ms

/** Starts it; `stop` ends it. */
export function keepForecasts(em: EntityManager, onFault: (fault: unknown) => void): { stop(): Promise<void> } {
  const ended = new AbortController()
  const { signal } = ended
  const running = (async () => {
    while (!signal.aborted) {
      await forecastOnce(em.fork()).catch((fault: unknown) => {
        if (!signal.aborted) onFault(fault)
      })
      await sleep(EVERY, undefined, { signal, ref: false }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      ended.abort()
      await running
    },
  }
}

/** One look at all deployments under way. */
export async function forecastOnce(em: EntityManager): Promise<void> {
  for (const { uuid } of await withoutForecast(em)) await begin(em, uuid)
  await em.transactional(sayAll)
}

/** Under way, and nothing is foretold since they began. */
function withoutForecast(em: EntityManager): Promise<{ uuid: string }[]> {
  return rows(
    em,
    `select uuid from deployment d where state in ('RUNNING', 'PAUSED', 'CANCELLING') and started_at is not null
       and not exists (select from forecast f where f.deployment_id = d.uuid and f.closed_at is null)`,
  )
}

async function begin(em: EntityManager, uuid: string): Promise<void> {
  const [earlier, off] = [await earlierRuns(em, uuid), await offBefore(em, uuid)]
  const [size] = await rows<{ targets: number; again: number; at_once: number; began: Date }>(
    em,
    `select d.max_in_flight as at_once, b.began,
       (select count(*)::int from deployment_target t where t.deployment_id = d.uuid and (t.state in ('PENDING', 'DEFERRED', 'RUNNING')
          or exists (select from attempt a where a.uuid = t.attempt_id and a.created_at >= b.began))) as targets,
       (select count(*)::int from deployment_target t where t.deployment_id = d.uuid and ${AGAIN}) as again
     from deployment d cross join lateral (
       select coalesce((select max(at) from history where subject = d.uuid and action = 'begin'), d.started_at) as began) b
     where d.uuid = $1`,
    [uuid],
  )
  if (!size) return
  const whole = foretold(earlier?.times ?? null, size.targets, size.at_once, (off?.percent ?? 0) / 100)
  const again = size.again > 0 ? triedAgain(size.again) : null
  await rows(
    em,
    `insert into forecast (deployment_id, made_at, runs, basis, quick, median, slow, steps, off_percent, off_runs,
       first_low, first_high, again, reason, reason_at, said_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12, $13, $14, case when $14::text is null then null else now() end,
       now() - interval '1 second') on conflict do nothing`,
    [
      uuid,
      size.began,
      earlier?.times.runs ?? 0,
      earlier?.basis ?? null,
      earlier?.times.quick ?? null,
      earlier?.times.median ?? null,
      earlier?.times.slow ?? null,
      JSON.stringify(earlier?.times.steps ?? []),
      off?.percent ?? null,
      off?.runs ?? 0,
      whole?.low ?? null,
      whole?.high ?? null,
      size.again,
      again,
    ],
  )
}

/** Tried before, and open again. */
const AGAIN = `(t.state in ('PENDING', 'DEFERRED') and t.attempts > 0 or t.state = 'RUNNING' and t.attempts > 1)`

interface Open {
  deployment_id: string
  version: number
  scope_ids: string[]
  state: string
  /** Seconds since the forecast was made: everything below counts from there. */
  now: number
  finished: number | null
  at_once: number
  automatic: boolean
  runs: number
  basis: string | null
  quick: number | null
  median: number | null
  slow: number | null
  steps: Times['steps']
  off_percent: number | null
  paused_seconds: number
  said: Said & { first: boolean }
  waiting: number
  deferred: number
  again: number
  settled: number
  running: UnderWay[]
  own: { runs: number; quick: number | null; median: number | null; slow: number | null }
}

async function sayAll(em: EntityManager): Promise<void> {
  const open = await rows<Open>(
    em,
    `with f as (
       select *, extract(epoch from clock_timestamp() - made_at)::float8 as now,
         extract(epoch from said_at - made_at)::float8 as said_s, extract(epoch from reason_at - made_at)::float8 as reason_s,
         extract(epoch from promised_at - made_at)::float8 as promised_s
       from forecast where closed_at is null and said_at < clock_timestamp() - interval '500 milliseconds' for update skip locked)
     select f.deployment_id, d.version, d.scope_ids, d.state, f.now, extract(epoch from d.finished_at - f.made_at)::float8 as finished,
       d.max_in_flight as at_once, d.distribution = 'AUTOMATIC' as automatic, f.runs, f.basis, f.quick, f.median, f.slow, f.steps,
       f.off_percent, f.paused_seconds,
       jsonb_build_object('at', f.said_s, 'low', f.low_seconds, 'high', f.high_seconds, 'percent', f.percent, 'paused', f.paused,
         'again', f.again, 'deferred', f.deferred, 'reason', f.reason, 'reasonAt', f.reason_s, 'promised', f.promised_seconds,
         'promisedAt', f.promised_s) as said,
       t.*, own.own
     from f join deployment d on d.uuid = f.deployment_id
       cross join lateral (
         select count(*) filter (where t.state in ('PENDING', 'DEFERRED'))::int as waiting,
           count(*) filter (where t.state = 'DEFERRED')::int as deferred, count(*) filter (where ${AGAIN})::int as again,
           count(*) filter (where t.state in ('REPORTED_OK', 'FAILED', 'TIMED_OUT', 'IN_DOUBT'))::int as settled,
           coalesce(jsonb_agg(jsonb_build_object('step', d.steps[t.step_index + 1], 'percent', t.percent,
             'spent', extract(epoch from clock_timestamp() - coalesce(a.started_at, clock_timestamp())))) filter (where t.state = 'RUNNING'), '[]') as running
         from deployment_target t left join attempt a on a.uuid = t.attempt_id and t.state = 'RUNNING'
         where t.deployment_id = d.uuid) t
       cross join lateral (
         select jsonb_build_object('runs', count(*), 'quick', percentile_cont(0.25) within group (order by took),
           'median', percentile_cont(0.5) within group (order by took), 'slow', percentile_cont(0.9) within group (order by took)) as own
         from (select extract(epoch from a.finished_at - a.started_at)::float8 as took from attempt a
           where a.deployment_id = d.uuid and a.state = 'OK' and a.started_at >= f.made_at order by a.created_at desc limit 200) a) own`,
  )
  if (open.length === 0) return
  const next = open.map(nextOf)
  await rows(
    em,
    `update forecast f set said_at = f.made_at + make_interval(secs => n.at), said_basis = n.basis, low_seconds = n.low,
       high_seconds = n.high, percent = n.percent, paused = n.paused, again = n.again, deferred = n.deferred, reason = n.reason,
       reason_at = f.made_at + make_interval(secs => n."reasonAt"), promised_seconds = n.promised,
       promised_at = f.made_at + make_interval(secs => n."promisedAt"), paused_seconds = n."pausedSeconds",
       took_seconds = n.took, closed_at = case when n.over then clock_timestamp() end
     from jsonb_to_recordset($1::jsonb) as n(id uuid, at float8, basis text, low float8, high float8, percent int, paused boolean,
       again int, deferred int, reason text, "reasonAt" float8, promised float8, "promisedAt" float8, "pausedSeconds" float8,
       took float8, over boolean)
     where f.deployment_id = n.id and f.closed_at is null`,
    [JSON.stringify(next)],
  )
  // What moves is told by the engine; what stands still, has a reason or slips again by nobody else.
  for (const [place, one] of open.entries()) {
    if (next[place]!.reasonAt === one.said.reasonAt && !next[place]!.over) continue
    const { deployment_id: subject, version, scope_ids: scopeIds } = one
    await record(em, { topic: 'deployment.changed', subject, version, scopeIds })
  }
}

/** From Deploy to the end a deployment is in one of these; INTERVENTION waits for a person, and nobody knows how long. */
const UNDER_WAY = ['RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION']
/** Ends that came by themselves: by these it is measured how far forecasts were off. */
const ENDS = ['SUCCEEDED', 'PARTIAL', 'FAILED']

function nextOf(one: Open) {
  const over = !UNDER_WAY.includes(one.state)
  const paused = one.state === 'PAUSED'
  const { own } = one
  const known =
    one.median !== null ? { times: { ...one, median: one.median, quick: one.quick!, slow: one.slow! } } : null
  const mine =
    own.runs >= FEWEST && one.automatic ? { ...own, median: own.median!, quick: own.quick!, slow: own.slow! } : null
  const times: Times | null = known?.times ?? (mine && { ...mine, steps: [] })
  const basis = known ? one.basis : times && `${own.runs} targets of this deployment so far`
  const reckoned = reckon(
    times,
    {
      waiting: one.state === 'CANCELLING' ? 0 : one.waiting,
      settled: one.settled,
      running: one.running,
      atOnce: one.at_once,
      own: known ? own : { runs: own.runs, median: null },
    },
    (one.off_percent ?? 0) / 100,
  )
  const present = {
    ...reckoned,
    at: one.now,
    paused,
    again: one.again,
    deferred: one.deferred,
    usual: one.median,
    own: own.median,
  }
  if (one.state === 'INTERVENTION' || over) present.range = null
  const said = sayNext(one.said, present)
  const pausedSeconds = one.paused_seconds + (one.said.paused ? one.now - one.said.at : 0)
  const took = ENDS.includes(one.state) && one.finished !== null ? Math.max(0, one.finished - pausedSeconds) : null
  return { ...said, id: one.deployment_id, basis, pausedSeconds, took, over }
}
