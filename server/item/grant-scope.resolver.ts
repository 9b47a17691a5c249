import type { EntityManager } from '@mikro-orm/postgresql'
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { Grant } from '../account/grant.entity.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { ConfigurationItem } from './item.entity.ts'
import { itemsByUuid } from './item.service.ts'

/** What items add to a grant: the item within which it holds. */
@Resolver(() => Grant)
export class GrantScopeResolver {
  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'Null: the whole estate.' })
  async scope(@Root() grant: Grant, @Ctx() context: Context): Promise<ConfigurationItem | null> {
    if (!grant.scopeId) return null
    // Whoever sees the grant sees where it holds: left out, it would look like a grant on the whole estate.
    return batch(context, 'scope of grant', grant.scopeId, async (uuids) =>
      byKey(await itemsByUuid(context.em, uuids, null), ({ uuid }) => uuid),
    )
  }
}

/** Which of these UUIDs are items, for `services.accounts.knownScopes`. */
export async function knownScopes(em: EntityManager, uuids: string[]): Promise<string[]> {
  return (await itemsByUuid(em, uuids, null)).map(({ uuid }) => uuid)
}
