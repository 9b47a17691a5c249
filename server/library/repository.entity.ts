import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import type { Topic } from '../kernel/events.ts'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { repositoryLifecycle, RepositoryStates, type RepositoryState } from './repository.lifecycle.ts'

@ObjectType({
  implements: Node,
  description:
    'A part of the definitive media library: where packages come from. Waybill keeps their bytes by digest; the repository is only their origin.',
})
@Entity({ tableName: 'repository' })
export class Repository extends ChangingNoun implements Moving<RepositoryState> {
  get prefix() {
    return 'rep' as const
  }
  get topic(): Opt<Topic> {
    return 'repository.changed'
  }
  get displayName(): Opt<string> {
    return `repository ${this.name}`
  }

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  /** Name of a driver in repositories/registry.ts. */
  @Property({ type: 'text' })
  kind!: string

  @Field(() => JsonObject)
  @Property({ type: 'jsonb' })
  config!: Record<string, unknown>

  /** The management product that carries its packages to targets; null: a plain store, for manual distribution. */
  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  @Field(() => RepositoryStates)
  @Property({ type: 'text' })
  state: Opt<RepositoryState> = repositoryLifecycle.initial
}

export const RepositoryConnection = connectionOf('Repository', () => Repository)
