import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import { MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { type ConfigurationItem } from '../item/item.entity.ts'
import { waysToLeave } from './accept.ts'
import { PromotionScope } from './promotion-scope.entity.ts'
import {
  ReconciliationKinds,
  ReconciliationResult,
  ResultStates,
  type ReconciliationKind,
} from './reconciliation-result.entity.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import type { ResultState } from './reconciliation.lifecycle.ts'

export const ReconciliationRunConnection = connectionOf('ReconciliationRun', () => ReconciliationRun)
export const ReconciliationResultConnection = connectionOf('ReconciliationResult', () => ReconciliationResult)

@InputType()
export class ReconciliationResultFilter {
  @Field(() => [ReconciliationKinds], { nullable: true })
  kinds?: ReconciliationKind[] | null

  @Field(() => [ResultStates], { nullable: true })
  states?: ResultState[] | null

  @Field(() => ID, { nullable: true })
  taskId?: string | null

  @Field(() => ID, { nullable: true, description: 'Only about this configuration item.' })
  itemId?: string | null

  @Field(() => Boolean, { nullable: true, description: 'Only with a change that no deployment explains.' })
  unexplained?: boolean | null

  @Field(() => ID, { nullable: true, description: 'Only what this run found, or found again.' })
  runId?: string | null
}

@ArgsType()
export class ReconciliationResultListArgs extends PageArgs {
  @Field(() => ReconciliationResultFilter, { nullable: true })
  filter?: ReconciliationResultFilter | null
}

@InputType()
export class ItemsPromoteInput extends MutationInput {
  @Field(() => [ID], { nullable: true })
  actualItemIds?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'All present items of the class of the scope.' })
  everything?: boolean | null

  @Field(() => ID, { nullable: true, description: 'The promotion scope; default the first one.' })
  scopeId?: string | null
}

export const ITEM_ACTION = `What becomes of an item that is missing, when that is accepted: ${waysToLeave.join(', ')}; the first one is the default.`

@InputType()
export class ReconciliationResultResolveInput extends MoveInput {
  @Field(() => String, {
    description:
      'One of allowedActions: acceptActual, link, keepApart (it stays unlinked or unrelated by a rule; its comment says why), resolve, ignore.',
  })
  action!: string

  @Field(() => ID, { nullable: true, description: 'With link: the configuration item that it is.' })
  itemId?: string | null

  @Field(() => String, { nullable: true, description: ITEM_ACTION })
  itemAction?: string | null

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@InputType()
export class PromotionScopeCreateInput extends MutationInput {
  @Field(() => String)
  name!: string

  @Field(() => String, { description: 'One of itemClasses.' })
  className!: string

  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  includesRelated?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Names of attributes; empty: all that the class copies.' })
  attributes?: string[] | null
}

@InputType({ description: 'What is left out stays as it is; the class cannot be changed.' })
export class PromotionScopeUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => Boolean, { nullable: true })
  includesRelated?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Names of attributes; empty: all that the class copies.' })
  attributes?: string[] | null
}

@ObjectType()
export class ItemsPromotePayload extends MutationPayload {
  items?: ConfigurationItem[]
}

@ObjectType()
export class ReconciliationRunPayload extends MutationPayload {
  @Field(() => ReconciliationRun, { nullable: true })
  run?: ReconciliationRun | null
}

@ObjectType()
export class ReconciliationResultPayload extends MutationPayload {
  @Field(() => ReconciliationResult, { nullable: true })
  result?: ReconciliationResult | null
}

@ObjectType()
export class PromotionScopePayload extends MutationPayload {
  @Field(() => PromotionScope, { nullable: true })
  promotionScope?: PromotionScope | null
}

@ObjectType()
export class ReconciliationRunEvent extends NounEvent {
  @Field(() => ReconciliationRun, { nullable: true })
  reconciliationRun?: ReconciliationRun | null
}
