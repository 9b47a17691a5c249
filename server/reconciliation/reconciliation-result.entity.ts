import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { resultLifecycle, type ResultState } from './reconciliation.lifecycle.ts'

export const ResultStates = Object.fromEntries(resultLifecycle.states.map((state) => [state, state])) as {
  [S in ResultState]: S
}
registerEnumType(ResultStates, { name: 'ReconciliationResultState' })

export const ReconciliationKinds = {
  LINK: 'LINK',
  LINK_FAILURE: 'LINK_FAILURE',
  MATCH: 'MATCH',
  MISMATCH: 'MISMATCH',
  MISSING: 'MISSING',
  UNEXPECTED: 'UNEXPECTED',
} as const
export type ReconciliationKind = keyof typeof ReconciliationKinds
registerEnumType(ReconciliationKinds, {
  name: 'ReconciliationKind',
  description: 'What a comparison found.',
  valuesConfig: {
    LINK: { description: 'The two were linked by this run.' },
    LINK_FAILURE: { description: 'Several candidates to link; nothing was done.' },
    MATCH: { description: 'No difference; only counted.' },
    MISMATCH: { description: 'Attributes differ.' },
    MISSING: { description: 'Discovery does not see the item any more.' },
    UNEXPECTED: { description: 'Discovery sees something that is not authorized.' },
  },
})

@ObjectType({ description: 'One attribute that differs.' })
export class Difference {
  @Field(() => String)
  attribute!: string

  @Field(() => JsonValue, { nullable: true })
  authorized!: unknown

  @Field(() => JsonValue, { nullable: true })
  actual!: unknown
}

@ObjectType({ implements: Node, description: 'What a comparison found about one item; a person resolves it.' })
@Entity({ tableName: 'reconciliation_result' })
export class ReconciliationResult extends ChangingNoun implements Moving<ResultState> {
  get prefix() {
    return 'rcn' as const
  }

  /** The latest run that found it. */
  @Property({ type: 'uuid' })
  runId!: string

  @Field(() => ReconciliationKinds)
  @Property({ type: 'text' })
  kind!: ReconciliationKind

  @Field(() => ResultStates)
  @Property({ type: 'text' })
  state: Opt<ResultState> = resultLifecycle.initial

  @Property({ type: 'uuid', nullable: true })
  configurationItemId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  actualItemId: string | null = null

  @Field(() => [Difference])
  @Property({ type: 'json' })
  differences: Opt<Difference[]> = []

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  comment: string | null = null

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  resolvedBy: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  resolvedAt: Date | null = null

  get displayName(): Opt<string> {
    return `The ${this.kind} result`
  }

  get topic() {
    return 'reconciliationResult.changed' as const
  }
}
