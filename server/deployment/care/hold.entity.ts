import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { ChangingNoun } from '../../kernel/noun.ts'
import type { Moving } from '../../kernel/move.ts'
import { holdLifecycle, type HoldState } from './hold.lifecycle.ts'

/** One for each deployment, with its UUID, so that its history is the deployment's; `care.types.ts` has its GraphQL side. */
@Entity({ tableName: 'deployment_hold' })
export class DeploymentHold extends ChangingNoun implements Moving<HoldState> {
  get prefix() {
    return 'dpl' as const
  }

  @Property({ type: 'text' })
  state: Opt<HoldState> = holdLifecycle.initial

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  holderId: string | null = null

  @Property({ type: 'timestamptz', nullable: true })
  since: Date | null = null

  /** Account to which it is handed over; null when it is not. */
  @Property({ type: 'uuid', nullable: true })
  successorId: string | null = null

  /** What the holder says to the successor. */
  @Property({ type: 'text', nullable: true })
  note: string | null = null

  @Property({ type: 'timestamptz', nullable: true })
  handedOverAt: Date | null = null

  /** Name of the deployment, set by whoever loads it. */
  displayName: Opt<string> = 'the hold'

  get topic() {
    return 'deployment.changed' as const
  }

  /** An event of the deployment, whose version it is not. */
  get eventSubject(): Opt<string> {
    return this.uuid
  }
}
