/**
 * One reconciliation: link what can be only one thing, compare every linked pair, and bring the open results up to what
 * holds now. All in one transaction, so that a process that dies leaves nothing behind and the job begins anew.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type {} from '../catalogue/keeper.ts'
import type { Services } from '../kernel/context.ts'
import { explain } from '../kernel/cause.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { lean } from '../kernel/lean.ts'
import { move } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { compareAll, NOTHING, type Finding } from './compare.ts'
import { candidatesByRules, type Candidates } from './link-rules.ts'
import { ignoreRules, isIgnored } from './ignore.ts'
import { keepMatches } from './matches.ts'
import { keepPreview } from './preview.store.ts'
import { linkItems, lockPromotion } from './promote.ts'
import { allMappings, fittingClasses, seenClassesOf } from './promotion-mapping.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import { ReconciliationTask } from './reconciliation-task.entity.ts'
import { reconciliationRunLifecycle } from './reconciliation.lifecycle.ts'
import { stillLeftOut } from './relate-linked.ts'
import { addResults, keepResults } from './results.store.ts'

export const RECONCILIATION_QUEUE = 'reconciliation'
const RETRIES = 3

type Needed = Pick<Services, 'catalogue'>

/** Declares who does the reconciliations; `em` is forked for each. */
export function workReconciliation(jobs: Jobs, em: EntityManager, services: Needed): void {
  jobs.work<{ runId: string }>(
    RECONCILIATION_QUEUE,
    { batch: 1, concurrency: 1, retryLimit: RETRIES },
    async ({ data, retryCount }, signal) => {
      try {
        await runReconciliation(em, data.runId, services)
      } catch (error) {
        if (signal.aborted || retryCount < RETRIES) throw error
        await fail(em, data.runId, `Waybill could not finish it: ${(error as Error).message}`)
      }
    },
  )
}

/** Does one run; comes back without doing anything when it is over already. */
export async function runReconciliation(em: EntityManager, runId: string, { catalogue }: Needed): Promise<void> {
  await em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (run?.state === 'QUEUED') await move(em, run, reconciliationRunLifecycle, 'begin', { by: run.startedBy })
  })
  await em.fork().transactional(async (em) => {
    await lockPromotion(em)
    const run = await lockRun(em, runId)
    if (run?.state !== 'RUNNING') return
    const task = await em.findOneOrFail(ReconciliationTask, run.taskId)
    await explain(em, { cause: 'RECONCILIATION', actor: run.startedBy, originId: run.id, originNumber: run.number })
    const mappings = await allMappings(em)
    const links = await linkAll(em, catalogue.now, run, task, mappings)
    const { compared, matches, ignored, findings } = await compareAll(em, catalogue.now, task, mappings)
    const failures = links.filter(({ kind }) => kind === 'LINK_FAILURE')
    const linked = links.filter(({ kind }) => kind === 'LINK')
    const claimed = new Set((run.dryRun ? links : failures).map(({ actualItemId }) => actualItemId))
    const rules = await ignoreRules(em)
    const asked = failures.filter((failure) => !isIgnored(rules, failure, null))
    const waiting = [
      ...asked,
      ...(await stillLeftOut(em, catalogue.now, task.uuid)),
      ...findings.filter(({ kind, actualItemId }) => kind !== 'UNEXPECTED' || !claimed.has(actualItemId)),
    ]
    if (run.dryRun) await keepPreview(em, run, [...linked, ...waiting])
    else {
      await keepResults(em, { run }, waiting)
      await addResults(em, { run }, linked, 'RESOLVED')
      await keepMatches(em, task.uuid, matches)
    }
    const counts = {
      ...countsOf([...linked, ...waiting]),
      MATCH: matches.length,
      ignored: ignored + failures.length - asked.length,
    }
    const found = { compared, matches: matches.length, counts, differences: waiting.length }
    Object.assign(run, { ...found, finishedAt: new Date() })
    await move(em, run, reconciliationRunLifecycle, 'finish', { by: run.startedBy })
  })
}

const countsOf = (findings: readonly Finding[]) =>
  Object.fromEntries([...Map.groupBy(findings, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]))

/** Links unlinked pairs of which each is the other's only candidate by a strong rule; a dry run only says so. */
async function linkAll(
  em: EntityManager,
  catalogue: Catalogue,
  run: ReconciliationRun,
  task: ReconciliationTask,
  mappings: readonly PromotionMapping[][],
): Promise<Finding[]> {
  const fits = fittingClasses(catalogue, mappings)
  const free = lean(
    em,
    ActualItem,
    await rows<object>(
      em,
      `select a.* from actual_item a where a.state = 'PRESENT' and (cardinality($1::text[]) = 0 or a.class_name = any($1))
         and not exists (select from configuration_item c where c.actual_item_id = a.uuid)`,
      [seenClassesOf(catalogue, task.classNames, fits)],
    ),
  )
  const candidates = await candidatesByRules(
    em,
    free.map(({ uuid }) => uuid),
    task,
    fits,
  )
  const claims = new Map<string, number>()
  for (const { items } of candidates.values()) for (const item of items) claims.set(item, (claims.get(item) ?? 0) + 1)
  const some = free.filter(({ uuid }) => candidates.has(uuid))
  const isOne = ({ uuid }: ActualItem) => {
    const { items, strength } = candidates.get(uuid)!
    return strength === 'STRONG' && items.length === 1 && claims.get(items[0]!) === 1
  }
  const pairs = some.filter(isOne).map((actual) => [actual, candidates.get(actual.uuid)!.items[0]!] as const)
  if (!run.dryRun) await linkItems(em, pairs, { by: run.startedBy, reason: `Linked by ${run.number}.` })
  return [
    ...pairs.map(([{ uuid, name, className }, item]): Finding => ({
      ...NOTHING,
      kind: 'LINK',
      configurationItemId: item,
      actualItemId: uuid,
      className,
      code: 'LINKED',
      message: `${name} ${run.dryRun ? 'would be' : 'was'} linked by ${candidates.get(uuid)!.rule}.`,
    })),
    ...some.filter((actual) => !isOne(actual)).map((actual) => failureOf(actual, candidates.get(actual.uuid)!)),
  ]
}

function failureOf({ uuid, name, className }: ActualItem, { items, strength, rule }: Candidates): Finding {
  const weak = strength === 'WEAK'
  const why = weak
    ? `That is not enough to link it without a person.`
    : items.length > 1
      ? `Only one of them can be it.`
      : `Another thing that is seen has it too.`
  const could = items.length === 1 ? 'One item has' : `${items.length} items have`
  return {
    ...NOTHING,
    kind: 'LINK_FAILURE',
    configurationItemId: null,
    actualItemId: uuid,
    className,
    code: weak ? 'WEAK_CANDIDATES' : 'AMBIGUOUS',
    message: `${could} ${rule} as ${name}. ${why}`,
    candidateIds: items,
  }
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
