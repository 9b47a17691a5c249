import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql'
import { MomentScalar, type Moment } from '../kernel/scalars.ts'
import { ConfigurationItemFilter } from './item.inputs.ts'

@ArgsType()
export class ItemFacetArgs {
  @Field(() => ConfigurationItemFilter, { nullable: true })
  filter?: ConfigurationItemFilter | null

  @Field(() => MomentScalar, { nullable: true, description: 'The counts as they were then.' })
  at?: Moment | null
}

@ObjectType({ description: 'One value by which the list can be narrowed.' })
export class ItemFacetValue {
  @Field(() => ID, { description: 'What the filter takes: name of a class or state, id of a site or product.' })
  value!: string

  @Field(() => String, { description: 'What people call it.' })
  label!: string

  @Field(() => Int, { description: 'How many items of the list remain when it alone is chosen in its facet.' })
  count!: number
}

@ObjectType({ description: 'The values of one facet; its own selection does not narrow them, the others do.' })
export class ItemFacet {
  @Field(() => [ItemFacetValue], { description: 'The 50 values with the most items, most first.' })
  values!: ItemFacetValue[]

  @Field(() => Int, { description: 'How many further values have items.' })
  others!: number
}

@ObjectType({ description: 'By what a list of items can be narrowed further, counted for what the caller sees.' })
export class ItemFacets {
  filter!: ConfigurationItemFilter
  at?: Date
}
