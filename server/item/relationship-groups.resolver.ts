/** The relationships of an item counted by what they mean, so that a tree can say what is there before it is opened. */
import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import { RelationshipType } from '../catalogue/catalogue.type.ts'
import type {} from '../catalogue/keeper.ts'
import { ConfigurationItem } from './item.entity.ts'
import { RelationDirections, type RelationDirection } from './relationship.entity.ts'
import { validAt } from './valid-at.ts'

@ObjectType({ description: 'The relationships of an item of one type, read from one end.' })
export class RelationshipGroup {
  typeName!: string

  @Field(() => RelationDirections)
  direction!: RelationDirection

  @Field(() => Int, { description: 'How many there are of which the caller sees the other end.' })
  count!: number
}

@Resolver(() => ConfigurationItem)
export class ItemRelationshipGroupsResolver {
  @FieldResolver(() => [RelationshipGroup], {
    description: 'Its relationships counted by type and end, by name of the type; what has none is left out.',
  })
  async relationshipGroups(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<RelationshipGroup[]> {
    const { asOf: at } = item
    const found = await batch(context, `relationshipGroups@${at?.toISOString() ?? 'now'}`, item.uuid, (uuids) =>
      groupsOf(context, uuids, at),
    )
    return found ?? []
  }
}

@Resolver(() => RelationshipGroup)
export class RelationshipGroupResolver {
  @FieldResolver(() => RelationshipType)
  type(@Root() { typeName }: RelationshipGroup, @Ctx() context: Context) {
    return context.services.catalogue.now.relationshipType(typeName)
  }
}

type Row = RelationshipGroup & { id: string }

async function groupsOf(context: Context, uuids: string[], at?: Date): Promise<Map<string, Row[]>> {
  const values: unknown[] = at ? [at, uuids] : [uuids]
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'o.scope_ids', values)
  const ids = `$${at ? 2 : 1}::uuid[]`
  const where = [...(at ? [validAt('r'), validAt('o')] : ['r.valid_to is null']), ...(scope ? [scope] : [])]
  const found = await rows<Row>(
    context.em,
    `select r.of_id as id, r.type as "typeName", r.seen_from as direction, count(*)::int as count
     from (select type, valid_from, valid_to, source_id as of_id, target_id as other_id, 'OUT' as seen_from
             from relationship where source_id = any(${ids})
           union all select type, valid_from, valid_to, target_id, source_id, 'IN'
             from relationship where target_id = any(${ids})) r
       join ${at ? 'configuration_item_version' : 'configuration_item'} o on o.uuid = r.other_id
     where ${where.join(' and ')} group by 1, 2, 3 order by 2, 3 desc`,
    values,
  )
  return groupedBy(found, ({ id }) => id)
}
