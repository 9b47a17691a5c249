import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { rows } from '../kernel/sql.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { becauseOf } from '../item/item.service.ts'
import { allKinds, kindOf } from './kinds.ts'
import { describeKind, describeModule, IntegrationModule, ProductKind } from './module.type.ts'
import { ManagementProduct } from './product.entity.ts'
import {
  ManagementProductConnection,
  ManagementProductPayload,
  ProductRegisterInput,
  ProductUpdateInput,
} from './product.inputs.ts'
import { productOf, productPage } from './product.reads.ts'
import { registerProduct, retireProduct, updateProduct } from './product.service.ts'

@Resolver(() => ManagementProduct)
export class ProductResolver {
  @Authorized('estate.read')
  @Query(() => ManagementProduct, { nullable: true })
  managementProduct(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return productOf(context, uuidOf(id, 'prd'))
  }

  @Authorized('estate.read')
  @Query(() => ManagementProductConnection)
  managementProducts(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return productPage(context, page)
  }

  @Authorized('estate.read')
  @Query(() => [IntegrationModule])
  integrationModules(@Ctx() { services }: Context): IntegrationModule[] {
    return [...services.integrations.values()].map(describeModule)
  }

  @Authorized('estate.read')
  @Query(() => [ProductKind], { description: 'Every kind that a module or a discovery adapter serves.' })
  productKinds(@Ctx() { services }: Context): ProductKind[] {
    return allKinds(services).map(describeKind)
  }

  @Authorized('product.manage')
  @Mutation(() => ManagementProductPayload)
  async productRegister(
    @Ctx() context: Context,
    @Arg('input', () => ProductRegisterInput) input: ProductRegisterInput,
  ) {
    const because = becauseOf(viewerOf(context), input.reason)
    return { product: await registerProduct(context.em, input, context.services, because) }
  }

  @Authorized('product.manage')
  @Mutation(() => ManagementProductPayload)
  async productUpdate(@Ctx() context: Context, @Arg('input', () => ProductUpdateInput) input: ProductUpdateInput) {
    return { product: await updateProduct(context.em, input, context.services, viewerOf(context)) }
  }

  @Authorized('product.manage')
  @Mutation(() => ManagementProductPayload)
  async productRetire(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { product: await retireProduct(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => IntegrationModule, { nullable: true, description: 'Null: distribution through it is manual.' })
  module(@Root() product: ManagementProduct, @Ctx() { services }: Context): IntegrationModule | null {
    const module = services.integrations.get(product.kind)
    return module ? describeModule(module) : null
  }

  @FieldResolver(() => ProductKind, { name: 'knownKind', nullable: true, description: 'Null: nothing here serves it.' })
  knownKind(@Root() product: ManagementProduct, @Ctx() { services }: Context): ProductKind | null {
    const known = kindOf(services, product.kind)
    return known && describeKind(known)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now: update, retire, discover.' })
  allowedActions(@Root() product: ManagementProduct, @Ctx() context: Context): string[] {
    if (product.state !== 'ACTIVE') return []
    const may = (permission: string) => reachAnywhere(viewerOf(context), permission) === 'estate'
    const canDiscover = context.services.sources.has(product.kind)
    return [
      ...(may('product.manage') ? ['update', 'retire'] : []),
      ...(canDiscover && may('discovery.run') ? ['discover'] : []),
    ]
  }

  @FieldResolver(() => Int, {
    description: 'How many configuration items that the caller sees are reached through it.',
  })
  async itemCount(@Root() product: ManagementProduct, @Ctx() context: Context): Promise<number> {
    const count = await batch(context, 'productItems', product.uuid, async (uuids) => {
      const values: unknown[] = [uuids]
      const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
      const counted = await rows<{ id: string; n: string }>(
        context.em,
        `select x.product_id as id, count(*) as n from configuration_item x
         where x.product_id = any($1::uuid[])${scope ? ` and ${scope}` : ''} group by 1`,
        values,
      )
      return new Map(counted.map(({ id, n }) => [id, Number(n)]))
    })
    return count ?? 0
  }
}

/** What products add to an item. */
@Resolver(() => ConfigurationItem)
export class ItemProductResolver {
  @FieldResolver(() => ManagementProduct, { nullable: true, description: 'The product through which it is reached.' })
  product(@Root() item: ConfigurationItem, @Ctx() context: Context) {
    return item.productId && productOf(context, item.productId)
  }
}
