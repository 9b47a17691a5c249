import type { EntityManager, MikroORM } from '@mikro-orm/postgresql'
import { explain, type Cause } from '../../kernel/cause.ts'
import { record } from '../../kernel/events.ts'
import type { Metrics } from '../../kernel/metrics.ts'
import { changed } from '../../kernel/move.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { uuidv7 } from '../../kernel/noun.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Evidence as Seen } from '../../integrations/integration.ts'
import { observeInstalled } from '../../discovery/observe-installed.ts'
import type { Confirmation } from '../confirmation.ts'
import type { Deployment } from '../deployment.entity.ts'
import { lockDeployment } from '../load.ts'
import { derivedConfirmation } from './conclude.ts'
import { shows } from './decide.ts'
import { targetRef, type Cargo } from './orders.ts'
import { persistently } from './persistently.ts'
import { recordProgress, type ProgressRow } from './progress.ts'
import { LOOKS, type EnginePatience } from './settings.ts'

export interface ConfirmParts {
  orm: MikroORM
  patience: EnginePatience
  metrics: Pick<Metrics, 'confirmations'>
}

const AT_ONCE = 50 // targets
/** So long a target belongs to the one who looks at it. */
const LEASE = 60 // s

interface ToLookAt {
  uuid: string
  attemptId: string | null
  itemId: string
  itemName: string
  nativeKey: string | null
  attributes: Record<string, unknown>
  tries: number
}

/**
 * Looks at the reported targets of a deployment that nobody has looked at yet (D8): the service itself is asked what it is.
 * The module's report plays no part in the verdict.
 */
export async function confirmReported(parts: ConfirmParts, cargo: Cargo, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const targets = await persistently(() => lease(parts.orm.em.fork(), cargo.deploymentId), signal)
    if (targets.length === 0) return
    const seen = await look(cargo, targets, signal)
    if (signal.aborted) return
    await observe(parts.orm, cargo, targets, seen)
    const work = (em: EntityManager) => judge(em, parts, cargo, targets, seen)
    const verdicts = await persistently(() => parts.orm.em.fork().transactional(work), signal)
    for (const verdict of verdicts) parts.metrics.confirmations.inc({ verdict })
  }
}

function lease(em: EntityManager, deploymentId: string): Promise<ToLookAt[]> {
  return rows<ToLookAt>(
    em,
    `update deployment_target t set confirm_at = now() + make_interval(secs => $3), confirm_tries = t.confirm_tries + 1
     from configuration_item i
     where i.uuid = t.item_id and t.uuid in (
       select uuid from deployment_target where deployment_id = $1 and confirm_at <= now() and state = 'REPORTED_OK'
         and confirmation = 'AWAITED' order by idx limit $2 for update skip locked)
     returning t.uuid, t.attempt_id as "attemptId", t.item_id as "itemId", i.name as "itemName",
       i.native_key as "nativeKey", i.attributes, t.confirm_tries as tries`,
    [deploymentId, AT_ONCE, LEASE],
  )
}

async function look(cargo: Cargo, targets: ToLookAt[], signal: AbortSignal): Promise<Map<string, Seen>> {
  const { module, product, package: what } = cargo
  if (!module?.inspect) return new Map()
  const questions = targets.map((target) => ({ target: targetRef(target), packageName: what.name }))
  const limit = AbortSignal.any([signal, AbortSignal.timeout((LEASE * 1_000) / 2)])
  try {
    const answers = await module.inspect(product, questions, limit)
    return new Map(answers.map((one) => [one.itemId, one]))
  } catch (error) {
    const [at, detail] = [new Date().toISOString(), `It could not be looked at: ${(error as Error).message}.`]
    const unseen = (itemId: string): Seen => ({ itemId, reachable: false, method: cargo.kind, at, detail })
    return new Map(targets.map(({ itemId }) => [itemId, unseen(itemId)]))
  }
}

/** What an observation says about what was intended. */
export function verdictOf(seen: Seen | undefined, intended: { version: string; digest: string }): Confirmation {
  if (!seen || !seen.reachable) return 'UNCONFIRMED'
  if (shows(seen, intended)) return seen.running ? 'CONFIRMED' : 'UNCONFIRMED'
  return 'CONTRADICTED'
}

/**
 * Tells discovery's record what was seen of all these targets, in one transaction in which the deployment's row is not held.
 * What was intended becomes the authorized version only where it was seen.
 */
async function observe(orm: MikroORM, cargo: Cargo, targets: ToLookAt[], seen: Map<string, Seen>): Promise<void> {
  const { version, digest } = cargo.package
  const observations = targets.flatMap(({ itemId }) => {
    const evidence = seen.get(itemId)
    const found = evidence?.running ?? evidence?.installed
    if (!evidence || !found) return []
    const confirmed = verdictOf(evidence, { version, digest }) === 'CONFIRMED'
    return {
      itemId,
      name: found.name || cargo.package.name,
      version: found.version,
      digest: found.digest ?? null,
      at: new Date(evidence.at),
      deploymentId: confirmed ? cargo.deploymentId : null,
    }
  })
  if (observations.length === 0) return
  await persistently(() =>
    orm.em.fork().transactional(async (em) => {
      await explain(em, await originOf(em, cargo.deploymentId))
      await observeInstalled(em, observations)
    }),
  )
}

/** What the versions that a look leaves behind say of where they come from. */
async function originOf(em: EntityManager, deploymentId: string): Promise<Cause> {
  const found = await row<{ number: string }>(em, 'select number from deployment where uuid = $1', [deploymentId])
  return { cause: 'DEPLOYMENT', originId: toNodeId('dpl', deploymentId), originNumber: found!.number }
}

/** Writes what was seen; answers the verdicts that are final by it. */
async function judge(
  em: EntityManager,
  { patience }: ConfirmParts,
  cargo: Cargo,
  targets: ToLookAt[],
  seen: Map<string, Seen>,
): Promise<Confirmation[]> {
  const { version: intended, digest } = cargo.package
  const judged = targets.map((target) => {
    const evidence = seen.get(target.itemId)
    const verdict = verdictOf(evidence, { version: intended, digest })
    const again = verdict === 'UNCONFIRMED' && cargo.module?.inspect !== undefined && target.tries < LOOKS
    return { target, evidence, verdict, again }
  })
  const final = judged.filter(({ again }) => !again)
  const deployment = await held(
    em,
    cargo.deploymentId,
    final.some(({ verdict }) => verdict === 'CONTRADICTED'),
  )
  const written = await rows<ProgressRow & { uuid: string }>(
    em,
    `with input as (select * from jsonb_to_recordset($1::jsonb) as i(uuid uuid, attempt_id uuid, verdict text, again boolean))
     update deployment_target t set confirmation = case when i.again then t.confirmation else i.verdict end,
       confirm_at = case when i.again then now() + make_interval(secs => $2) end, version = version + 1, updated_at = now()
     from input i where t.uuid = i.uuid and t.attempt_id is not distinct from i.attempt_id and t.state = 'REPORTED_OK'
       and t.confirmation = 'AWAITED'
     returning t.uuid, t.idx, t.state, t.confirmation, t.percent, t.step_index`,
    [
      JSON.stringify(
        judged.map(({ target, verdict, again }) => ({
          uuid: target.uuid,
          attempt_id: target.attemptId,
          verdict,
          again,
        })),
      ),
      patience.lookAgain / 1_000,
    ],
  )
  const ours = new Set(written.map(({ uuid }) => uuid))
  const kept = final.filter(({ target }) => ours.has(target.uuid))
  await writeEvidence(em, cargo, kept)
  await recordProgress(em, deployment, written)
  const verdicts = kept.map(({ verdict }) => verdict)
  if (!deployment.locked) return verdicts
  const confirmation = await derivedConfirmation(em, deployment.uuid)
  if (confirmation === deployment.locked.confirmation) {
    // One contradicted target decides for the deployment; who follows it still wants to hear of the others.
    const { uuid: subject, version, scopeIds } = deployment
    if (verdicts.length > 0) await record(em, { topic: 'deployment.changed', subject, version, scopeIds })
    return verdicts
  }
  deployment.locked.confirmation = confirmation
  await changed(em, deployment.locked, 'confirm', { by: null }, { changes: { confirmation } })
  return verdicts
}

interface Held {
  uuid: string
  version: number
  scopeIds: string[]
  /** Present if its own confirmation may have to follow now. */
  locked: Deployment | null
}

/**
 * The deployment, so that it does not end meanwhile. While it runs, its own confirmation follows when it ends, and its
 * driver must not be kept waiting: the weakest lock, against which only the end is held up.
 */
async function held(em: EntityManager, deploymentId: string, contradicted: boolean): Promise<Held> {
  const running = contradicted
    ? null
    : await row<Held>(
        em,
        `select uuid, version, scope_ids as "scopeIds", null as locked from deployment
         where uuid = $1 and state in ('QUEUED', 'RUNNING', 'PAUSED') for key share`,
        [deploymentId],
      )
  if (running) return running
  const locked = (await lockDeployment(em, deploymentId))!
  return { uuid: locked.uuid, version: locked.version, scopeIds: locked.scopeIds, locked }
}

async function writeEvidence(
  em: EntityManager,
  cargo: Cargo,
  judged: { target: ToLookAt; evidence: Seen | undefined; verdict: Confirmation }[],
): Promise<void> {
  if (judged.length === 0) return
  const lines = judged.map(({ target, evidence, verdict }) => {
    const observed = evidence?.running ?? evidence?.installed
    return {
      uuid: uuidv7(),
      target_id: target.uuid,
      attempt_id: target.attemptId,
      at: evidence?.at ?? new Date().toISOString(),
      method: evidence?.method ?? 'none',
      observed_version: observed?.version ?? null,
      observed_digest: observed?.digest ?? null,
      healthy: evidence?.healthy ?? null,
      verdict,
      detail: evidence?.detail ?? 'The module cannot look at targets.',
    }
  })
  await rows(
    em,
    `insert into evidence (uuid, target_id, attempt_id, at, method, intended_version, intended_digest, observed_version,
       observed_digest, healthy, verdict, detail)
     select uuid, target_id, attempt_id, at, method, $2, $3, observed_version, observed_digest, healthy, verdict, detail
     from jsonb_to_recordset($1::jsonb) as e(uuid uuid, target_id uuid, attempt_id uuid, at timestamptz, method text,
       observed_version text, observed_digest text, healthy boolean, verdict text, detail text)`,
    [JSON.stringify(lines), cargo.package.version, cargo.package.digest],
  )
}
