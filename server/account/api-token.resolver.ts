import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { PageArgs, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { IdInput } from '../kernel/mutation.ts'
import { pageOf } from '../kernel/page.ts'
import { Account } from './account.entity.ts'
import { accountField } from './account.fields.ts'
import { ApiTokenCreateInput } from './account.inputs.ts'
import { ApiTokenConnection, ApiTokenCreatePayload, ApiTokenPayload } from './account.types.ts'
import { ApiToken } from './api-token.entity.ts'
import { createApiToken, revokeApiToken } from './api-token.service.ts'

@Resolver(() => ApiToken)
export class ApiTokenResolver {
  @Authorized('token.own')
  @Query(() => ApiTokenConnection, { description: 'The caller’s own tokens, newest first.' })
  apiTokens(@Args(() => PageArgs) page: PageArgs, @Ctx() context: Context): Promise<Page<ApiToken>> {
    const query = {
      select: 't.*',
      from: 'api_token t',
      where: ['t.account_id = $1'],
      values: [viewerOf(context).accountId],
      order: [{ column: 't.uuid', cast: 'uuid', descending: true }],
    }
    return pageOf(context.em, query, page, (found) => lean(context.em, ApiToken, found))
  }

  @Authorized('token.own')
  @Mutation(() => ApiTokenCreatePayload, { description: 'Makes a token that can do no more than the caller can.' })
  async apiTokenCreate(
    @Arg('input', () => ApiTokenCreateInput) input: ApiTokenCreateInput,
    @Ctx() context: Context,
  ): Promise<ApiTokenCreatePayload> {
    return createApiToken(context.em, input, viewerOf(context))
  }

  @Authorized('token.own')
  @Mutation(() => ApiTokenPayload, { description: 'Ends a token; its sockets close.' })
  async apiTokenRevoke(@Arg('input', () => IdInput) input: IdInput, @Ctx() context: Context): Promise<ApiTokenPayload> {
    return { apiToken: await revokeApiToken(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => Account)
  async account(@Root() token: ApiToken, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, token.accountId)
  }
}
