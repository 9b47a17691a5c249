import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { instantOf } from '../kernel/moment.ts'
import { ItemFacet } from '../item/facets.types.ts'
import {
  actualClassFacet,
  actualLinkFacet,
  actualProductFacet,
  actualSiteFacet,
  actualStateFacet,
} from './actual-facets.reads.ts'
import { ActualItemFacetArgs, ActualItemFacets } from './actual.type.ts'

@Resolver(() => ActualItemFacets)
export class ActualItemFacetsResolver {
  @Authorized('estate.read')
  @Query(() => ActualItemFacets, { description: 'The counts beside a list of actual items with this filter.' })
  async actualItemFacets(
    @Ctx() context: Context,
    @Args(() => ActualItemFacetArgs) { filter, at }: ActualItemFacetArgs,
  ): Promise<ActualItemFacets> {
    return Object.assign(new ActualItemFacets(), { filter: filter ?? {}, at: await instantOf(context, at) })
  }

  @FieldResolver(() => ItemFacet)
  classes(@Root() facets: ActualItemFacets, @Ctx() context: Context) {
    return actualClassFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet, { description: 'Whether they are seen.' })
  states(@Root() facets: ActualItemFacets, @Ctx() context: Context) {
    return actualStateFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet, { description: 'Management products that tell of them.' })
  products(@Root() facets: ActualItemFacets, @Ctx() context: Context) {
    return actualProductFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet, { description: 'Sites, at any depth, of the configuration items linked to them.' })
  sites(@Root() facets: ActualItemFacets, @Ctx() context: Context) {
    return actualSiteFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet, { description: 'Values true and false: whether a configuration item is linked.' })
  linked(@Root() facets: ActualItemFacets, @Ctx() context: Context) {
    return actualLinkFacet(context, facets)
  }
}
