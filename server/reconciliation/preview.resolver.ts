import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { itemOf } from '../item/item.reads.ts'
import { previewOf } from './preview.store.ts'
import { PreviewLine, PreviewLineConnection, PreviewListArgs } from './preview.type.ts'
import { reconciliationRunOf } from './reconciliation.reads.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'

/** What a dry run would do. */
@Resolver(() => ReconciliationRun)
export class ReconciliationPreviewResolver {
  @Authorized('estate.read')
  @Query(() => ReconciliationRun, { nullable: true })
  reconciliationRun(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return reconciliationRunOf(context, uuidOf(id, 'rcr'))
  }

  @FieldResolver(() => PreviewLineConnection, {
    description: 'What a dry run found; nothing else is written for it. Kept until the next dry run of its task.',
  })
  preview(
    @Root() run: ReconciliationRun,
    @Ctx() context: Context,
    @Args(() => PreviewListArgs) { kinds, ...page }: PreviewListArgs,
  ) {
    return previewOf(context, run.uuid, kinds ?? null, page)
  }
}

@Resolver(() => PreviewLine)
export class PreviewLineResolver {
  @FieldResolver(() => ConfigurationItem, { nullable: true })
  configurationItem(@Root() line: PreviewLine, @Ctx() context: Context) {
    return line.configurationItemId && itemOf(context, line.configurationItemId)
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  actualItem(@Root() line: PreviewLine, @Ctx() context: Context) {
    return line.actualItemId && actualItemOf(context, line.actualItemId)
  }

  @FieldResolver(() => [ConfigurationItem], { description: 'Items that the actual one could be, and the caller sees.' })
  async candidates(@Root() line: PreviewLine, @Ctx() context: Context): Promise<ConfigurationItem[]> {
    const found = await Promise.all(line.candidateIds.slice(0, 20).map((uuid) => itemOf(context, uuid)))
    return found.filter((one) => one !== null)
  }
}
