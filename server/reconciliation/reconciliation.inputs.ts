import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import { MoveInput, MutationPayload } from '../kernel/mutation.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { waysToLeave } from './accept.ts'
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
export class ReconciliationRunEvent extends NounEvent {
  @Field(() => ReconciliationRun, { nullable: true })
  reconciliationRun?: ReconciliationRun | null
}
