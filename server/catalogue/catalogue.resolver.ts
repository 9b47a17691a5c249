import { Arg, Authorized, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { defineAttribute, removeAttribute } from './attribute.service.ts'
import {
  AttributeDefineInput,
  AttributeRemoveInput,
  ClassDefineInput,
  ClassRenameInput,
  ClassUpdateInput,
  ItemClassPayload,
  NameInput,
  RelationshipRuleInput,
  RelationshipTypeDefineInput,
  RelationshipTypePayload,
} from './catalogue.inputs.ts'
import { ItemClass, RelationshipType } from './catalogue.type.ts'
import { defineClass, renameClass, retireClass, updateClass } from './class.service.ts'
import type {} from './keeper.ts'
import { defineRelationshipType, defineRule, removeRule, retireRelationshipType } from './relationship-type.service.ts'

@Resolver()
export class CatalogueResolver {
  @Authorized('estate.read')
  @Query(() => [ItemClass], { description: 'All classes of items, each after its parent.' })
  async itemClasses(@Ctx() context: Context) {
    return (await context.services.catalogue.fresh(context.em)).classes
  }

  @Authorized('estate.read')
  @Query(() => [RelationshipType], { description: 'All types of relationships with their rules.' })
  async relationshipTypes(@Ctx() context: Context) {
    return (await context.services.catalogue.fresh(context.em)).relationshipTypes
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload)
  async classDefine(@Ctx() context: Context, @Arg('input', () => ClassDefineInput) input: ClassDefineInput) {
    return { itemClass: await defineClass(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload)
  async classUpdate(@Ctx() context: Context, @Arg('input', () => ClassUpdateInput) input: ClassUpdateInput) {
    return { itemClass: await updateClass(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload, { description: 'Another name for programs; only while nothing uses the class.' })
  async classRename(@Ctx() context: Context, @Arg('input', () => ClassRenameInput) input: ClassRenameInput) {
    return { itemClass: await renameClass(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload)
  async classRetire(@Ctx() context: Context, @Arg('input', () => NameInput) input: NameInput) {
    return { itemClass: await retireClass(context.em, input.name, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload, {
    description: 'Adds an attribute, or changes one that the class declares itself.',
  })
  async attributeDefine(
    @Ctx() context: Context,
    @Arg('input', () => AttributeDefineInput) input: AttributeDefineInput,
  ) {
    return { itemClass: await defineAttribute(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => ItemClassPayload)
  async attributeRemove(
    @Ctx() context: Context,
    @Arg('input', () => AttributeRemoveInput) input: AttributeRemoveInput,
  ) {
    return { itemClass: await removeAttribute(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => RelationshipTypePayload, { description: 'Adds a relationship type, or changes one.' })
  async relationshipTypeDefine(
    @Ctx() context: Context,
    @Arg('input', () => RelationshipTypeDefineInput) input: RelationshipTypeDefineInput,
  ) {
    return { relationshipType: await defineRelationshipType(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => RelationshipTypePayload)
  async relationshipTypeRetire(@Ctx() context: Context, @Arg('input', () => NameInput) input: NameInput) {
    return { relationshipType: await retireRelationshipType(context.em, input.name, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => RelationshipTypePayload)
  async relationshipRuleDefine(
    @Ctx() context: Context,
    @Arg('input', () => RelationshipRuleInput) input: RelationshipRuleInput,
  ) {
    return { relationshipType: await defineRule(context.em, input, viewerOf(context)) }
  }

  @Authorized('catalogue.manage')
  @Mutation(() => RelationshipTypePayload)
  async relationshipRuleRemove(
    @Ctx() context: Context,
    @Arg('input', () => RelationshipRuleInput) input: RelationshipRuleInput,
  ) {
    return { relationshipType: await removeRule(context.em, input, viewerOf(context)) }
  }
}
