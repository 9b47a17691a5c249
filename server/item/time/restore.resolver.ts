import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { instantOf } from '../../kernel/moment.ts'
import type {} from '../../catalogue/keeper.ts'
import { restoreItem } from './restore.service.ts'
import { ItemRestoreInput, ItemRestorePayload } from './restore.types.ts'

@Resolver()
export class RestoreResolver {
  @Authorized('item.edit')
  @Mutation(() => ItemRestorePayload, {
    description: 'Brings an item back to how it was, as a new change. To undo it, restore to the time just before it.',
  })
  async itemRestore(@Ctx() context: Context, @Arg('input', () => ItemRestoreInput) input: ItemRestoreInput) {
    const at = (await instantOf(context, input.at))!
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return restoreItem(context.em, catalogue, input, at, viewerOf(context), context.services.itemGates)
  }
}
