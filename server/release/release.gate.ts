import type { EntityManager } from '@mikro-orm/postgresql'
import type { Refusal } from '../kernel/errors.ts'
import type { Because } from '../kernel/move.ts'
import type { ReleaseAction } from './release.lifecycle.ts'
import type { Release } from './release.entity.ts'

/**
 * What stands above a release and has a say in it, or must follow it: its tasks, its deployments. Release does not know
 * them; app.ts hands them in.
 */
export interface ReleaseGate {
  readonly id: string
  /** Why the action is not possible now; empty: no objection. */
  check?(em: EntityManager, release: Release, action: ReleaseAction): Promise<Refusal[]>
  /** After any change of the release, its sources or its targets, in the same transaction. */
  follow?(em: EntityManager, release: Release, because: Because): Promise<void>
}

declare module '../kernel/context.ts' {
  interface Services {
    releaseGates: readonly ReleaseGate[]
  }
}
