import { Field, Int, ObjectType } from 'type-graphql'

@ObjectType({ description: 'A site at which targets of a task lie.' })
export class TargetSite {
  /** UUID. */
  siteId!: string | null

  @Field(() => Int, { description: 'How many targets lie there; of several sites around a target the nearest counts.' })
  targets!: number
}
