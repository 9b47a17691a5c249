import { Field, ID, InputType, Int } from 'type-graphql'
import { MutationInput } from '../kernel/mutation.ts'
import { RoleEnum, type Role } from './permissions.ts'

@InputType()
export class InstallationSetUpInput extends MutationInput {
  @Field(() => String, { description: 'From the link that the server printed when it started.' })
  token!: string

  @Field(() => String)
  login!: string

  @Field(() => String)
  name!: string

  @Field(() => String, { description: 'At least 12 characters.' })
  password!: string
}

@InputType()
export class InvitationAcceptInput extends MutationInput {
  @Field(() => String)
  token!: string

  @Field(() => String, { description: 'At least 12 characters.' })
  password!: string
}

@InputType()
export class SignInInput extends MutationInput {
  @Field(() => String)
  login!: string

  @Field(() => String)
  password!: string
}

@InputType()
export class SignInWithLinkInput extends MutationInput {
  @Field(() => String)
  token!: string
}

@InputType()
export class PasswordChangeInput extends MutationInput {
  @Field(() => String)
  current!: string

  @Field(() => String, { description: 'At least 12 characters.' })
  next!: string
}

@InputType()
export class GrantInput {
  @Field(() => RoleEnum)
  role!: Role

  @Field(() => ID, { nullable: true, description: 'A containing item, a site for example; null: the whole estate.' })
  scopeId?: string | null
}

@InputType()
export class AccountCreateInput extends MutationInput {
  @Field(() => String, { description: '2 to 64 letters, digits or . _ @ -; upper and lower case are the same.' })
  login!: string

  @Field(() => String)
  name!: string

  @Field(() => [GrantInput], { nullable: true })
  grants?: GrantInput[] | null
}

@InputType()
export class GrantCreateInput extends MutationInput {
  @Field(() => ID)
  accountId!: string

  @Field(() => RoleEnum)
  role!: Role

  @Field(() => ID, { nullable: true, description: 'A containing item, a site for example; null: the whole estate.' })
  scopeId?: string | null
}

@InputType()
export class ApiTokenCreateInput extends MutationInput {
  @Field(() => String, { description: 'What it is for.' })
  name!: string

  @Field(() => [String], { nullable: true, description: 'Null: all that the caller has now.' })
  permissions?: string[] | null

  @Field(() => Int, { nullable: true, description: '1 to 3650 days; null: it does not expire.' })
  expiresInDays?: number | null
}
