import { Arg, Args, Authorized, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { IdInput } from '../kernel/mutation.ts'
import type { RelationshipTypeRule } from '../catalogue/catalogue.ts'
import { RelationshipType } from '../catalogue/catalogue.type.ts'
import { ConfigurationItem } from './item.entity.ts'
import { RelationshipCreateInput, RelationshipListArgs, RelationshipPayload } from './item.inputs.ts'
import { countByType, itemOf, relationshipPage } from './item.reads.ts'
import { RelationshipConnection } from './item.type.ts'
import { Relationship } from './relationship.entity.ts'
import { createRelationship, removeRelationship } from './relationship.service.ts'

@Resolver(() => Relationship)
export class RelationshipResolver {
  @Authorized('item.edit')
  @Mutation(() => RelationshipPayload, {
    description:
      'Refused where the type does not permit it, and where it brings an item into what holds one of its name and class: a host, or any place of a site.',
  })
  async relationshipCreate(
    @Ctx() context: Context,
    @Arg('input', () => RelationshipCreateInput) input: RelationshipCreateInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return {
      relationship: await createRelationship(
        context.em,
        catalogue,
        input,
        viewerOf(context),
        context.services.itemGates,
      ),
    }
  }

  @Authorized('item.edit')
  @Mutation(() => RelationshipPayload)
  async relationshipRemove(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return {
      relationship: await removeRelationship(
        context.em,
        catalogue,
        input,
        viewerOf(context),
        context.services.itemGates,
      ),
    }
  }

  @FieldResolver(() => RelationshipType)
  type(@Root() relationship: Relationship, @Ctx() context: Context) {
    return context.services.catalogue.now.relationshipType(relationship.typeName)
  }

  @FieldResolver(() => ConfigurationItem, { description: 'The end from which it was not asked for.' })
  other(@Root() relationship: Relationship, @Ctx() context: Context) {
    return itemOf(context, relationship.otherId, relationship.asOf)
  }

  @FieldResolver(() => ConfigurationItem)
  source(@Root() relationship: Relationship, @Ctx() context: Context) {
    return itemOf(context, relationship.sourceId, relationship.asOf)
  }

  @FieldResolver(() => ConfigurationItem)
  target(@Root() relationship: Relationship, @Ctx() context: Context) {
    return itemOf(context, relationship.targetId, relationship.asOf)
  }
}

/** What relationships add to an item. */
@Resolver(() => ConfigurationItem)
export class ItemRelationshipsResolver {
  @FieldResolver(() => RelationshipConnection, { description: 'Its relationships, read from both ends.' })
  relationships(
    @Root() item: ConfigurationItem,
    @Ctx() context: Context,
    @Args(() => RelationshipListArgs) args: RelationshipListArgs,
  ) {
    return relationshipPage(context, item, args)
  }
}

/** What relationships add to their type. */
@Resolver(() => RelationshipType)
export class RelationshipTypeCountResolver {
  @FieldResolver(() => Int, {
    description: 'How many relationships of the type there are of which the caller sees both ends.',
  })
  async count(@Root() type: RelationshipTypeRule, @Ctx() context: Context): Promise<number> {
    return (await batch(context, 'relationshipCount', type.name, (names) => countByType(context, names))) ?? 0
  }
}
