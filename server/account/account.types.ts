import { Field, ID, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { MutationPayload } from '../kernel/mutation.ts'
import type { Viewer } from '../kernel/context.ts'
import { Account } from './account.entity.ts'
import { ApiToken } from './api-token.entity.ts'
import { RoleEnum, type Role } from './permissions.ts'

export const AccountConnection = connectionOf('Account', () => Account)
export const ApiTokenConnection = connectionOf('ApiToken', () => ApiToken)

@ObjectType({ description: 'A role with what it allows.' })
export class RoleDefinition {
  @Field(() => RoleEnum)
  role!: Role

  @Field(() => String)
  title!: string

  @Field(() => String)
  description!: string

  @Field(() => [String])
  permissions!: string[]
}

@ObjectType({ description: 'Where the caller has a permission.' })
export class ViewerPermission {
  @Field(() => String)
  permission!: string

  @Field(() => Boolean, { description: 'In the whole estate.' })
  estate!: boolean

  @Field(() => [ID], { description: 'Within these items, when not in the whole estate.' })
  scopeIds!: string[]
}

/** The kernel knows a viewer only as an interface; this is its GraphQL side. */
@ObjectType('Viewer', { description: 'The caller.' })
export class ViewerType {
  viewer!: Viewer
}

@ObjectType({ description: 'This Waybill, as far as anybody may know it who is not signed in.' })
export class Installation {
  @Field(() => Boolean, { description: 'False until somebody opened the set-up link.' })
  setUp!: boolean

  @Field(() => Boolean, {
    description: 'Whether the sample estate can be opened here: a program on this machine carries things out.',
  })
  sampleOffered!: boolean

  @Field(() => Boolean)
  sampleOpened!: boolean

  @Field(() => String)
  version!: string
}

@ObjectType()
export class AccountPayload extends MutationPayload {
  @Field(() => Account, { nullable: true })
  account?: Account | null
}

@ObjectType()
export class AccountCreatePayload extends AccountPayload {
  @Field(() => String, {
    nullable: true,
    description: 'For the new person: works once, within seven days. Shown only now.',
  })
  invitationUrl?: string | null
}

@ObjectType()
export class ViewerPayload extends MutationPayload {
  @Field(() => ViewerType, { nullable: true })
  viewer?: ViewerType | null
}

@ObjectType()
export class SignOutPayload extends MutationPayload {
  @Field(() => Boolean)
  signedOut!: boolean
}

@ObjectType()
export class ApiTokenPayload extends MutationPayload {
  @Field(() => ApiToken, { nullable: true })
  apiToken?: ApiToken | null
}

@ObjectType()
export class ApiTokenCreatePayload extends ApiTokenPayload {
  @Field(() => String, { nullable: true, description: 'The token itself. Shown only now.' })
  secret?: string | null
}
