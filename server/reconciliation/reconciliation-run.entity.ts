import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { EVERYTHING } from './reconciliation-task.entity.ts'
import { ReconciliationKinds, type ReconciliationKind } from './reconciliation-result.entity.ts'
import { reconciliationRunLifecycle, type ReconciliationRunState } from './reconciliation.lifecycle.ts'

export const ReconciliationRunStates = Object.fromEntries(
  reconciliationRunLifecycle.states.map((state) => [state, state]),
) as { [S in ReconciliationRunState]: S }
registerEnumType(ReconciliationRunStates, { name: 'ReconciliationRunState' })

@ObjectType({ description: 'How many results of a kind a run found.' })
export class KindCount {
  @Field(() => ReconciliationKinds)
  kind!: ReconciliationKind

  @Field(() => Int)
  count!: number
}

@ObjectType({ implements: Node, description: 'One comparison of what is authorized with what discovery saw.' })
@Entity({ tableName: 'reconciliation_run' })
export class ReconciliationRun extends ChangingNoun implements Moving<ReconciliationRunState> {
  get prefix() {
    return 'rcr' as const
  }

  @Field(() => String, { description: 'How people call it, e.g. RCR-3.' })
  @Property({ type: 'text' })
  number!: string

  @Field(() => ReconciliationRunStates)
  @Property({ type: 'text' })
  state: Opt<ReconciliationRunState> = reconciliationRunLifecycle.initial

  @Field(() => Int, { description: 'Linked pairs that were compared.' })
  @Property({ type: 'integer' })
  compared: Opt<number> = 0

  @Field(() => Int, {
    description: 'Pairs without a difference; those of the last run of a task are its results of the kind MATCH.',
  })
  @Property({ type: 'integer' })
  matches: Opt<number> = 0

  @Field(() => Int, { description: 'Results that wait for a person.' })
  @Property({ type: 'integer' })
  differences: Opt<number> = 0

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  @Property({ type: 'text', nullable: true })
  failure: string | null = null

  @Property({ type: 'uuid' })
  taskId: Opt<string> = EVERYTHING

  @Field(() => Boolean, { description: 'It only says what it would do.' })
  @Property({ type: 'boolean' })
  dryRun: Opt<boolean> = false

  /** By kind of result, and `ignored`. */
  @Property({ type: 'json' })
  counts: Opt<Record<string, number>> = {}

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  startedBy: string | null = null

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  startedAt: Opt<Date> = new Date()

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null

  get displayName(): Opt<string> {
    return this.number
  }

  get topic() {
    return 'reconciliation.changed' as const
  }
}
