import { Authorized, Ctx, Query, Resolver } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { ItemClass, RelationshipType } from './catalogue.type.ts'
import type {} from './keeper.ts'

@Resolver()
export class CatalogueResolver {
  @Authorized('estate.read')
  @Query(() => [ItemClass], { description: 'All classes of items, each after its parent.' })
  async itemClasses(@Ctx() context: Context) {
    return (await context.services.catalogue.fresh(context.em)).classes
  }

  @Authorized('estate.read')
  @Query(() => [RelationshipType], { description: 'All types of relationships with their rules.' })
  async relationshipTypes(@Ctx() context: Context) {
    return (await context.services.catalogue.fresh(context.em)).relationshipTypes
  }
}
