import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { instantOf } from '../kernel/moment.ts'
import { classFacet, productFacet, siteFacet, stateFacet } from './facets.reads.ts'
import { ItemFacet, ItemFacetArgs, ItemFacets } from './facets.types.ts'

@Resolver(() => ItemFacets)
export class ItemFacetsResolver {
  @Authorized('estate.read')
  @Query(() => ItemFacets, { description: 'The counts beside a list of items with this filter.' })
  async itemFacets(
    @Ctx() context: Context,
    @Args(() => ItemFacetArgs) { filter, at }: ItemFacetArgs,
  ): Promise<ItemFacets> {
    return Object.assign(new ItemFacets(), { filter: filter ?? {}, at: await instantOf(context, at) })
  }

  @FieldResolver(() => ItemFacet)
  classes(@Root() facets: ItemFacets, @Ctx() context: Context) {
    return classFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet)
  states(@Root() facets: ItemFacets, @Ctx() context: Context) {
    return stateFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet, { description: 'Sites at any depth.' })
  sites(@Root() facets: ItemFacets, @Ctx() context: Context) {
    return siteFacet(context, facets)
  }

  @FieldResolver(() => ItemFacet)
  products(@Root() facets: ItemFacets, @Ctx() context: Context) {
    return productFacet(context, facets)
  }
}
