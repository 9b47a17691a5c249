import { Field, ID, InputType } from 'type-graphql'
import { MutationInput } from '../kernel/mutation.ts'
import { Audiences, type Audience } from './default-view.entity.ts'
import { RoleEnum, type Role } from './permissions.ts'

@InputType()
export class DefaultViewSetInput extends MutationInput {
  @Field(() => String, { description: 'Path of the page, such as /items; a query behind it does not count.' })
  path!: string

  @Field(() => ID, {
    nullable: true,
    description:
      'A saved view of that page, shared unless it is for the caller; null: the page as it is without a view.',
  })
  viewId?: string | null

  @Field(() => Audiences)
  audience!: Audience

  @Field(() => RoleEnum, { nullable: true, description: 'For a team: those who hold this role.' })
  role?: Role | null

  @Field(() => ID, {
    nullable: true,
    description: 'For a team: those to whom a role was given in exactly this item, a site for example.',
  })
  scopeId?: string | null
}
