import { Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql'
import { batch } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { changedValues, type ChangedValue } from './drift.ts'

@ObjectType({ description: 'A value that discovery saw change, with the deployment that explains it.' })
export class ObservedChange {
  @Field(() => DateTime, { description: 'When the new value was seen first.' })
  at!: Date

  @Field(() => String)
  attribute!: string

  @Field(() => JsonValue, { nullable: true })
  value!: unknown

  @Field(() => ID, { nullable: true, description: 'The deployment that brought it; null: it is unexplained drift.' })
  deploymentId!: string | null

  @Field(() => String, { nullable: true })
  deploymentNumber!: string | null
}

const WHAT =
  'Every change of a value that was seen, the newest 100 first; one without a deployment is unexplained drift.'

const observedChanges = async (context: Context, actualItemId: string): Promise<ChangedValue[]> =>
  ((await batch(context, 'observedChanges', actualItemId, (uuids) => changedValues(context.em, uuids))) ?? []).slice(
    0,
    100,
  )

@Resolver(() => ConfigurationItem)
export class ItemDriftResolver {
  @FieldResolver(() => [ObservedChange], { description: WHAT })
  observedChanges(@Root() item: ConfigurationItem, @Ctx() context: Context) {
    return item.actualItemId ? observedChanges(context, item.actualItemId) : []
  }
}

@Resolver(() => ActualItem)
export class ActualItemDriftResolver {
  @FieldResolver(() => [ObservedChange], { description: WHAT })
  observedChanges(@Root() item: ActualItem, @Ctx() context: Context) {
    return observedChanges(context, item.uuid)
  }
}
