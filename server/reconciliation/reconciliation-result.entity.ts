import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node, uuidArray } from '../kernel/noun.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { EVERYTHING } from './reconciliation-task.entity.ts'
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
    LINK_FAILURE: {
      description:
        'Several candidates to link, or a relationship that a rule keeps from being authorized; nothing was done.',
    },
    MATCH: { description: 'No difference. Listed only where it is asked for, since most pairs are like this.' },
    MISMATCH: { description: 'Attributes or relationships differ.' },
    MISSING: { description: 'Discovery does not see the item any more.' },
    UNEXPECTED: { description: 'Discovery sees something that is not authorized.' },
  },
})

export const Explanations = { EXPLAINED: 'EXPLAINED', UNEXPLAINED: 'UNEXPLAINED' } as const
export type Explanation = keyof typeof Explanations
registerEnumType(Explanations, {
  name: 'ChangeExplanation',
  description: 'Whether a change of what is seen was brought by a deployment.',
  valuesConfig: {
    EXPLAINED: { description: 'A deployment to this machine brought it in that time.' },
    UNEXPLAINED: { description: 'No deployment did: it is drift.' },
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

  @Field(() => Explanations, {
    nullable: true,
    description: 'Null: what is seen has not changed since it was first seen.',
  })
  explanation?: Explanation | null

  @Field(() => ID, { nullable: true, description: 'The deployment that explains the actual value.' })
  deploymentId?: string | null

  @Field(() => String, { nullable: true })
  deploymentNumber?: string | null
}

@ObjectType({ description: 'A relationship that only one of the two sides has.' })
export class RelationshipDifference {
  @Field(() => String)
  type!: string

  @Field(() => String, { description: 'Name of the other end.' })
  other!: string

  @Field(() => ID)
  otherId!: string

  @Field(() => Boolean, { description: 'True: it is authorized and not seen. False: it is seen and not authorized.' })
  authorized!: boolean
}

@ObjectType({ implements: Node, description: 'What a comparison found about one item; a person resolves it.' })
@Entity({ tableName: 'reconciliation_result' })
export class ReconciliationResult extends ChangingNoun implements Moving<ResultState> {
  get prefix() {
    return 'rcn' as const
  }

  /** The latest run that found it; null: only a promotion did so far. */
  @Property({ type: 'uuid', nullable: true })
  runId: string | null = null

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

  @Property({ type: 'uuid' })
  taskId: Opt<string> = EVERYTHING

  @Field(() => String, { nullable: true, description: 'For programs: which rule found it.' })
  @Property({ type: 'text', nullable: true })
  code: string | null = null

  @Field(() => String, { nullable: true, description: 'One sentence.' })
  @Property({ type: 'text', nullable: true })
  message: string | null = null

  @Field(() => [RelationshipDifference])
  @Property({ type: 'json' })
  relationships: Opt<RelationshipDifference[]> = []

  /** Items that the actual one could be. */
  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  candidateIds: Opt<string[]> = []

  @Field(() => Explanations, {
    nullable: true,
    description: 'UNEXPLAINED when one of its values changed and no deployment explains it.',
  })
  @Property({ type: 'text', nullable: true })
  explanation: Explanation | null = null

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
