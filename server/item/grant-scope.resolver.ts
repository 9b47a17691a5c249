import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { Grant } from '../account/grant.entity.ts'
import type { Context } from '../kernel/context.ts'
import { ConfigurationItem } from './item.entity.ts'
import { itemOf } from './item.reads.ts'

/** What items add to a grant: accounts know the scope only by its UUID. */
@Resolver(() => Grant)
export class GrantScopeResolver {
  @FieldResolver(() => ConfigurationItem, {
    nullable: true,
    description: 'The containing item within which the role holds; null: the whole estate, or an item the caller cannot see.',
  })
  async scope(@Root() grant: Grant, @Ctx() context: Context): Promise<ConfigurationItem | null> {
    return grant.scopeId ? itemOf(context, grant.scopeId) : null
  }
}
