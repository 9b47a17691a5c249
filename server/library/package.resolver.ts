import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { ConfigurationItemConnection } from '../item/item.type.ts'
import { itemsWithVersion, packagePage, versionsOfPackage } from './library.pages.ts'
import { latestVersion, packagesByUuid, versionField } from './library.reads.ts'
import { Package, PackageConnection } from './package.entity.ts'
import { PackageVersion, PackageVersionConnection } from './package-version.entity.ts'
import { packageVersionLifecycle } from './package-version.lifecycle.ts'
import { Repository } from './repository.entity.ts'
import { PackageListArgs, PackageVersionPayload } from './repository.inputs.ts'
import { repositoryField } from './repository.resolver.ts'
import { withdrawVersion } from './repository.service.ts'

const packageField = (context: Context, uuid: string) =>
  batch(context, 'package', uuid, (uuids) => packagesByUuid(context.em, uuids))

@Resolver(() => Package)
export class PackageResolver {
  @Authorized('library.read')
  @Query(() => Package, { nullable: true })
  package(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return packageField(context, uuidOf(id, 'pkg'))
  }

  @Authorized('library.read')
  @Query(() => PackageConnection, { description: 'By name.' })
  packages(@Ctx() context: Context, @Args(() => PackageListArgs) { filter, ...page }: PackageListArgs) {
    return packagePage(context, filter ?? {}, page)
  }

  @FieldResolver(() => Repository)
  repository(@Root() one: Package, @Ctx() context: Context) {
    return repositoryField(context, one.repositoryId)
  }

  @FieldResolver(() => PackageVersion, { nullable: true, description: 'The highest version that can be had.' })
  latest(@Root() one: Package, @Ctx() context: Context) {
    return latestVersion(context, one.uuid)
  }

  @FieldResolver(() => PackageVersionConnection, { description: 'The one that came last first.' })
  versions(@Root() one: Package, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return versionsOfPackage(context, one.uuid, page)
  }
}

@Resolver(() => PackageVersion)
export class PackageVersionResolver {
  @Authorized('library.read')
  @Query(() => PackageVersion, { nullable: true })
  packageVersion(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return versionField(context, uuidOf(id, 'pkv'))
  }

  @Authorized('library.manage')
  @Mutation(() => PackageVersionPayload, { description: 'Takes it out of use, for good: no scan brings it back.' })
  async packageVersionWithdraw(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { packageVersion: await withdrawVersion(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now: withdraw.' })
  allowedActions(@Root() version: PackageVersion, @Ctx() context: Context): string[] {
    const mayManage = reachAnywhere(viewerOf(context), 'library.manage') === 'estate'
    return mayManage && packageVersionLifecycle.next(version.state, 'withdraw') ? ['withdraw'] : []
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'Items on which it was last seen.' })
  installedOn(@Root() version: PackageVersion, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return itemsWithVersion(context, version.uuid, page)
  }

  @FieldResolver(() => Package)
  package(@Root() version: PackageVersion, @Ctx() context: Context) {
    return packageField(context, version.packageId)
  }
}
