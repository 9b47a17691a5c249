import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { MutationInput, MutationPayload } from '../../kernel/mutation.ts'
import { JsonObject } from '../../kernel/scalars.ts'
import { ConfigurationItem, ItemStates } from '../item.entity.ts'
import type { ItemState } from '../item.lifecycle.ts'

@InputType()
export class ItemsChangeInput extends MutationInput {
  @Field(() => [ID], { description: '1 to 200 items.' })
  ids!: string[]

  @Field(() => JsonObject, { nullable: true, description: 'Changed values by attribute name; null takes one away.' })
  attributes?: unknown

  @Field(() => ID, { nullable: true, description: 'The site they are located in from now on.' })
  siteId?: string | null

  @Field(() => ItemStates, { nullable: true, description: 'The state they get, by the step that leads there.' })
  state?: ItemState | null

  @Field(() => [Int], {
    nullable: true,
    description: 'The versions the caller saw, in the order of ids; an item that has another by now is refused.',
  })
  expectedVersions?: number[] | null
}

@InputType()
export class ItemsUndoInput extends MutationInput {
  @Field(() => String, { description: 'The undoId of what is taken back.' })
  undoId!: string
}

@ObjectType({ description: 'All of them or none: with userErrors nothing was changed, and each names its item.' })
export class ItemsChangePayload extends MutationPayload {
  @Field(() => [ConfigurationItem], { description: 'Those that are other than before.' })
  items!: ConfigurationItem[]

  @Field(() => String, {
    nullable: true,
    description: 'For itemsUndo; null when there is nothing to take back, or no way.',
  })
  undoId?: string | null
}
