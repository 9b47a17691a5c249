import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { ReconciliationKinds, type ReconciliationKind } from './reconciliation-result.entity.ts'

@ObjectType({
  implements: Node,
  description:
    'Findings that nobody wants to see: all that is given must fit. It holds for every task, from the next run.',
})
@Entity({ tableName: 'reconciliation_ignore_rule' })
export class ReconciliationIgnoreRule extends ChangingNoun {
  get prefix() {
    return 'rci' as const
  }

  @Field(() => Boolean)
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true

  @Field(() => ReconciliationKinds, { nullable: true })
  @Property({ type: 'text', nullable: true })
  kind: ReconciliationKind | null = null

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  className: string | null = null

  @Field(() => String, { nullable: true, description: 'An attribute, or the type of a relationship.' })
  @Property({ type: 'text', nullable: true })
  attribute: string | null = null

  @Property({ type: 'uuid', nullable: true })
  configurationItemId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  actualItemId: string | null = null

  @Field(() => String)
  @Property({ type: 'text' })
  reason!: string

  get displayName(): Opt<string> {
    return 'The rule that ignores'
  }

  get topic() {
    return 'reconciliation.changed' as const
  }
}
