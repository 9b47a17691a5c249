import { Arg, Authorized, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { approvalsOf, protectedListed } from './release-approval.reads.ts'
import { approveRelease, rejectRelease } from './release-approval.service.ts'
import { ReleaseApproval } from './release-approval.types.ts'
import { Release } from './release.entity.ts'
import { ReleaseApproveInput, ReleaseRejectInput } from './release.inputs.ts'
import { ReleasePayload } from './release.resolver.ts'

/** What people decide about a release. */
@Resolver(() => Release)
export class ReleaseApprovalsResolver {
  @Authorized('release.approve')
  @Mutation(() => ReleasePayload, {
    description:
      'Signs a revision of the release, so that protected items that it lists can be changed under it. Not by who made or edited it.',
  })
  async releaseApprove(@Ctx() context: Context, @Arg('input', () => ReleaseApproveInput) input: ReleaseApproveInput) {
    return { release: await approveRelease(context.em, viewerOf(context), input) }
  }

  @Authorized('release.approve')
  @Mutation(() => ReleasePayload, { description: 'Says no to a revision of the release, and why.' })
  async releaseReject(@Ctx() context: Context, @Arg('input', () => ReleaseRejectInput) input: ReleaseRejectInput) {
    return { release: await rejectRelease(context.em, viewerOf(context), input) }
  }

  @FieldResolver(() => [ReleaseApproval], { description: 'What people decided about it, oldest first.' })
  approvals(@Root() release: Release, @Ctx() context: Context): Promise<ReleaseApproval[]> {
    return approvalsOf(context, release.uuid)
  }

  @FieldResolver(() => Int, {
    description:
      'How many of the items that it lists are protected now: people change those under it only once another person has approved it.',
  })
  protectedItems(@Root() release: Release, @Ctx() context: Context): Promise<number> {
    return protectedListed(context, release.uuid)
  }
}

@Resolver(() => ReleaseApproval)
export class ReleaseApprovalResolver {
  @FieldResolver(() => Account, {
    nullable: true,
    description: 'Null: it was in progress when releases began to need an approval, and counts as approved.',
  })
  by(@Root() approval: ReleaseApproval, @Ctx() context: Context): Promise<Account | null> {
    return accountField(context, approval.byId)
  }
}
