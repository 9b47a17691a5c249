import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import type {} from '../../catalogue/keeper.ts'
import { changeItems } from './items-change.service.ts'
import { ItemsChangeInput, ItemsChangePayload, ItemsUndoInput } from './items-change.types.ts'
import { undoChange } from './items-undo.service.ts'

@Resolver()
export class ItemsChangeResolver {
  @Authorized('item.edit')
  @Mutation(() => ItemsChangePayload, { description: 'Changes many items as one: all of them or none.' })
  async itemsChange(@Ctx() context: Context, @Arg('input', () => ItemsChangeInput) input: ItemsChangeInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return changeItems(context.em, catalogue, input, viewerOf(context), context.services.itemGates)
  }

  @Authorized('item.edit')
  @Mutation(() => ItemsChangePayload, {
    description: 'Takes an itemsChange back as a new change; refused where somebody changed one of the items since.',
  })
  async itemsUndo(@Ctx() context: Context, @Arg('input', () => ItemsUndoInput) input: ItemsUndoInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return undoChange(context.em, catalogue, input, viewerOf(context), context.services.itemGates)
  }
}
