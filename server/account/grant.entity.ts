import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { RoleEnum, type Role } from './permissions.ts'

/** item/ adds the field `scope`; account/ knows it only as a UUID. */
@ObjectType({ implements: Node, description: 'A role within a scope; scope null means the whole estate.' })
@Entity({ tableName: 'account_grant' })
export class Grant extends Noun {
  get prefix(): Opt<'grt'> {
    return 'grt'
  }

  @Property({ type: 'uuid' })
  accountId!: string

  @Field(() => RoleEnum)
  @Property({ type: 'text' })
  role!: Role

  /** UUID of a containing item, a site for example; null: the whole estate. */
  @Property({ type: 'uuid', nullable: true })
  scopeId: string | null = null

  /** Null for the first administrator, whom nobody granted. */
  @Property({ type: 'uuid', nullable: true })
  grantedById: string | null = null

  @Field(() => DateTime)
  get grantedAt(): Opt<Date> {
    return this.createdAt
  }
}
