import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { DateTime } from '../kernel/scalars.ts'
import { rows } from '../kernel/sql.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { POLICY, setPolicy, type Policy } from './policy.service.ts'

const DiscoveryChangesPolicies = { APPLY: 'APPLY', REVIEW: 'REVIEW' } as const
registerEnumType(DiscoveryChangesPolicies, {
  name: 'DiscoveryChangesPolicy',
  description:
    'APPLY: what a run would change is taken over at once. REVIEW: it waits until somebody applies or discards it; a run that would change nothing ends by itself.',
})

@ObjectType({
  description:
    'When a product is looked at by itself, what becomes of what it would change, and when what it misses is retired.',
})
export class DiscoveryPolicy {
  @Field(() => Int, {
    nullable: true,
    description: 'Minutes between looks, 5 to 525,600; null: only when somebody asks.',
  })
  everyMinutes!: number | null

  @Field(() => DateTime, { nullable: true })
  nextAt!: Date | null

  @Field(() => Int, {
    nullable: true,
    description: 'Whole looks that miss an item before it is retired; null: never by number.',
  })
  retireAfterRefreshes!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Days that an item is missing before it is retired; null: never by time.',
  })
  retireAfterDays!: number | null

  @Field(() => DiscoveryChangesPolicies, { description: 'What becomes of what a look would change.' })
  changes!: Policy['changes']

  @Field(() => Int, { description: '0 before it was set for the first time.' })
  version!: number
}

@InputType()
export class DiscoveryPolicySetInput extends MutationInput {
  @Field(() => ID)
  productId!: string

  @Field(() => Int, { nullable: true })
  everyMinutes?: number | null

  @Field(() => Int, { nullable: true })
  retireAfterRefreshes?: number | null

  @Field(() => Int, { nullable: true })
  retireAfterDays?: number | null

  @Field(() => DiscoveryChangesPolicies, { nullable: true, description: 'Left out: APPLY.' })
  changes?: Policy['changes'] | null

  @Field(() => Int, { nullable: true })
  expectedVersion?: number | null
}

@ObjectType()
export class DiscoveryPolicyPayload extends MutationPayload {
  @Field(() => DiscoveryPolicy, { nullable: true })
  policy?: DiscoveryPolicy | null
}

@Resolver(() => ManagementProduct)
export class DiscoveryPolicyResolver {
  @Authorized('discovery.run')
  @Mutation(() => DiscoveryPolicyPayload, {
    description: 'All settings anew; what is left out is never. It holds for runs that start from then on.',
  })
  async discoveryPolicySet(
    @Ctx() context: Context,
    @Arg('input', () => DiscoveryPolicySetInput) input: DiscoveryPolicySetInput,
  ) {
    return { policy: await setPolicy(context.em, context.services, input) }
  }

  @FieldResolver(() => DiscoveryPolicy)
  async discoveryPolicy(@Root() product: ManagementProduct, @Ctx() context: Context): Promise<DiscoveryPolicy> {
    const policy = await batch(context, 'discoveryPolicy', product.uuid, async (uuids) =>
      byKey(
        await rows<Policy>(context.em, `select ${POLICY} from discovery_policy where product_id = any($1::uuid[])`, [
          uuids,
        ]),
        (one) => one.productId,
      ),
    )
    const never = { everyMinutes: null, nextAt: null, retireAfterRefreshes: null, retireAfterDays: null }
    return policy ?? { ...never, changes: 'APPLY', version: 0 }
  }
}
