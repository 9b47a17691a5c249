import { Arg, Authorized, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { MutationPayload, PlainInput } from '../kernel/mutation.ts'
import { Repository } from '../library/repository.entity.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { openSample } from './sample.service.ts'

@ObjectType()
export class SampleOpenPayload extends MutationPayload {
  @Field(() => ManagementProduct, { nullable: true })
  product?: ManagementProduct | null

  @Field(() => Repository, { nullable: true })
  repository?: Repository | null
}

@Resolver()
export class SampleResolver {
  @Authorized('sample.open')
  @Mutation(() => SampleOpenPayload, {
    description:
      'Starts eight small hosts on this machine and registers them, to try Waybill on; refused where no program on it carries anything out.',
  })
  sampleOpen(
    @Arg('input', () => PlainInput) _input: PlainInput,
    @Ctx() context: Context,
  ): Promise<Partial<SampleOpenPayload>> {
    return openSample(context.em, context.services, viewerOf(context))
  }
}
