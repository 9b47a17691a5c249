import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { fieldChanges } from '../item/time/field-changes.ts'
import { graphChangeOf } from '../item/time/history.reads.ts'
import { FieldChange, GraphChange } from '../item/time/history.types.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { ActualItem } from './actual-item.entity.ts'
import { ActualVersion, ActualVersionConnection, actualVersionPage } from './actual-history.ts'

@Resolver(() => ActualVersion)
export class ActualVersionResolver {
  @FieldResolver(() => [FieldChange], { description: 'What is other than in the version before.' })
  changes(@Root() version: ActualVersion, @Ctx() context: Context): FieldChange[] {
    return fieldChanges(context.services.catalogue.now, version.before, version.facts)
  }

  @FieldResolver(() => GraphChange, { nullable: true, description: 'The run or deployment that saw it so first.' })
  change(@Root() version: ActualVersion, @Ctx() context: Context) {
    return version.changeId && graphChangeOf(context, version.changeId)
  }
}

@Resolver(() => ActualItem)
export class ActualItemHistoryResolver {
  @FieldResolver(() => ActualVersionConnection, { description: 'Every version of what was seen, newest first.' })
  versions(@Root() item: ActualItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return actualVersionPage(context, item.uuid, page)
  }
}

@Resolver(() => ConfigurationItem)
export class ItemObservedHistoryResolver {
  @FieldResolver(() => ActualVersionConnection, {
    nullable: true,
    description: 'Every version of what discovery saw of it, newest first; null when it is not linked.',
  })
  observedVersions(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return item.actualItemId && actualVersionPage(context, item.actualItemId, page)
  }
}
