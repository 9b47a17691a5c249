import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { ItemStates } from '../item/item.entity.ts'
import type { ItemState } from '../item/item.lifecycle.ts'

export const GoesAlongs = { AS_RELATED: 'AS_RELATED', CONTAINED: 'CONTAINED', NEVER: 'NEVER' } as const
export type GoesAlong = keyof typeof GoesAlongs
registerEnumType(GoesAlongs, {
  name: 'GoesAlong',
  description: 'When things are promoted that nobody chose themselves.',
  valuesConfig: {
    AS_RELATED: { description: 'As the scope says: the site of what is promoted, and the software on it.' },
    CONTAINED: { description: 'Also whatever is inside what is promoted, through containment, however deep.' },
    NEVER: { description: 'Only what is chosen itself.' },
  },
})

@ObjectType({
  description:
    'What the things of an actual class become. Its subclasses go the same way unless another mapping of the scope is nearer to them.',
})
@InputType('PromotionMappingInput')
export class PromotionMapping {
  @Field(() => String, { description: 'The class as which discovery sees them, with its subclasses.' })
  actualClass!: string

  @Field(() => String, { description: 'The class as which they are authorized; not an abstract one.' })
  authorizedClass!: string

  @Field(() => [String], {
    defaultValue: [],
    description: 'Only these attributes are copied; none: all that the authorized class copies.',
  })
  attributes!: string[]

  @Field(() => ItemStates, { nullable: true, description: 'In which state they begin; null: PRODUCTION.' })
  state!: ItemState | null

  @Field(() => GoesAlongs, { defaultValue: GoesAlongs.AS_RELATED })
  goesAlong!: GoesAlong
}
