import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { PageArgs, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { pageOf } from '../kernel/page.ts'
import { Account } from './account.entity.ts'
import { accountField } from './account.fields.ts'
import { SavedView } from './saved-view.entity.ts'
import { SavedViewCreateInput, SavedViewUpdateInput } from './saved-view.inputs.ts'
import { actionsOf, createSavedView, removeSavedView, updateSavedView } from './saved-view.service.ts'
import { SavedViewConnection, SavedViewPayload } from './saved-view.types.ts'

@Resolver(() => SavedView)
export class SavedViewResolver {
  @Authorized('view.own')
  @Query(() => SavedViewConnection, { description: 'The caller’s own views by name, then those that others share.' })
  savedViews(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('path', () => String, {
      nullable: true,
      description: 'Only views of the page with this path, such as /items; a query behind it does not count.',
    })
    path: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<Page<SavedView>> {
    const values: unknown[] = [viewerOf(context).accountId]
    const where = ['(v.account_id = $1::uuid or v.shared)']
    if (path != null) where.push(`v.page = $${values.push(path.split('?', 1)[0])}`)
    const query = {
      select: 'v.*',
      from: 'saved_view v',
      where,
      values,
      order: [
        { column: '(v.account_id <> $1::uuid)', cast: 'boolean' },
        { column: 'lower(v.name)', cast: 'text' },
        { column: 'v.uuid', cast: 'uuid' },
      ],
    }
    return pageOf(context.em, query, page, (found) => lean(context.em, SavedView, found))
  }

  @Authorized('view.own')
  @Mutation(() => SavedViewPayload, { description: 'Gives a page with its filters a name. At most 100 per account.' })
  async savedViewCreate(
    @Arg('input', () => SavedViewCreateInput) input: SavedViewCreateInput,
    @Ctx() context: Context,
  ): Promise<SavedViewPayload> {
    return { savedView: await createSavedView(context.em, input, viewerOf(context)) }
  }

  @Authorized('view.own')
  @Mutation(() => SavedViewPayload, {
    description: 'Renames a view of the caller’s own, shares it or not, or has it show something else.',
  })
  async savedViewUpdate(
    @Arg('input', () => SavedViewUpdateInput) input: SavedViewUpdateInput,
    @Ctx() context: Context,
  ): Promise<SavedViewPayload> {
    return { savedView: await updateSavedView(context.em, input, viewerOf(context)) }
  }

  @Authorized('view.own')
  @Mutation(() => SavedViewPayload, {
    description: 'Removes a view of the caller’s own; who manages all accounts also removes shared ones.',
  })
  async savedViewRemove(
    @Arg('input', () => MoveInput) input: MoveInput,
    @Ctx() context: Context,
  ): Promise<SavedViewPayload> {
    return { savedView: await removeSavedView(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => Account)
  async owner(@Root() view: SavedView, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, view.accountId)
  }

  @FieldResolver(() => [String], { description: '"update" for the owner; "remove" also for who manages all accounts.' })
  allowedActions(@Root() view: SavedView, @Ctx() context: Context): string[] {
    return actionsOf(view, viewerOf(context))
  }
}
