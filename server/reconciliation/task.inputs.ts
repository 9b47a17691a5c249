import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import { ReconciliationKinds, ReconciliationResult, type ReconciliationKind } from './reconciliation-result.entity.ts'
import { ITEM_ACTION } from './reconciliation.inputs.ts'
import { LinkRule, ReconciliationTask } from './reconciliation-task.entity.ts'

@InputType()
abstract class SaveInput extends MutationInput {
  @Field(() => ID, { nullable: true, description: 'What is changed; none: a new one.' })
  id?: string | null

  @Field(() => Int, { nullable: true, description: 'The version the caller saw; refused when it is another by now.' })
  expectedVersion?: number | null
}

@InputType()
export class ReconciliationTaskSaveInput extends SaveInput {
  @Field(() => String, { description: '1 to 100 characters; no two alike.' })
  name!: string

  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  active?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Names of classes; none: all.' })
  classNames?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Only items inside this site.' })
  siteId?: string | null

  @Field(() => [LinkRule], { description: 'At most 10, in this order. None: nothing is linked.' })
  linkRules!: LinkRule[]

  @Field(() => [String], { nullable: true })
  attributes?: string[] | null

  @Field(() => [String], { nullable: true })
  ignoredAttributes?: string[] | null

  @Field(() => Int, { nullable: true, description: '0 to 8; default 1.' })
  depth?: number | null

  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  caseSensitive?: boolean | null

  @Field(() => Int, { nullable: true, description: '1 to 44640 (31 days).' })
  everyMinutes?: number | null
}

@InputType()
export class ReconciliationStartInput extends MutationInput {
  @Field(() => ID, { nullable: true, description: 'Default: the task that compares everything.' })
  taskId?: string | null

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Only says what it would find and link.' })
  dryRun?: boolean
}

@InputType()
export class ReconciliationLinkInput extends MutationInput {
  @Field(() => ID)
  actualItemId!: string

  @Field(() => ID)
  itemId!: string

  @Field(() => String, { nullable: true, description: 'Kept with the results that it resolves.' })
  comment?: string | null
}

@InputType()
export class ReconciliationResultsResolveInput extends MutationInput {
  @Field(() => [ID], { description: '1 to 200 results.' })
  ids!: string[]

  @Field(() => String, { description: 'What each of them allows: acceptActual, keepApart, resolve or ignore.' })
  action!: string

  @Field(() => String, { nullable: true, description: ITEM_ACTION })
  itemAction?: string | null

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@InputType()
export class ReconciliationIgnoreRuleSaveInput extends SaveInput {
  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  active?: boolean | null

  @Field(() => ReconciliationKinds, { nullable: true })
  kind?: ReconciliationKind | null

  @Field(() => String, { nullable: true })
  className?: string | null

  @Field(() => String, { nullable: true, description: 'An attribute, or the type of a relationship.' })
  attribute?: string | null

  @Field(() => ID, { nullable: true })
  configurationItemId?: string | null

  @Field(() => ID, { nullable: true })
  actualItemId?: string | null
}

@ObjectType()
export class ReconciliationTaskPayload extends MutationPayload {
  @Field(() => ReconciliationTask, { nullable: true })
  task?: ReconciliationTask | null
}

@ObjectType()
export class ReconciliationIgnoreRulePayload extends MutationPayload {
  @Field(() => ReconciliationIgnoreRule, { nullable: true })
  rule?: ReconciliationIgnoreRule | null
}

@ObjectType()
export class ReconciliationResultsPayload extends MutationPayload {
  @Field(() => [ReconciliationResult])
  results!: ReconciliationResult[]
}
