import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import { BoundedCount } from '../kernel/bounded-count.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { HistoryEntryConnection, historyOf } from '../kernel/history.type.ts'
import { MoveInput, MutationPayload } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachesWhole } from '../kernel/whole-reach.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { ConfigurationItemConnection } from '../item/item.type.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { Release, ReleaseConnection } from './release.entity.ts'
import { ReleaseFilter, ReleaseCreateInput, ReleaseListArgs, ReleaseUpdateInput } from './release.inputs.ts'
import {
  decidableReleaseStates,
  editableReleaseStates,
  releaseLifecycle,
  type ReleaseAction,
} from './release.lifecycle.ts'
import {
  releaseCounts,
  dependantsOutside,
  listedPage,
  releaseOf,
  releasePage,
  releasesOfVersion,
  sourcesOf,
} from './release.reads.ts'
import { isAuthorOf } from './release-approval.reads.ts'
import { createRelease, moveRelease, releaseTargetScopes, updateRelease } from './release.service.ts'

@ObjectType()
export class ReleasePayload extends MutationPayload {
  @Field(() => Release, { nullable: true })
  release?: Release | null
}

@Resolver(() => Release)
export class ReleaseResolver {
  @Authorized('release.read')
  @Query(() => Release, { nullable: true })
  release(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return releaseOf(context, uuidOf(id, 'rls'))
  }

  @Authorized('release.read')
  @Query(() => ReleaseConnection, { description: 'Newest first.' })
  releases(@Ctx() context: Context, @Args(() => ReleaseListArgs) { filter, ...page }: ReleaseListArgs) {
    return releasePage(context, filter ?? {}, page)
  }

  @Authorized('release.read')
  @Query(() => [BoundedCount], { description: 'How many releases there are of each filter, in its order; at most 50.' })
  releaseCounts(
    @Ctx() context: Context,
    @Arg('filters', () => [ReleaseFilter]) filters: ReleaseFilter[],
  ): Promise<BoundedCount[]> {
    return releaseCounts(context, filters)
  }

  @FieldResolver(() => [String], {
    description:
      '`update` (and adding and removing sources and targets), the moves that the caller can make now, and `approve` and `reject`.',
  })
  async allowedActions(@Root() release: Release, @Ctx() context: Context): Promise<string[]> {
    const may = (permission: string) => reachesWhole(context, permission, release, releaseTargetScopes)
    const moves: string[] = (await may('release.manage')) ? [...releaseLifecycle.actionsFrom(release.state)] : []
    const { accountId } = viewerOf(context)
    if (
      decidableReleaseStates.includes(release.state) &&
      (await may('release.approve')) &&
      !(await isAuthorOf(context, release.uuid, accountId))
    )
      moves.push('approve', 'reject')
    return editableReleaseStates.includes(release.state) && (await may('release.edit')) ? ['update', ...moves] : moves
  }

  @FieldResolver(() => Account, { nullable: true })
  owner(@Root() release: Release, @Ctx() context: Context) {
    return accountField(context, release.ownerId)
  }

  @FieldResolver(() => [PackageVersion], { description: 'What it carries.' })
  sources(@Root() release: Release, @Ctx() context: Context) {
    return sourcesOf(context, release.uuid)
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'Where it goes, as far as the caller sees it.' })
  targets(@Root() release: Release, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return listedPage(context, 'release_target', 'release', release.uuid, page)
  }

  @FieldResolver(() => ConfigurationItemConnection, {
    description: 'Items that people change under it beside its targets, as far as the caller sees them.',
  })
  otherItems(@Root() release: Release, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return listedPage(context, 'release_item', 'release', release.uuid, page)
  }

  @FieldResolver(() => [ConfigurationItem], {
    description: 'Items that depend on a target and are not targets themselves.',
  })
  dependantsOutside(
    @Root() release: Release,
    @Ctx() context: Context,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50, description: '1 to 200.' }) first: number,
  ) {
    return dependantsOutside(context, release.uuid, first)
  }

  @FieldResolver(() => HistoryEntryConnection, { description: 'What happened to it, newest first.' })
  history(@Root() release: Release, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return historyOf(context, release.uuid, page)
  }
}

@Resolver()
export class ReleaseMutations {
  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  async releaseCreate(@Ctx() context: Context, @Arg('input', () => ReleaseCreateInput) input: ReleaseCreateInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return {
      release: await createRelease(context.em, catalogue, input, viewerOf(context), context.services.releaseGates),
    }
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  async releaseUpdate(@Ctx() context: Context, @Arg('input', () => ReleaseUpdateInput) input: ReleaseUpdateInput) {
    return { release: await updateRelease(context.em, input, viewerOf(context), context.services.releaseGates) }
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, { description: 'DRAFT → PLANNED: its tasks can become ready.' })
  releasePlan(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'plan')
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, { description: 'PLANNED → DRAFT.' })
  releaseRevise(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'revise')
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, { description: 'PLANNED → IN_PROGRESS: sources and targets are settled.' })
  releaseStart(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'start')
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, { description: 'IN_PROGRESS → COMPLETED, when all its tasks are over.' })
  releaseComplete(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'complete')
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, { description: 'COMPLETED → CLOSED: reviewed, nothing more follows.' })
  releaseClose(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'close')
  }

  @Authorized('release.manage')
  @Mutation(() => ReleasePayload, {
    description: 'Gives it up, with the tasks that have not begun; not while one is in progress.',
  })
  releaseCancel(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'cancel')
  }
}

/** What releases add to a package version. */
@Resolver(() => PackageVersion)
export class PackageVersionReleasesResolver {
  @FieldResolver(() => ReleaseConnection, { description: 'Releases that carry it, newest first.' })
  releases(@Root() version: PackageVersion, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return releasesOfVersion(context, version.uuid, page)
  }
}

async function moved(context: Context, input: MoveInput, action: ReleaseAction): Promise<ReleasePayload> {
  const { em, services } = context
  return { release: await moveRelease(em, input, action, viewerOf(context), services.releaseGates) } as ReleasePayload
}
