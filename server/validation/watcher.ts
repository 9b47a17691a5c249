import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockDeployment } from '../deployment/load.ts'
import { restsOnValidation } from '../deployment/validation-moves.ts'
import type { Topology } from '../item/graph/topology.ts'
import type { EventLog, LoggedEvent } from '../kernel/event-log.ts'
import { expireNow } from './lapse.ts'
import { recheck } from './recheck.ts'
import { openValidations, overdueValidations, touchedFacts, watchedTopics } from './touched.ts'
import { Validation } from './validation.entity.ts'

export interface WatcherParts {
  /** Of which each step takes a fork. */
  em: EntityManager
  events: EventLog
  topology: Topology
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** How often it looks for verdicts whose time is over, ms. */
  expireEvery?: number
}

const AGAIN = 1_000 // ms
const EXPIRE_EVERY = 10_000 // ms

/**
 * Makes validations INVALIDATED as soon as a recorded fact is not true any more, and EXPIRED when their time is over.
 * Several processes may do so side by side. At the start, and after a gap in the log, it asks about everything.
 */
export function watchValidations(parts: WatcherParts): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const watching = watch(parts, stopping.signal)
  const expiring = expire(parts, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await Promise.all([watching, expiring])
    },
  }
}

async function watch(parts: WatcherParts, signal: AbortSignal): Promise<void> {
  let after: string | null = null
  let missed = true
  while (!signal.aborted) {
    try {
      const filter = { topics: watchedTopics, reach: 'estate' as const }
      for await (const batch of parts.events.read(filter, after, signal)) {
        if (missed || batch.resync) await recheckAll(parts)
        else await recheckTouched(parts, batch.events)
        missed = false
        after = batch.position
      }
    } catch (error) {
      if (signal.aborted) return
      parts.log.warn({ error: (error as Error).message }, 'Validations could not be watched for a moment.')
      missed = true
      await sleep(AGAIN, undefined, { signal }).catch(() => {})
    }
  }
}

async function recheckAll(parts: WatcherParts): Promise<void> {
  for (const validationId of await openValidations(parts.em.fork())) await recheck(parts, validationId)
}

async function recheckTouched(parts: WatcherParts, events: readonly LoggedEvent[]): Promise<void> {
  if (events.length === 0 || (await openValidations(parts.em.fork())).length === 0) return
  const edges = events.filter(({ topic }) => topic === 'relationship.changed')
  const wanted = edges.at(-1)?.seq ?? 0
  await parts.topology.reaches(wanted)
  for (const [validationId, facts] of await touchedFacts(parts.em.fork(), parts.topology, events)) {
    await recheck(parts, validationId, facts)
  }
}

async function expire(parts: WatcherParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await expireOverdue(parts.em.fork()).catch((error: Error) =>
      parts.log.warn({ error: error.message }, 'Overdue validations could not be ended yet.'),
    )
    await sleep(parts.expireEvery ?? EXPIRE_EVERY, undefined, { signal }).catch(() => {})
  }
}

async function expireOverdue(em: EntityManager): Promise<void> {
  for (const uuid of await overdueValidations(em)) {
    await em.fork().transactional(async (em) => {
      const { deploymentId } = await em.findOneOrFail(Validation, { uuid })
      const deployment = await lockDeployment(em, deploymentId)
      const validation = await em.findOneOrFail(Validation, { uuid }, { refresh: true })
      if (!deployment || validation.state !== 'PASSED' || !(await restsOnValidation(em, deployment))) return
      await expireNow(em, deployment, validation)
    })
  }
}
