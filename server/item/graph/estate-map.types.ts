import { Field, Float, ID, Int, ObjectType } from 'type-graphql'
import { Seq } from '../../kernel/scalars.ts'

@ObjectType({ description: 'Items that belong together, with their place on the map.' })
export class EstateCluster {
  @Field(() => Int, { description: 'Names it within this answer; links speak of it.' })
  key!: number

  @Field(() => ID, { description: 'An item of it, by which estateCluster is asked; the next map may cut otherwise.' })
  headId!: string

  @Field(() => String)
  title!: string

  @Field(() => Int, { description: 'How many items of it the caller sees.' })
  count!: number

  @Field(() => Float)
  x!: number

  @Field(() => Float)
  y!: number

  @Field(() => Float)
  radius!: number
}

@ObjectType({ description: 'How many relationships there are between two clusters; the ends are keys.' })
export class EstateLink {
  @Field(() => Int)
  a!: number

  @Field(() => Int)
  b!: number

  @Field(() => Int)
  count!: number
}

@ObjectType({
  description: 'The estate as clusters. Drawn once for a state of the graph and kept for a while, 30 s at most.',
})
export class EstateMapAnswer {
  @Field(() => Seq, { description: 'Number of the last event that the map takes into account.' })
  seq!: number

  @Field(() => Boolean, {
    description:
      'Whether the map takes all of the graph into account. If not, a new one is drawn 1 to 30 s after the last.',
  })
  isCurrent!: boolean

  @Field(() => Int, { description: 'How many items the caller sees.' })
  total!: number

  @Field(() => [EstateCluster])
  clusters!: EstateCluster[]

  @Field(() => [EstateLink], {
    description: 'The strongest 400; none for who sees a part of the estate only.',
  })
  links!: EstateLink[]
}

@ObjectType({
  description: 'The items of one cluster, as columns of equal length; those with the most relationships first.',
})
export class EstateClusterView {
  @Field(() => Seq)
  seq!: number

  @Field(() => Boolean, { description: 'As of estateMap.' })
  isCurrent!: boolean

  @Field(() => String)
  title!: string

  @Field(() => Int, { description: 'How many the caller sees, listed or not.' })
  total!: number

  @Field(() => [ID])
  ids!: string[]

  @Field(() => [String])
  names!: string[]

  @Field(() => [String])
  classNames!: string[]

  @Field(() => [Float])
  x!: number[]

  @Field(() => [Float])
  y!: number[]

  @Field(() => [Int], { description: 'How many relationships each has to what the caller sees, of any cluster.' })
  degrees!: number[]

  @Field(() => [Int], { description: 'Of the relationships among them: places of the sources in the columns.' })
  sources!: number[]

  @Field(() => [Int], { description: 'Of the same relationships: places of the targets.' })
  targets!: number[]
}
