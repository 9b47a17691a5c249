import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { DefaultView } from '../account/default-view.entity.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { ConfigurationItem } from './item.entity.ts'
import { itemsByUuid } from './item.service.ts'

/** What items add to what a page opens with: the item in which its team holds a role. */
@Resolver(() => DefaultView)
export class DefaultViewScopeResolver {
  @FieldResolver(() => ConfigurationItem, {
    nullable: true,
    description: 'Of a team: the item in which their role holds; null: wherever it does.',
  })
  async scope(@Root() { scopeId }: DefaultView, @Ctx() context: Context): Promise<ConfigurationItem | null> {
    if (!scopeId) return null
    // As with a grant: left out, it would look like one for a role everywhere.
    return batch(context, 'scope of default view', scopeId, async (uuids) =>
      byKey(await itemsByUuid(context.em, uuids, null), ({ uuid }) => uuid),
    )
  }
}
