import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import type { Topic } from '../kernel/events.ts'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node, uuidArray } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { releaseLifecycle, ReleaseStates, type ReleaseState } from './release.lifecycle.ts'

@ObjectType({
  implements: Node,
  description: 'Why and what: package versions that go to configuration items, with plans, an owner and tasks.',
})
@Entity({ tableName: 'release' })
export class Release extends ChangingNoun implements Moving<ReleaseState> {
  get prefix() {
    return 'rls' as const
  }
  get topic(): Opt<Topic> {
    return 'release.changed'
  }
  get displayName(): Opt<string> {
    return this.number
  }
  @Field(() => String, { description: 'REL-1, REL-2, …' })
  get number(): Opt<string> {
    return `REL-${this.ordinal}`
  }

  @Property({ type: 'integer' })
  ordinal!: number

  @Field(() => String)
  @Property({ type: 'text' })
  title!: string

  @Field(() => String, { description: 'Why it is done.' })
  @Property({ type: 'text' })
  purpose!: string

  @Property({ type: 'uuid', nullable: true })
  ownerId: string | null = null

  @Field(() => DateTime, { nullable: true, description: 'When it is meant to start.' })
  @Property({ type: 'timestamptz', nullable: true })
  scheduledFor: Date | null = null

  @Field(() => String, { description: 'How it is undone.' })
  @Property({ type: 'text' })
  backOutPlan!: string

  @Field(() => String, { description: 'How success is proved.' })
  @Property({ type: 'text' })
  verificationPlan!: string

  @Field(() => ReleaseStates)
  @Property({ type: 'text' })
  state: Opt<ReleaseState> = releaseLifecycle.initial

  @Field(() => Int, {
    description:
      'Grows with every change of what, where and how. Who approves the release approves one revision of it.',
  })
  @Property({ type: 'integer' })
  revision: Opt<number> = 1

  /** Scopes of who created it, unless that is the whole estate: they see it before it has targets. */
  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  ownScopeIds: Opt<string[]> = []
}

export const ReleaseConnection = connectionOf('Release', () => Release)
