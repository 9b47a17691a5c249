import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import type { Refusal } from '../kernel/errors.ts'
import type { Deployment } from './deployment.entity.ts'

/**
 * What may refuse a start: validation and approval stand above deployment and hand theirs in through app.ts
 * (`services.startGates`). Asked in the transaction of the start, with the deployment's row locked, so that nothing
 * changes between the answer and the start. An empty list lets it pass.
 */
export interface StartGate {
  /** For logs and refusals, e.g. 'approval'. */
  readonly id: string
  check(em: EntityManager, deployment: Deployment, viewer: Viewer): Promise<Refusal[]>
}

/**
 * Looks once more when the work of a started deployment is about to begin: it may have waited long for a worker. Asked in
 * the transaction of the beginning, with the deployment's row locked; handed in by `work.ts`.
 */
export interface BeginGate {
  readonly id: string
  /** Whether it may begin; if not, the gate has moved it to where it belongs now, with the cause. */
  mayBegin(em: EntityManager, deployment: Deployment): Promise<boolean>
}
