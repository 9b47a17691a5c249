import { Args, ArgsType, Authorized, Ctx, Field, ID, Int, Query, Resolver } from 'type-graphql'
import { BadInput } from '../kernel/errors.ts'
import type { Context } from '../kernel/context.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { previewTable } from './preview.service.ts'
import { DiscoveryPreview } from './preview.types.ts'

const MOST = 100 // rows

@ArgsType()
class DiscoveryPreviewArgs {
  @Field(() => ID, { description: 'A management product whose kind takes a mapping.' })
  productId!: string

  @Field(() => ID, {
    nullable: true,
    description:
      'A file that POST /discovery/uploads took for the product; without it, the one that the settings name.',
  })
  uploadId?: string | null

  @Field(() => JsonObject, {
    nullable: true,
    description: 'Without it, that of the product; if that has none, only the columns are told.',
  })
  mapping?: unknown

  @Field(() => Int, { defaultValue: 20, description: 'Rows, at most 100.' })
  first!: number
}

@Resolver()
export class DiscoveryPreviewResolver {
  @Authorized('discovery.run')
  @Query(() => DiscoveryPreview, {
    description: 'What the first rows of a table would become, and what is wrong with them. Nothing is written.',
  })
  discoveryPreview(
    @Ctx() { em, services, signal }: Context,
    @Args(() => DiscoveryPreviewArgs) { productId, uploadId, mapping, first }: DiscoveryPreviewArgs,
  ) {
    if (first < 1 || first > MOST) throw new BadInput(`first is 1 to ${MOST}.`, { field: ['first'] })
    const order = { productId, uploadId: uploadId ?? null, mapping, first }
    return previewTable(em, order, services, signal ?? AbortSignal.timeout(20_000)) // 20 s
  }
}
