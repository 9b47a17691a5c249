import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { batch, groupedBy } from '../kernel/batch.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { GraphChange } from '../item/time/history.types.ts'
import { releasesOfItem } from './item-gate.ts'
import { Release } from './release.entity.ts'
import { releaseOf } from './release.reads.ts'

/** What releases add to an item. */
@Resolver(() => ConfigurationItem)
export class ItemReleasesResolver {
  @FieldResolver(() => [Release], {
    description: 'Approved releases in progress that list it: they permit the caller changes while it is protected.',
  })
  async permittedBy(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<Release[]> {
    if (item.asOf) return []
    const listed = await batch(context, 'releasesPermitting', item.uuid, async (uuids) =>
      groupedBy(await releasesOfItem.permitting(context.em, uuids, viewerOf(context), false), ({ itemId }) => itemId),
    )
    return seenReleases(
      context,
      (listed ?? []).map(({ releaseId }) => releaseId),
    )
  }
}

/** What releases add to a change of the graph. */
@Resolver(() => GraphChange)
export class ChangeReleasesResolver {
  @FieldResolver(() => [Release], {
    description: 'The releases that permitted it where an item was protected, as far as the caller sees them.',
  })
  permittedBy(@Root() change: GraphChange, @Ctx() context: Context): Promise<Release[]> {
    return seenReleases(context, change.releaseIds)
  }
}

async function seenReleases(context: Context, uuids: readonly string[]): Promise<Release[]> {
  const releases = await Promise.all(uuids.map((uuid) => releaseOf(context, uuid)))
  return releases.filter((release) => release !== null)
}
