import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { InstalledSoftware } from '../discovery/actual.type.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { Release } from '../release/release.entity.ts'
import { Task } from '../task/task.entity.ts'
import { Deployment } from './deployment.entity.ts'
import { deploymentOf, deploymentsOf } from './deployment.reads.ts'
import { DeploymentConnection } from './deployment.types.ts'

const NEWEST_FIRST = 'Newest first.'

/** What deployment adds to a configuration item, which does not know deployments. */
@Resolver(() => ConfigurationItem)
export class ItemDeploymentsResolver {
  @FieldResolver(() => DeploymentConnection, { description: `Those with it among their targets. ${NEWEST_FIRST}` })
  deployments(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return deploymentsOf(context, 'item', item.uuid, page)
  }
}

@Resolver(() => Release)
export class ReleaseDeploymentsResolver {
  @FieldResolver(() => DeploymentConnection, { description: NEWEST_FIRST })
  deployments(@Root() release: Release, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return deploymentsOf(context, 'release', release.uuid, page)
  }
}

@Resolver(() => Task)
export class TaskDeploymentsResolver {
  @FieldResolver(() => DeploymentConnection, { description: NEWEST_FIRST })
  deployments(@Root() task: Task, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return deploymentsOf(context, 'task', task.uuid, page)
  }
}

@Resolver(() => PackageVersion)
export class PackageVersionDeploymentsResolver {
  @FieldResolver(() => DeploymentConnection, { description: NEWEST_FIRST })
  deployments(@Root() version: PackageVersion, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return deploymentsOf(context, 'version', version.uuid, page)
  }
}

@Resolver(() => InstalledSoftware)
export class InstalledByResolver {
  @FieldResolver(() => Deployment, {
    nullable: true,
    description: 'The deployment whose confirmation saw this version.',
  })
  confirmedBy(@Root() software: InstalledSoftware, @Ctx() context: Context) {
    return software.deploymentId && deploymentOf(context, software.deploymentId)
  }
}
