import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'

/** The address of a page is its state, so a name for the address is a name for what the page shows. */
@ObjectType({ implements: Node, description: 'A name for a page of the dashboard with its filters.' })
@Entity({ tableName: 'saved_view' })
export class SavedView extends Noun {
  get prefix(): Opt<'sav'> {
    return 'sav'
  }

  get displayName(): Opt<string> {
    return `The view "${this.name}"`
  }

  /** Whose it is; only that account changes it. */
  @Property({ type: 'uuid' })
  accountId!: string

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'Path in the dashboard with its query, such as /items?class=Host.' })
  @Property({ type: 'text' })
  path!: string

  @Field(() => Boolean, { description: 'Whether everybody sees it, and not its owner only.' })
  @Property({ type: 'boolean' })
  shared!: boolean

  @Field(() => Int, { description: 'Grows with every change; give it as expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number> = 1

  @Field(() => DateTime)
  @Property({ type: 'timestamptz', onUpdate: () => new Date() })
  updatedAt: Opt<Date> = new Date()
}
