import { Field, Int, ObjectType } from 'type-graphql'
import { JsonObject } from '../kernel/scalars.ts'
import { DiscoveryProblem } from './run-report.type.ts'

@ObjectType({ description: 'A column of a table, for those who say what it becomes.' })
export class TableColumn {
  @Field(() => String)
  name!: string

  @Field(() => [String], { description: 'Some of its values, from the first rows.' })
  samples!: string[]
}

@ObjectType({ description: 'A relationship that a row would become.' })
export class PreviewRelationship {
  @Field(() => String)
  type!: string

  @Field(() => Boolean, { description: 'The item is its target; else its source.' })
  isIncoming!: boolean

  @Field(() => String, { description: 'Of the other end.' })
  className!: string

  @Field(() => String, { description: 'Of the other end.' })
  key!: string

  @Field(() => Boolean, {
    description:
      'The other end is among the rows that were looked at, or the product told of it before. If it is not further down either, the relationship is left out.',
  })
  isKnown!: boolean
}

@ObjectType({ description: 'An item that a row would become.' })
export class PreviewItem {
  @Field(() => Int, { nullable: true, description: 'In the file, from 1.' })
  line!: number | null

  @Field(() => String)
  className!: string

  @Field(() => String)
  name!: string

  @Field(() => String)
  key!: string

  @Field(() => JsonObject, { description: 'In the types of its class.' })
  attributes!: Record<string, unknown>

  @Field(() => Boolean, { description: 'The product told of it before.' })
  isKnown!: boolean

  @Field(() => [PreviewRelationship])
  relationships!: PreviewRelationship[]
}

@ObjectType({ description: 'What the first rows of a table would become by a mapping. Nothing is written.' })
export class DiscoveryPreview {
  @Field(() => [TableColumn], { description: 'Empty if the file cannot be read so far.' })
  columns!: TableColumn[]

  @Field(() => Boolean, { description: 'Whether a run would load anything: no problem is an error.' })
  fits!: boolean

  @Field(() => [PreviewItem])
  items!: PreviewItem[]

  @Field(() => [DiscoveryProblem])
  problems!: DiscoveryProblem[]
}
