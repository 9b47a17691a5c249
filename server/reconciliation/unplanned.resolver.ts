import {
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { unplannedPage, type UnplannedFilter } from './unplanned.reads.ts'

@ObjectType({ description: 'A value that was seen to change, and no deployment explains it.' })
export class UnplannedChange {
  /** UUID. */
  actual!: string

  @Field(() => DateTime, { description: 'When the new value was seen first.' })
  at!: Date

  @Field(() => String)
  attribute!: string

  @Field(() => JsonValue, { nullable: true })
  before!: unknown

  @Field(() => JsonValue, { nullable: true })
  value!: unknown
}

const UnplannedChangeConnection = connectionOf('UnplannedChange', () => UnplannedChange)

@InputType()
class UnplannedChangeFilter implements UnplannedFilter {
  @Field(() => DateTime, { nullable: true, description: 'Default: 30 days ago.' })
  since?: Date | null

  @Field(() => [String], { nullable: true, description: 'Classes, with their subclasses.' })
  classNames?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'Only of what is linked with a configuration item, or is not.' })
  linked?: boolean | null

  @Field(() => String, { nullable: true, description: 'A part of the name.' })
  search?: string | null
}

@ArgsType()
class UnplannedChangeListArgs extends PageArgs {
  @Field(() => UnplannedChangeFilter, { nullable: true })
  filter?: UnplannedChangeFilter | null
}

@Resolver(() => UnplannedChange)
export class UnplannedChangeResolver {
  @Authorized('estate.read')
  @Query(() => UnplannedChangeConnection, {
    description:
      'Changes of what is seen that nobody planned, of any item, whether or not a task compares it; of the attributes that promotion copies. The newest first.',
  })
  unplannedChanges(
    @Ctx() context: Context,
    @Args(() => UnplannedChangeListArgs) { filter, ...page }: UnplannedChangeListArgs,
  ) {
    return unplannedPage(context, filter ?? {}, page)
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  item(@Root() change: UnplannedChange, @Ctx() context: Context) {
    return actualItemOf(context, change.actual)
  }
}
