/** The reading of a run: from its adapter into the staging tables, after what an earlier try of it had finished. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { createReadStream } from 'node:fs'
import { setInterval } from 'node:timers/promises'
import type {} from '../catalogue/keeper.ts'
import type { Services } from '../kernel/context.ts'
import { row } from '../kernel/sql.ts'
import { productRef } from '../product/modules.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import type { ReadOrder } from './adapters/adapter.ts'
import { adapterOf } from './discovery.service.ts'
import type { DiscoveryRun } from './discovery-run.entity.ts'
import { hostServices } from './hosts.ts'
import type { IdentityRules } from './identity/rules.ts'
import { finishedScopes, keepRaw, keptRaw, toldProblems } from './load/interrupted.ts'
import { stageAll, type StageProgress } from './load/stage.ts'
import { openStaging, type Staging } from './load/staging.ts'
import { showProgress } from './take-over.ts'
import { vocabularyOf } from './vocabulary.ts'

export type Needed = Pick<Services, 'adapters' | 'catalogue'> & Partial<Pick<Services, 'contentStore'>>

const SHOWN_EVERY = 300 // ms
const ASKED_EVERY = 1_000 // ms

interface Reading {
  run: DiscoveryRun
  product: ManagementProduct
  staging: Staging
  rules: IdentityRules
  services: Needed
  signal: AbortSignal
}

class Cancelled extends Error {}

/** Into the staging tables; false when the run was cancelled meanwhile. */
export async function readSource(
  em: EntityManager,
  { run, product, staging, rules, services, signal }: Reading,
): Promise<boolean> {
  const adapter = adapterOf(services, product)
  await openStaging(em.fork(), staging, rules.revision)
  const finished = await finishedScopes(em.fork(), run.uuid, staging)
  const told = finished.size > 0 ? await toldProblems(em.fork(), run.uuid) : []
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const upload = await uploadOf(em.fork(), run, services)
  const { judgeHostKey, keep } = hostServices(em, product.uuid)
  const order: ReadOrder = {
    product: productRef(product),
    signal: both,
    finished,
    vocabulary: vocabularyOf(rules.catalogue),
    judgeHostKey,
    keep: async (scope, raw) => {
      await keepRaw(em.fork(), staging, scope, raw)
      await keep?.(scope, raw)
    },
    kept: (scope) => keptRaw(em.fork(), staging, scope),
    ...(upload ? { upload } : {}),
  }
  let shown = 0
  const progress = async (now: StageProgress) => {
    if (Date.now() - shown < SHOWN_EVERY) return true
    shown = Date.now()
    const step = `Reading${now.scope ? ` ${now.scope}` : ''}: ${now.seen} elements`
    return showProgress(em, run.uuid, step, percentOf(now), now.seen)
  }
  const watching = stopWhenCancelled(em, run.uuid, stop)
  try {
    return await stageAll(
      { em, runId: run.uuid, staging, rules, finished, told, signal: both, progress },
      adapter.read(order),
    )
  } catch (error) {
    if (signal.aborted || !(stop.signal.reason instanceof Cancelled)) throw error
    return false
  } finally {
    stop.abort()
    await watching
  }
}

/** A source may be silent for long: whoever cancels does not wait for its next word. */
async function stopWhenCancelled(em: EntityManager, runId: string, stop: AbortController): Promise<void> {
  try {
    for await (const _ of setInterval(ASKED_EVERY, undefined, { signal: stop.signal })) {
      const now = await row<{ state: string }>(em.fork(), 'select state from discovery_run where uuid = $1', [runId])
      if (now?.state !== 'RUNNING') stop.abort(new Cancelled('The run was cancelled.'))
    }
  } catch {
    // The reading is over, or the database is away for a moment: then the next batch shows it.
  }
}

/** By scopes where their number is known; else half of what is left with each hundred thousand elements. */
function percentOf({ seen, scopes, of }: StageProgress): number {
  return of ? Math.round((70 * Math.max(0, scopes - 1)) / of) : Math.round(70 * (1 - 0.5 ** (1 + seen / 100_000)))
}

async function uploadOf(
  em: EntityManager,
  run: DiscoveryRun,
  { contentStore }: Needed,
): Promise<ReadOrder['upload'] | null> {
  if (!run.uploadId) return null
  const upload = await row<{ name: string; digest: string }>(
    em,
    'select name, digest from discovery_upload where uuid = $1',
    [run.uploadId],
  )
  const path = contentStore!.pathOf(upload!.digest)
  return { name: upload!.name, open: () => createReadStream(path) }
}
