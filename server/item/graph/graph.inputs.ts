import { Field, ID, InputType } from 'type-graphql'
import { uuidOf } from '../../kernel/node-id.ts'
import { ItemStates } from '../item.entity.ts'
import type { ItemState } from '../item.lifecycle.ts'
import type { NodeFilter } from './node-filter.ts'

@InputType({ description: 'Which items an answer of the graph lists and counts.' })
export class NodeFilterInput {
  @Field(() => [String], { nullable: true })
  classNames?: string[] | null

  @Field(() => [ItemStates], { nullable: true })
  states?: ItemState[] | null

  @Field(() => [ID], { nullable: true, description: 'Items whose nearest site is one of these.' })
  siteIds?: string[] | null
}

export const WITH_WAY = {
  nullable: true,
  description:
    'Also gives, as `between`, what the filter leaves out and the way to the listed nodes leads through. Both together are no more than `first`.',
}

export function nodeFilterOf(input: NodeFilterInput | null | undefined): NodeFilter {
  return { ...input, siteIds: input?.siteIds?.map((id) => uuidOf(id, 'ci', ['filter', 'siteIds'])) }
}
