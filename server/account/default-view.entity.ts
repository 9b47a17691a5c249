import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { RoleEnum, type Role } from './permissions.ts'

export const Audiences = { ME: 'ME', TEAM: 'TEAM', EVERYBODY: 'EVERYBODY' } as const
export type Audience = keyof typeof Audiences

registerEnumType(Audiences, {
  name: 'ViewAudience',
  description: 'Whom a page opens with a view for.',
  valuesConfig: {
    ME: { description: 'For one person only, who chose it; it counts before all others.' },
    TEAM: { description: 'For those who hold a role, or whose role holds in a scope, or both.' },
    EVERYBODY: { description: 'For everybody without another one.' },
  },
})

/**
 * A team is what the account model has of one: who holds a role, and where. item/ adds the field `scope`; account/ knows it
 * only as a UUID.
 */
@ObjectType({
  implements: Node,
  description: 'With which saved view a page of the dashboard opens when its address says nothing.',
})
@Entity({ tableName: 'default_view' })
export class DefaultView extends Noun {
  get prefix(): Opt<'dfv'> {
    return 'dfv'
  }

  get displayName(): Opt<string> {
    return `What ${this.page} opens with`
  }

  @Field(() => String, { description: 'Path of the page, such as /items.' })
  @Property({ type: 'text' })
  page!: string

  /** Null: the page as it is without a view. */
  @Property({ type: 'uuid', nullable: true })
  viewId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  accountId: string | null = null

  @Field(() => RoleEnum, { nullable: true, description: 'Of a team: the role that they hold; null: any.' })
  @Property({ type: 'text', nullable: true })
  role: Role | null = null

  /** UUID of the item within which they hold it; null: wherever they do. */
  @Property({ type: 'uuid', nullable: true })
  scopeId: string | null = null

  @Property({ type: 'uuid' })
  setById!: string

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  setAt: Opt<Date> = new Date()

  @Field(() => Audiences)
  get audience(): Opt<Audience> {
    if (this.accountId) return 'ME'
    return this.role || this.scopeId ? 'TEAM' : 'EVERYBODY'
  }
}
