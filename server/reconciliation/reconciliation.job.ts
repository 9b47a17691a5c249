/**
 * One reconciliation: link what can be only one thing, compare every linked pair, and bring the open results up to what
 * holds now. All in one transaction, so that a process that dies leaves nothing behind and the job begins anew.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { explain } from '../kernel/cause.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { lean } from '../kernel/lean.ts'
import { move } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { compareAll, type Finding } from './compare.ts'
import { candidatesFor } from './link.ts'
import { linkItems, lockPromotion } from './promote.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import { reconciliationRunLifecycle } from './reconciliation.lifecycle.ts'

export const RECONCILIATION_QUEUE = 'reconciliation'
const RETRIES = 3

/** Declares who does the reconciliations; `em` is forked for each. */
export function workReconciliation(jobs: Jobs, em: EntityManager): void {
  jobs.work<{ runId: string }>(
    RECONCILIATION_QUEUE,
    { batch: 1, concurrency: 1, retryLimit: RETRIES },
    async ({ data, retryCount }, signal) => {
      try {
        await runReconciliation(em, data.runId)
      } catch (error) {
        if (signal.aborted || retryCount < RETRIES) throw error
        await fail(em, data.runId, `Waybill could not finish it: ${(error as Error).message}`)
      }
    },
  )
}

/** Does one run; comes back without doing anything when it is over already. */
export async function runReconciliation(em: EntityManager, runId: string): Promise<void> {
  await em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (run?.state === 'QUEUED') await move(em, run, reconciliationRunLifecycle, 'begin', { by: run.startedBy })
  })
  await em.fork().transactional(async (em) => {
    await lockPromotion(em)
    const run = await lockRun(em, runId)
    if (run?.state !== 'RUNNING') return
    await explain(em, { cause: 'RECONCILIATION', actor: run.startedBy, originId: run.id, originNumber: run.number })
    const links = await linkAll(em, run)
    const { compared, matches, findings } = await compareAll(em)
    const ambiguous = new Set(
      links.filter(({ kind }) => kind === 'LINK_FAILURE').map(({ actualItemId }) => actualItemId),
    )
    const waiting = [
      ...links.filter(({ kind }) => kind === 'LINK_FAILURE'),
      ...findings.filter(({ kind, actualItemId }) => kind !== 'UNEXPECTED' || !ambiguous.has(actualItemId)),
    ]
    await keep(em, run, waiting)
    await insert(
      em,
      run,
      links.filter(({ kind }) => kind === 'LINK'),
      'RESOLVED',
    )
    Object.assign(run, { compared, matches, differences: waiting.length, finishedAt: new Date() })
    await move(em, run, reconciliationRunLifecycle, 'finish', { by: run.startedBy })
  })
}

/** Links unlinked pairs of which each is the other's only candidate. */
async function linkAll(em: EntityManager, run: ReconciliationRun): Promise<Finding[]> {
  const free = lean(
    em,
    ActualItem,
    await rows<object>(
      em,
      `select a.* from actual_item a where a.state = 'PRESENT'
         and not exists (select from configuration_item c where c.actual_item_id = a.uuid)`,
    ),
  )
  const candidates = await candidatesFor(em, free)
  const claims = new Map<string, number>()
  for (const items of candidates.values()) for (const item of items) claims.set(item, (claims.get(item) ?? 0) + 1)
  const some = free.filter(({ uuid }) => candidates.has(uuid))
  const isOne = ({ uuid }: ActualItem) =>
    candidates.get(uuid)!.length === 1 && claims.get(candidates.get(uuid)![0]!) === 1
  const pairs = some.filter(isOne).map((actual) => [actual, candidates.get(actual.uuid)![0]!] as const)
  await linkItems(em, pairs, { by: run.startedBy, reason: `Linked by ${run.number}.` })
  const plain = { differences: [], scopeIds: [] }
  return [
    ...pairs.map(([{ uuid }, item]): Finding => ({
      ...plain,
      kind: 'LINK',
      configurationItemId: item,
      actualItemId: uuid,
    })),
    ...some
      .filter((actual) => !isOne(actual))
      .map(({ uuid }): Finding => ({ ...plain, kind: 'LINK_FAILURE', configurationItemId: null, actualItemId: uuid })),
  ]
}

const COLUMNS = 'kind text, item uuid, actual uuid, differences jsonb, scope_ids jsonb'
const asRows = (findings: readonly Finding[]) =>
  JSON.stringify(
    findings.map(({ kind, configurationItemId: item, actualItemId: actual, differences, scopeIds }) => ({
      kind,
      item,
      actual,
      differences,
      scope_ids: scopeIds,
    })),
  )
const SAME = `r.kind = f.kind and r.configuration_item_id is not distinct from f.item and r.actual_item_id is not distinct from f.actual`

/** What still holds moves on to this run, what does not is closed, what is new opens. An ignored one stays so until it differs. */
async function keep(em: EntityManager, run: ReconciliationRun, findings: readonly Finding[]): Promise<void> {
  const found = asRows(findings)
  await rows(
    em,
    `update reconciliation_result r set run_id = $2, differences = f.differences, updated_at = now(),
       version = r.version + (r.differences <> f.differences)::int
     from jsonb_to_recordset($1::jsonb) as f(${COLUMNS})
     where ${SAME} and (r.state = 'OPEN' or (r.state = 'IGNORED' and r.differences = f.differences))`,
    [found, run.uuid],
  )
  const closed = await rows<{ uuid: string; from_state: string }>(
    em,
    `update reconciliation_result r set state = 'RESOLVED', resolved_at = now(), updated_at = now(), version = r.version + 1,
       comment = coalesce(r.comment, $2)
     from (select uuid, state as from_state from reconciliation_result where state in ('OPEN', 'IGNORED') and run_id <> $1 for update) old
     where r.uuid = old.uuid returning r.uuid, old.from_state`,
    [run.uuid, `It does not hold any more, says ${run.number}.`],
  )
  await rows(
    em,
    `insert into history (uuid, subject, action, from_state, to_state, reason)
     select gen_random_uuid(), h.uuid, 'close', h.from_state, 'RESOLVED', $3 from unnest($1::uuid[], $2::text[]) as h(uuid, from_state)`,
    [
      closed.map(({ uuid }) => uuid),
      closed.map(({ from_state }) => from_state),
      `It does not hold any more, says ${run.number}.`,
    ],
  )
  await insert(em, run, findings, 'OPEN')
}

async function insert(
  em: EntityManager,
  run: ReconciliationRun,
  findings: readonly Finding[],
  state: string,
): Promise<void> {
  if (findings.length === 0) return
  const fresh = await rows<{ uuid: string }>(
    em,
    `insert into reconciliation_result (uuid, run_id, kind, state, configuration_item_id, actual_item_id, differences, scope_ids, resolved_at)
     select gen_random_uuid(), $2, f.kind, $3, f.item, f.actual, f.differences,
       array(select jsonb_array_elements_text(f.scope_ids))::uuid[], case when $3 = 'RESOLVED' then now() end
     from jsonb_to_recordset($1::jsonb) as f(${COLUMNS})
     where not exists (select from reconciliation_result r where ${SAME} and r.run_id = $2 and r.state <> 'RESOLVED')
     returning uuid`,
    [asRows(findings), run.uuid, state],
  )
  await rows(
    em,
    `insert into history (uuid, subject, action, to_state, reason)
     select gen_random_uuid(), f, 'find', $2, $3 from unnest($1::uuid[]) as f`,
    [fresh.map(({ uuid }) => uuid), state, run.number],
  )
}

async function fail(em: EntityManager, runId: string, failure: string): Promise<void> {
  await em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || reconciliationRunLifecycle.isTerminal(run.state)) return
    Object.assign(run, { failure, finishedAt: new Date() })
    await move(em, run, reconciliationRunLifecycle, 'fail', { by: run.startedBy, reason: failure })
  })
}

const lockRun = (em: EntityManager, uuid: string) =>
  em.findOne(ReconciliationRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
