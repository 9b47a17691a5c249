import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import { connectionOf, PageArgs, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { IdInput, MutationPayload } from '../kernel/mutation.ts'
import { rows } from '../kernel/sql.ts'
import { DefaultView } from './default-view.entity.ts'
import { DefaultViewSetInput } from './default-view.inputs.ts'
import { defaultViewOf, defaultViewPage } from './default-view.reads.ts'
import { mayChange, removeDefaultView, setDefaultView } from './default-view.service.ts'
import { SavedView } from './saved-view.entity.ts'

const DefaultViewConnection = connectionOf('DefaultView', () => DefaultView)
const pageOf = (path: string) => path.split('?', 1)[0]!

@ObjectType()
class DefaultViewPayload extends MutationPayload {
  @Field(() => DefaultView, { nullable: true })
  defaultView?: DefaultView | null
}

@Resolver(() => DefaultView)
export class DefaultViewResolver {
  @Authorized('view.own')
  @Query(() => DefaultView, {
    nullable: true,
    description:
      'What a page opens with for the caller: what they chose; else what is said for their role at their place, their role, their place, or everybody. Null: as it is.',
  })
  defaultView(
    @Arg('path', () => String, { description: 'Path of the page, such as /items.' }) path: string,
    @Ctx() context: Context,
  ): Promise<DefaultView | null> {
    return defaultViewOf(context, pageOf(path))
  }

  @Authorized('view.own')
  @Query(() => DefaultViewConnection, {
    description:
      'All that is said of a page for the caller, the closest first; and for those whose accounts the caller manages.',
  })
  defaultViews(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('path', () => String, { description: 'Path of the page, such as /items.' }) path: string,
    @Ctx() context: Context,
  ): Promise<Page<DefaultView>> {
    return defaultViewPage(context, pageOf(path), page)
  }

  @Authorized('view.own')
  @Mutation(() => DefaultViewPayload, {
    description:
      'Says with which view a page opens when its address says nothing: for the caller; or for a team or everybody, which is for who manages their accounts. It replaces what was said for the same ones.',
  })
  async defaultViewSet(
    @Arg('input', () => DefaultViewSetInput) input: DefaultViewSetInput,
    @Ctx() context: Context,
  ): Promise<DefaultViewPayload> {
    return { defaultView: await setDefaultView(context.em, context.services, input, viewerOf(context)) }
  }

  @Authorized('view.own')
  @Mutation(() => DefaultViewPayload, { description: 'Takes back what was said of a page.' })
  async defaultViewRemove(
    @Arg('input', () => IdInput) input: IdInput,
    @Ctx() context: Context,
  ): Promise<DefaultViewPayload> {
    return { defaultView: await removeDefaultView(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => SavedView, { nullable: true, description: 'Null: the page as it is without a view.' })
  async view(@Root() { viewId }: DefaultView, @Ctx() context: Context): Promise<SavedView | null> {
    if (!viewId) return null
    return batch(context, 'view of default', viewId, async (uuids) => {
      const found = await rows<object>(context.em, `select * from saved_view where uuid = any($1::uuid[])`, [uuids])
      return byKey(lean(context.em, SavedView, found), ({ uuid }) => uuid)
    })
  }

  @FieldResolver(() => [String], { description: '"remove" for who may take it back.' })
  allowedActions(@Root() said: DefaultView, @Ctx() context: Context): string[] {
    return mayChange(said, viewerOf(context)) ? ['remove'] : []
  }
}
