import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../../kernel/move.ts'
import { ChangingNoun, Node, uuidArray } from '../../kernel/noun.ts'
import { DateTime } from '../../kernel/scalars.ts'
import { questionLifecycle, type QuestionState } from './question.lifecycle.ts'

export const QuestionStates = Object.fromEntries(questionLifecycle.states.map((state) => [state, state])) as {
  [S in QuestionState]: S
}
registerEnumType(QuestionStates, {
  name: 'IdentityQuestionState',
  description: 'Whether it waits, or how it was answered.',
})

export const QuestionKinds = {
  AMBIGUOUS: 'AMBIGUOUS',
  CONFLICT: 'CONFLICT',
  PROPOSED: 'PROPOSED',
  RECLASSIFY: 'RECLASSIFY',
} as const
export type QuestionKind = keyof typeof QuestionKinds
registerEnumType(QuestionKinds, {
  name: 'IdentityQuestionKind',
  description: 'Why discovery asks.',
  valuesConfig: {
    AMBIGUOUS: { description: 'Several known items have the mark by which it would be recognised.' },
    CONFLICT: { description: 'Strong marks disagree, as those of cloned machines do.' },
    PROPOSED: { description: 'Only a weak mark, such as the name, says that the two may be one.' },
    RECLASSIFY: { description: 'A source says that it is of another class.' },
  },
})

/** The evidence for one candidate. */
export interface CandidateEvidence {
  /** UUID. */
  itemId: string
  /** Ids of the identifier rules under which both have the same value, and under which they have others. */
  agree: string[]
  against: string[]
}

@ObjectType({
  implements: Node,
  description: 'A work item: what discovery could not decide by itself. Nothing was merged.',
})
@Entity({ tableName: 'identity_question' })
export class IdentityQuestion extends ChangingNoun implements Moving<QuestionState> {
  get prefix() {
    return 'idq' as const
  }

  @Field(() => String, { description: 'How people call it, e.g. IDQ-7.' })
  @Property({ type: 'text' })
  number!: string

  @Field(() => QuestionKinds)
  @Property({ type: 'text' })
  kind!: QuestionKind

  @Field(() => QuestionStates)
  @Property({ type: 'text' })
  state: Opt<QuestionState> = questionLifecycle.initial

  @Property({ type: 'uuid', nullable: true })
  runId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  /** The actual item that the question is about. */
  @Property({ type: 'uuid' })
  itemId!: string

  /** Actual items that it may be. */
  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  candidates: Opt<string[]> = []

  @Field(() => String, { description: 'The identifier rule that raised it, e.g. ComputerSystem/machine-id.' })
  @Property({ type: 'text' })
  rule!: string

  @Property({ type: 'json' })
  evidence: Opt<{ candidates?: CandidateEvidence[]; from?: string; to?: string }> = {}

  @Field(() => String, { nullable: true, description: 'For RECLASSIFY: the class that the source says.' })
  @Property({ type: 'text', nullable: true })
  wantedClass: string | null = null

  @Field(() => String, { nullable: true, description: 'What was said with the answer.' })
  @Property({ type: 'text', nullable: true })
  comment: string | null = null

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  decidedBy: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  decidedAt: Date | null = null

  get displayName(): Opt<string> {
    return this.number
  }

  get topic() {
    return 'identity.changed' as const
  }
}
