import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { IdInput, MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { ConfigField, DistributionModes, type DistributionMode } from '../product/module.type.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { packagesOfRepository, repositoriesOfProduct, repositoryPage, scansOfRepository } from './library.pages.ts'
import { lastScan, repositoriesByUuid } from './library.reads.ts'
import { PackageConnection } from './package.entity.ts'
import type { RepositoryDriver } from './repository-driver.ts'
import { driverOf, repositoryDrivers } from './repositories/registry.ts'
import { Repository, RepositoryConnection } from './repository.entity.ts'
import {
  RepositoryDefineInput,
  RepositoryPayload,
  RepositoryScanPayload,
  RepositoryUpdateInput,
} from './repository.inputs.ts'
import { repositoryLifecycle } from './repository.lifecycle.ts'
import { defineRepository, retireRepository, startScan, updateRepository } from './repository.service.ts'
import { RepositoryScan, RepositoryScanConnection } from './repository-scan.entity.ts'

@ObjectType({ description: 'A kind of repository that Waybill can read.' })
export class RepositoryKind {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => [ConfigField])
  configFields!: ConfigField[]
}

const kindOf = ({ kind, title, configFields }: RepositoryDriver): RepositoryKind => ({
  name: kind,
  title,
  configFields: configFields.map((field) => ({ ...field, secret: false, multiline: false, editor: null })),
})

/** For field resolvers that answer a repository: all of one level in one statement. */
export function repositoryField(context: Context, uuid: string): Promise<Repository | null> {
  return batch(context, 'repository', uuid, (uuids) => repositoriesByUuid(context.em, uuids))
}

@Resolver(() => Repository)
export class RepositoryResolver {
  @Authorized('library.read')
  @Query(() => [RepositoryKind])
  repositoryKinds(): RepositoryKind[] {
    return repositoryDrivers.map(kindOf)
  }

  @Authorized('library.read')
  @Query(() => Repository, { nullable: true })
  repository(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return repositoryField(context, uuidOf(id, 'rep'))
  }

  @Authorized('library.read')
  @Query(() => RepositoryConnection, { description: 'By name.' })
  repositories(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return repositoryPage(context, page)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now: update, scan, retire.' })
  allowedActions(@Root() repository: Repository, @Ctx() context: Context): string[] {
    if (repository.state !== 'ACTIVE' || reachAnywhere(viewerOf(context), 'library.manage') !== 'estate') return []
    return ['update', 'scan', ...repositoryLifecycle.actionsFrom(repository.state)]
  }

  @FieldResolver(() => DistributionModes)
  async distribution(@Root() repository: Repository, @Ctx() context: Context): Promise<DistributionMode> {
    const product = repository.productId && (await productOf(context, repository.productId))
    const module = product ? context.services.integrations.get(product.kind) : undefined
    return module?.mode === 'automatic' ? 'AUTOMATIC' : 'MANUAL'
  }

  @FieldResolver(() => RepositoryKind)
  kind(@Root() { kind }: Repository): RepositoryKind {
    // The driver of a repository may be gone in this version of Waybill.
    const driver = driverOf(kind)
    return driver ? kindOf(driver) : { name: kind, title: kind, configFields: [] }
  }

  @FieldResolver(() => RepositoryScan, { nullable: true, description: 'The scan that was started last.' })
  lastScan(@Root() repository: Repository, @Ctx() context: Context) {
    return lastScan(context, repository.uuid)
  }

  @FieldResolver(() => RepositoryScanConnection, { description: 'Newest first.' })
  scans(@Root() repository: Repository, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return scansOfRepository(context, repository.uuid, page)
  }

  @FieldResolver(() => PackageConnection, { description: 'By name.' })
  packages(@Root() repository: Repository, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return packagesOfRepository(context, repository.uuid, page)
  }

  @FieldResolver(() => ManagementProduct, {
    nullable: true,
    description: 'What carries its packages; null: a plain store, for manual distribution.',
  })
  product(@Root() repository: Repository, @Ctx() context: Context) {
    return repository.productId && productOf(context, repository.productId)
  }
}

@Resolver()
export class RepositoryMutations {
  @Authorized('library.manage')
  @Mutation(() => RepositoryPayload)
  async repositoryDefine(
    @Ctx() context: Context,
    @Arg('input', () => RepositoryDefineInput) input: RepositoryDefineInput,
  ) {
    return { repository: await defineRepository(context.em, input, viewerOf(context), context.services) }
  }

  @Authorized('library.manage')
  @Mutation(() => RepositoryPayload)
  async repositoryUpdate(
    @Ctx() context: Context,
    @Arg('input', () => RepositoryUpdateInput) input: RepositoryUpdateInput,
  ) {
    return { repository: await updateRepository(context.em, input, viewerOf(context), context.services) }
  }

  @Authorized('library.manage')
  @Mutation(() => RepositoryPayload, { description: 'Ends its use; what Waybill holds of it stays.' })
  async repositoryRetire(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { repository: await retireRepository(context.em, input, viewerOf(context)) }
  }

  @Authorized('library.manage')
  @Mutation(() => RepositoryScanPayload, {
    description: 'Has it read; while a scan waits or runs, that one is the answer.',
  })
  async repositoryScan(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { scan: await startScan(context.em, input, viewerOf(context), context.services) }
  }
}

@Resolver(() => RepositoryScan)
export class RepositoryScanResolver {
  @FieldResolver(() => Repository)
  repository(@Root() scan: RepositoryScan, @Ctx() context: Context) {
    return repositoryField(context, scan.repositoryId)
  }
}

/** What the library adds to a management product. */
@Resolver(() => ManagementProduct)
export class ProductRepositoriesResolver {
  @FieldResolver(() => RepositoryConnection, { description: 'Repositories whose packages it carries.' })
  repositories(@Root() product: ManagementProduct, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return repositoriesOfProduct(context, product.uuid, page)
  }
}
