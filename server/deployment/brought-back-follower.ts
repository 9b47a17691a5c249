/**
 * Resolves what reconciliation found, when the deployment that brings it back was seen to be there. It reads the event log,
 * so that no deployment waits for a result.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../kernel/event-log.ts'
import { followLog } from '../kernel/follow-log.ts'
import { move } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import { ReconciliationResult } from '../reconciliation/reconciliation-result.entity.ts'
import { resultLifecycle } from '../reconciliation/reconciliation.lifecycle.ts'

/** Starts it; `stop` ends it. */
export function followBroughtBack(
  em: EntityManager,
  events: EventLog,
  onFault: (fault: unknown) => void,
): { stop(): Promise<void> } {
  return followLog(events, {
    topics: ['deployment.changed'],
    catchUp: () => follow(em, null),
    follow: (found) => follow(em, [...new Set(found.map(({ subject }) => subject))]),
    onFault,
  })
}

/** By these deployments (UUIDs; null: by any). */
async function follow(em: EntityManager, deployments: string[] | null): Promise<void> {
  const found = await rows<{ result: string; number: string; package: string; version: string }>(
    em.fork(),
    `select distinct on (m.result_id) m.result_id as result, d.number, k.name as package, v.number as version
     from reconciliation_remedy m join reconciliation_result r on r.uuid = m.result_id and r.state <> 'RESOLVED'
       join deployment d on d.task_id = m.task_id and d.source_id = m.package_version_id and d.roll_back_of_id is null
       join deployment_target t on t.deployment_id = d.uuid and t.item_id = m.item_id
       join package_version v on v.uuid = m.package_version_id join package k on k.uuid = v.package_id
     where t.state = 'REPORTED_OK' and t.confirmation = 'CONFIRMED' and ($1::uuid[] is null or d.uuid = any($1))
     order by m.result_id, d.started_at desc`,
    [deployments],
  )
  for (const { result, number, package: name, version } of found) {
    await close(em.fork(), result, `${number} brought ${name} ${version} back, and it was seen to be there.`)
  }
}

const close = (em: EntityManager, uuid: string, reason: string) =>
  em.transactional(async (em) => {
    const result = await em.findOneOrFail(
      ReconciliationResult,
      { uuid },
      { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    )
    if (result.state === 'RESOLVED') return
    Object.assign(result, { comment: result.comment ?? reason, resolvedAt: new Date() })
    await move(em, result, resultLifecycle, 'close', { by: null, reason })
  })
