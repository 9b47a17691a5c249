import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { instantOf } from '../../kernel/moment.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { MomentScalar, type Moment } from '../../kernel/scalars.ts'
import { differenceCounts, itemDifferences, relationshipDifferences } from './difference.reads.ts'
import { fieldChanges } from './field-changes.ts'
import { graphChangeOf } from './history.reads.ts'
import {
  DifferenceCounts,
  FieldChange,
  GraphChange,
  GraphDifference,
  ItemDifference,
  ItemDifferenceConnection,
  RelationshipChangeConnection,
} from './history.types.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { itemOf } from '../item.reads.ts'

@Resolver(() => GraphDifference)
export class DifferenceResolver {
  @Authorized('estate.read')
  @Query(() => GraphDifference, {
    description:
      'What changed between two times: of one item, of what is inside a site, or of all that the caller sees.',
  })
  async difference(
    @Ctx() context: Context,
    @Arg('from', () => MomentScalar) from: Moment,
    @Arg('to', () => MomentScalar, { nullable: true, description: 'Default: now.' }) to?: Moment | null,
    @Arg('itemId', () => ID, { nullable: true }) itemId?: string | null,
    @Arg('siteId', () => ID, { nullable: true }) siteId?: string | null,
  ): Promise<GraphDifference> {
    const first = (await instantOf(context, from))!
    const second = (await instantOf(context, to)) ?? new Date()
    if (first >= second) {
      throw new BadInput(
        `A difference goes from an earlier time to a later one; ${first.toISOString()} is not before ${second.toISOString()}.`,
        { field: ['from'], rule: 'earlier before later' },
      )
    }
    const [item, site] = [itemId && uuidOf(itemId, 'ci', ['itemId']), siteId && uuidOf(siteId, 'ci', ['siteId'])]
    if (item && !(await itemOf(context, item))) throw new NotFound('configuration item', itemId!, ['itemId'])
    if (site && !(await itemOf(context, site))) throw new NotFound('configuration item', siteId!, ['siteId'])
    return Object.assign(new GraphDifference(), { from: first, to: second, itemId: item || null, siteId: site || null })
  }

  @FieldResolver(() => DifferenceCounts)
  counts(@Root() difference: GraphDifference, @Ctx() context: Context) {
    return differenceCounts(context, difference)
  }

  @FieldResolver(() => ItemDifferenceConnection, { description: 'By name.' })
  items(@Root() difference: GraphDifference, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return itemDifferences(context, difference, page)
  }

  @FieldResolver(() => RelationshipChangeConnection, { description: 'By type and source.' })
  relationships(@Root() difference: GraphDifference, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return relationshipDifferences(context, difference, page)
  }
}

@Resolver(() => ItemDifference)
export class ItemDifferenceResolver {
  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'As it is now, if the caller still sees it.' })
  item(@Root() difference: ItemDifference, @Ctx() context: Context) {
    return itemOf(context, difference.itemId)
  }

  @FieldResolver(() => [FieldChange])
  fields(@Root() difference: ItemDifference, @Ctx() context: Context): FieldChange[] {
    return fieldChanges(context.services.catalogue.now, difference.before, difference.after)
  }

  @FieldResolver(() => [GraphChange], { description: 'Who, why and from where; the newest ten.' })
  async changes(@Root() difference: ItemDifference, @Ctx() context: Context): Promise<GraphChange[]> {
    const found = await Promise.all(difference.changeIds.map((id) => graphChangeOf(context, id)))
    return found.filter((one) => one !== null)
  }
}
