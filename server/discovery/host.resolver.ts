import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { MoveInput, MutationPayload } from '../kernel/mutation.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { captureText, capturesOf, HostCapture } from './host-capture.ts'
import { HostKey, HostKeyStates } from './host-key.entity.ts'
import { hostKeyLifecycle, type HostKeyState } from './host-key.lifecycle.ts'
import { approvedKeyOf, keysOf } from './host-key.reads.ts'
import { approveHostKey, rejectHostKey } from './host-key.service.ts'

const HostKeyConnection = connectionOf('HostKey', () => HostKey)
const HostCaptureConnection = connectionOf('HostCapture', () => HostCapture)

@ArgsType()
class HostKeyListArgs extends PageArgs {
  @Field(() => [HostKeyStates], { nullable: true, description: 'Only keys in these states.' })
  states?: HostKeyState[] | null
}

@ObjectType()
export class HostKeyPayload extends MutationPayload {
  @Field(() => HostKey, { nullable: true })
  hostKey?: HostKey | null
}

@Resolver(() => HostKey)
export class HostKeyResolver {
  @Authorized('product.manage')
  @Mutation(() => HostKeyPayload, { description: 'Trusts the host by this key and by no other.' })
  async hostKeyApprove(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { hostKey: await approveHostKey(context.em, input, viewerOf(context)) }
  }

  @Authorized('product.manage')
  @Mutation(() => HostKeyPayload, { description: 'Refuses the host whenever it shows this key.' })
  async hostKeyReject(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { hostKey: await rejectHostKey(context.em, input, viewerOf(context)) }
  }

  @Authorized('product.manage')
  @Query(() => String, {
    nullable: true,
    description: 'What a host told, as it came; null if it is not kept any more.',
  })
  hostCaptureText(@Ctx() context: Context, @Arg('uuid', () => ID) uuid: string) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) {
      throw new BadInput('A capture is named by its uuid, as hostCaptures gives it.', { field: ['uuid'] })
    }
    return captureText(context.em, uuid)
  }

  @FieldResolver(() => ManagementProduct)
  product(@Root() key: HostKey, @Ctx() context: Context) {
    return productOf(context, key.productId)
  }

  @FieldResolver(() => String, { nullable: true, description: 'Fingerprint of the key by which the host is trusted.' })
  approvedFingerprint(@Root() key: HostKey, @Ctx() context: Context) {
    return approvedKeyOf(context, key)
  }

  @FieldResolver(() => Account, { nullable: true })
  decidedBy(@Root() key: HostKey, @Ctx() context: Context) {
    return accountField(context, key.decidedBy)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now: approve, reject.' })
  allowedActions(@Root() key: HostKey, @Ctx() context: Context): string[] {
    if (reachAnywhere(viewerOf(context), 'product.manage') !== 'estate') return []
    return (['approve', 'reject'] as const).filter((action) => hostKeyLifecycle.next(key.state, action))
  }
}

/** What hosts add to a management product. */
@Resolver(() => ManagementProduct)
export class ProductHostsResolver {
  @FieldResolver(() => HostKeyConnection, {
    description: 'Keys that hosts showed; those that wait for a person first.',
  })
  hostKeys(
    @Root() product: ManagementProduct,
    @Ctx() context: Context,
    @Args(() => HostKeyListArgs) { states, ...page }: HostKeyListArgs,
  ) {
    return keysOf(context, product.uuid, states ?? null, page)
  }

  @FieldResolver(() => HostCaptureConnection, { description: 'What hosts told when they were read, the newest first.' })
  hostCaptures(@Root() product: ManagementProduct, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return capturesOf(context, product.uuid, page)
  }
}
