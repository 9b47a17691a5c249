import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, groupedBy } from '../kernel/batch.ts'
import { PageArgs, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { IdInput, MoveInput } from '../kernel/mutation.ts'
import { pageOf } from '../kernel/page.ts'
import { DateTime } from '../kernel/scalars.ts'
import { rows } from '../kernel/sql.ts'
import { Account } from './account.entity.ts'
import { accountField } from './account.fields.ts'
import { AccountCreateInput, GrantCreateInput } from './account.inputs.ts'
import { createAccount, disableAccount, grantRole, revokeGrant } from './account.service.ts'
import { AccountConnection, AccountCreatePayload, AccountPayload, RoleDefinition } from './account.types.ts'
import { Grant } from './grant.entity.ts'
import { roles, type Role } from './permissions.ts'

@Resolver(() => Account)
export class AccountResolver {
  @Authorized('account.read')
  @Query(() => AccountConnection, { description: 'Accounts that the caller may see, by name.' })
  accounts(@Args(() => PageArgs) page: PageArgs, @Ctx() context: Context): Promise<Page<Account>> {
    const values: unknown[] = []
    const scope = scopeCondition(viewerOf(context), 'account.read', 'a.scope_ids', values)
    const query = {
      select: 'a.*',
      from: 'account a',
      where: scope ? [scope] : [],
      values,
      order: [
        { column: 'lower(a.name)', cast: 'text' },
        { column: 'a.uuid', cast: 'uuid' },
      ],
    }
    return pageOf(context.em, query, page, (found) => lean(context.em, Account, found))
  }

  @Authorized()
  @Query(() => [RoleDefinition], { description: 'Every role, with what it allows.' })
  roles(): RoleDefinition[] {
    return Object.entries(roles).map(([role, { title, description, permissions }]) => ({
      role: role as Role,
      title,
      description,
      permissions: [...permissions],
    }))
  }

  @Authorized('account.manage')
  @Mutation(() => AccountCreatePayload, { description: 'Prepares an account and makes an invitation for its person.' })
  async accountCreate(
    @Arg('input', () => AccountCreateInput) input: AccountCreateInput,
    @Ctx() context: Context,
  ): Promise<AccountCreatePayload> {
    return createAccount(context.em, context.services, input, viewerOf(context))
  }

  @Authorized('account.manage')
  @Mutation(() => AccountPayload, { description: 'Ends sessions, tokens and links of an account for good.' })
  async accountDisable(
    @Arg('input', () => MoveInput) input: MoveInput,
    @Ctx() context: Context,
  ): Promise<AccountPayload> {
    return { account: await disableAccount(context.em, input, viewerOf(context)) }
  }

  @Authorized('account.manage')
  @Mutation(() => AccountPayload, { description: 'Gives a role within a scope.' })
  async grantCreate(
    @Arg('input', () => GrantCreateInput) input: GrantCreateInput,
    @Ctx() context: Context,
  ): Promise<AccountPayload> {
    return { account: await grantRole(context.em, context.services, input, viewerOf(context)) }
  }

  @Authorized('account.manage')
  @Mutation(() => AccountPayload, { description: 'Takes a role back; open sockets of the account close.' })
  async grantRevoke(@Arg('input', () => IdInput) input: IdInput, @Ctx() context: Context): Promise<AccountPayload> {
    return { account: await revokeGrant(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => [Grant], { description: 'Empty for callers who may not see it.' })
  async grants(@Root() account: Account, @Ctx() context: Context): Promise<Grant[]> {
    if (!seesInside(context, account)) return []
    const grants = await batch(context, 'grants of account', account.uuid, async (uuids) => {
      const found = await rows<object>(
        context.em,
        `select * from account_grant where account_id = any($1::uuid[]) order by created_at, uuid`,
        [uuids],
      )
      return groupedBy(lean(context.em, Grant, found), (grant) => grant.accountId)
    })
    return grants ?? []
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'To the minute; null for callers who may not see it.' })
  lastSeenAt(@Root() account: Account, @Ctx() context: Context): Date | null {
    return seesInside(context, account) ? account.lastSeenAt : null
  }
}

@Resolver(() => Grant)
export class GrantResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'Null for the first administrator.' })
  grantedBy(@Root() grant: Grant, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, grant.grantedById)
  }
}

/** Names are known to all who see the work; rights and habits to the account itself and to those who may read accounts. */
function seesInside({ viewer }: Context, account: Account): boolean {
  if (!viewer) return false
  const reach = viewer.reach('account.read')
  return viewer.accountId === account.uuid || reach === 'estate' || account.scopeIds.some((id) => reach.includes(id))
}
