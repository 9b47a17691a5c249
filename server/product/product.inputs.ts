import { Field, InputType, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { ManagementProduct } from './product.entity.ts'

export const ManagementProductConnection = connectionOf('ManagementProduct', () => ManagementProduct)

@InputType()
export class ProductRegisterInput extends MutationInput {
  @Field(() => String, { description: '1 to 200 characters; no other product in use may have it.' })
  name!: string

  @Field(() => String, { description: 'A kind of productKinds, or any other word for manual distribution.' })
  kind!: string

  @Field(() => String, { nullable: true })
  endpoint?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'Settings as the configFields of its kind say.' })
  config?: unknown
}

@InputType()
export class ProductUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => String, { nullable: true })
  endpoint?: string | null

  @Field(() => JsonObject, {
    nullable: true,
    description: 'All settings anew; a secret that is left out stays, one that is null goes.',
  })
  config?: unknown
}

@ObjectType()
export class ManagementProductPayload extends MutationPayload {
  @Field(() => ManagementProduct, { nullable: true })
  product?: ManagementProduct | null
}

@ObjectType()
export class ManagementProductEvent extends NounEvent {
  @Field(() => ManagementProduct, { nullable: true })
  managementProduct?: ManagementProduct | null
}
