import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { batch } from '../../kernel/batch.ts'
import { PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { DateTime } from '../../kernel/scalars.ts'
import { rows } from '../../kernel/sql.ts'
import { fieldChanges } from './field-changes.ts'
import { graphChangeOf, relationshipChangePage, versionPage } from './history.reads.ts'
import {
  FieldChange,
  GraphChange,
  ItemVersion,
  ItemVersionConnection,
  RelationshipChange,
  RelationshipChangeConnection,
} from './history.types.ts'
import { RelationshipType } from '../../catalogue/catalogue.type.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { itemOf } from '../item.reads.ts'

const WHO = 'Who, why and from where; null for what is older than that record.'

/** What time adds to an item. */
@Resolver(() => ConfigurationItem)
export class ItemHistoryResolver {
  @FieldResolver(() => ItemVersionConnection, { description: 'Every version of it, newest first.' })
  versions(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return versionPage(context, item, page)
  }

  @FieldResolver(() => RelationshipChangeConnection, {
    description: 'Its relationships that came and went, newest first.',
  })
  relationshipChanges(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return relationshipChangePage(context, item, page)
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When its first version begins; before that it did not exist here.',
  })
  knownSince(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<Date | null> {
    return batch(context, 'knownSince', item.uuid, async (uuids) => {
      const found = await rows<{ uuid: string; since: string }>(
        context.em,
        'select uuid, min(valid_from) as since from configuration_item_version where uuid = any($1::uuid[]) group by 1',
        [uuids],
      )
      return new Map(found.map(({ uuid, since }) => [uuid, new Date(since)]))
    })
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'The time it is shown as of; null: now.' })
  asOf(@Root() item: ConfigurationItem): Date | null {
    return item.asOf ?? null
  }
}

@Resolver(() => ItemVersion)
export class ItemVersionResolver {
  @FieldResolver(() => GraphChange, { nullable: true, description: WHO })
  change(@Root() version: ItemVersion, @Ctx() context: Context) {
    return version.changeId && graphChangeOf(context, version.changeId)
  }

  @FieldResolver(() => [FieldChange], { description: 'What is other than in the version before.' })
  changes(@Root() version: ItemVersion, @Ctx() context: Context): FieldChange[] {
    return fieldChanges(context.services.catalogue.now, version.before, version.facts)
  }
}

@Resolver(() => RelationshipChange)
export class RelationshipChangeResolver {
  @FieldResolver(() => RelationshipType)
  type(@Root() change: RelationshipChange, @Ctx() context: Context) {
    return context.services.catalogue.now.relationshipType(change.typeName)
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'As it is now.' })
  source(@Root() change: RelationshipChange, @Ctx() context: Context) {
    return itemOf(context, change.sourceId)
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'As it is now.' })
  target(@Root() change: RelationshipChange, @Ctx() context: Context) {
    return itemOf(context, change.targetId)
  }

  @FieldResolver(() => GraphChange, { nullable: true, description: WHO })
  change(@Root() one: RelationshipChange, @Ctx() context: Context) {
    return one.changeId && graphChangeOf(context, one.changeId)
  }
}
