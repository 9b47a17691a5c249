import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Account } from '../../account/account.entity.ts'
import { accountField } from '../../account/account.fields.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import { connectionOf, PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { MoveInput, MutationPayload } from '../../kernel/mutation.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { reachAnywhere } from '../../kernel/noun-event.ts'
import { ManagementProduct } from '../../product/product.entity.ts'
import { productOf } from '../../product/product.reads.ts'
import { ActualItem } from '../actual-item.entity.ts'
import { actualItemOf } from '../actual.reads.ts'
import { DiscoveryRun } from '../discovery-run.entity.ts'
import { discoveryRunOf } from '../discovery.reads.ts'
import { loadRules } from './rule.store.ts'
import { refusedByProtection, whyNotMerge } from './question-protection.ts'
import { IdentityQuestion, QuestionKinds, QuestionStates, type QuestionKind } from './question.entity.ts'
import { questionLifecycle, type QuestionState } from './question.lifecycle.ts'
import { questionOf, questionPage, questionsOfItem } from './question.reads.ts'
import {
  answerKeepApart,
  answerMerge,
  answerReclassify,
  dismissQuestion,
  undoAnswer,
  type MergeRules,
} from './question.service.ts'

const rulesOf = async ({ em, services }: Context): Promise<MergeRules> => ({
  rules: await loadRules(em, services.catalogue),
  catalogue: await services.catalogue.fresh(em),
  gates: services.itemGates ?? [],
})
const IdentityQuestionConnection = connectionOf('IdentityQuestion', () => IdentityQuestion)

@ArgsType()
class QuestionListArgs extends PageArgs {
  @Field(() => [QuestionStates], { nullable: true, description: 'Default: all.' })
  states?: QuestionState[] | null

  @Field(() => [QuestionKinds], { nullable: true })
  kinds?: QuestionKind[] | null

  @Field(() => ID, { nullable: true, description: 'Only those that this run raised.' })
  runId?: string | null
}

@InputType()
export class IdentityMergeInput extends MoveInput {
  @Field(() => ID, { description: 'The actual item that it is; one of the candidates.' })
  candidateId!: string

  @Field(() => [ID], { nullable: true, description: 'Other candidates that are the same thing too: all become one.' })
  alsoIds?: string[] | null
}

@ObjectType({ description: 'A known item that the one in question may be, with what speaks for it and against it.' })
export class IdentityCandidate {
  /** UUIDs, of the candidate and of what the question is about. */
  itemId!: string
  questionItemId!: string

  @Field(() => [String], { description: 'Identifier rules under which both have the same value.' })
  agree!: string[]

  @Field(() => [String], { description: 'Identifier rules under which they have different values.' })
  against!: string[]
}

@ObjectType()
export class IdentityQuestionPayload extends MutationPayload {
  @Field(() => IdentityQuestion, { nullable: true })
  question?: IdentityQuestion | null
}

@Resolver(() => IdentityQuestion)
export class IdentityQuestionResolver {
  @Authorized('estate.read')
  @Query(() => IdentityQuestion, { nullable: true })
  identityQuestion(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return questionOf(context, uuidOf(id, 'idq'))
  }

  @Authorized('estate.read')
  @Query(() => IdentityQuestionConnection, { description: 'What discovery could not decide, the newest first.' })
  identityQuestions(
    @Ctx() context: Context,
    @Args(() => QuestionListArgs) { states, kinds, runId, ...page }: QuestionListArgs,
  ) {
    return questionPage(context, { states, kinds, runId }, page)
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityQuestionPayload, { description: 'The item and the candidate are one. It can be undone.' })
  async identityMerge(@Ctx() context: Context, @Arg('input', () => IdentityMergeInput) input: IdentityMergeInput) {
    return { question: await answerMerge(context.em, await rulesOf(context), input, viewerOf(context)) }
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityQuestionPayload, { description: 'They are different things. Remembered.' })
  async identityKeepApart(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { question: await answerKeepApart(context.em, input, viewerOf(context)) }
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityQuestionPayload, { description: 'The item becomes one of the class that the source says.' })
  async identityReclassify(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { question: await answerReclassify(context.em, input, viewerOf(context)) }
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityQuestionPayload, { description: 'Leave it as it is.' })
  async identityDismiss(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { question: await dismissQuestion(context.em, input, viewerOf(context)) }
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityQuestionPayload, { description: 'Takes an answer back; a merge gives both items back.' })
  async identityUndo(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { question: await undoAnswer(context.em, await rulesOf(context), input, viewerOf(context)) }
  }

  @FieldResolver(() => ActualItem, { nullable: true, description: 'What it is about.' })
  item(@Root() question: IdentityQuestion, @Ctx() context: Context) {
    return actualItemOf(context, question.itemId)
  }

  @FieldResolver(() => [IdentityCandidate], { description: 'The most likely first.' })
  candidates(@Root() question: IdentityQuestion): IdentityCandidate[] {
    const questionItemId = question.itemId
    return (question.evidence.candidates ?? []).map(({ itemId, agree, against }) => ({
      ...{ itemId, questionItemId, agree, against },
    }))
  }

  @FieldResolver(() => DiscoveryRun, { nullable: true, description: 'The run that raised it.' })
  run(@Root() question: IdentityQuestion, @Ctx() context: Context) {
    return question.runId && discoveryRunOf(context, question.runId)
  }

  @FieldResolver(() => ManagementProduct, { nullable: true })
  product(@Root() question: IdentityQuestion, @Ctx() context: Context) {
    return question.productId && productOf(context, question.productId)
  }

  @FieldResolver(() => Account, { nullable: true })
  decidedBy(@Root() question: IdentityQuestion, @Ctx() context: Context) {
    return accountField(context, question.decidedBy)
  }

  @FieldResolver(() => [String], {
    description:
      'What the caller can do with it now: merge (where a candidate has no whyNotMerge), keepApart, reclassify, dismiss, undo.',
  })
  async allowedActions(@Root() question: IdentityQuestion, @Ctx() context: Context): Promise<string[]> {
    if (reachAnywhere(viewerOf(context), 'identity.manage') !== 'estate') return []
    const fitting =
      question.kind === 'RECLASSIFY' ? ['reclassify', 'dismiss', 'undo'] : ['merge', 'keepApart', 'dismiss', 'undo']
    const possible = fitting.filter((action) => questionLifecycle.next(question.state, action as 'merge'))
    const refused = await refusedByProtection(context, question, possible)
    return possible.filter((action) => !refused.includes(action))
  }
}

@Resolver(() => IdentityCandidate)
export class IdentityCandidateResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why a merge with it would be refused now: one of the two is linked with a protected item.',
  })
  whyNotMerge(@Root() { itemId, questionItemId }: IdentityCandidate, @Ctx() context: Context) {
    return whyNotMerge(context, [questionItemId, itemId])
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  item(@Root() candidate: IdentityCandidate, @Ctx() context: Context) {
    return actualItemOf(context, candidate.itemId)
  }
}

/** What questions add to an actual item. */
@Resolver(() => ActualItem)
export class ActualItemQuestionsResolver {
  @FieldResolver(() => IdentityQuestionConnection, { description: 'Questions in which it takes part.' })
  questions(@Root() item: ActualItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return questionsOfItem(context, item.uuid, page)
  }

  @FieldResolver(() => ActualItem, { nullable: true, description: 'The item that it turned out to be.' })
  mergedInto(@Root() item: ActualItem, @Ctx() context: Context) {
    return item.mergedInto && actualItemOf(context, item.mergedInto)
  }
}
