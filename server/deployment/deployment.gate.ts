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
