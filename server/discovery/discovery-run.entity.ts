import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { discoveryRunLifecycle, type DiscoveryRunState } from './discovery-run.lifecycle.ts'

/** Relationships that a real run lists one by one; of more it says the number, since the lines would slow a large load. */
export const MOST_RELATIONSHIPS = 5_000

export const DiscoveryRunStates = Object.fromEntries(discoveryRunLifecycle.states.map((state) => [state, state])) as {
  [S in DiscoveryRunState]: S
}
registerEnumType(DiscoveryRunStates, { name: 'DiscoveryRunState', description: 'Where a discovery run is.' })

@ObjectType({ implements: Node, description: 'One look at all that a management product manages.' })
@Entity({ tableName: 'discovery_run' })
export class DiscoveryRun extends ChangingNoun implements Moving<DiscoveryRunState> {
  get prefix() {
    return 'run' as const
  }

  @Field(() => String, { description: 'How people call it, e.g. RUN-7.' })
  @Property({ type: 'text' })
  number!: string

  @Property({ type: 'uuid' })
  productId!: string

  @Field(() => DiscoveryRunStates)
  @Property({ type: 'text' })
  state: Opt<DiscoveryRunState> = discoveryRunLifecycle.initial

  @Field(() => Boolean, { description: 'Only shows what would change.' })
  @Property({ type: 'boolean' })
  dryRun: Opt<boolean> = false

  @Field(() => Boolean, { description: 'What it would change waits until somebody applies or discards it.' })
  @Property({ type: 'boolean' })
  review: Opt<boolean> = false

  /** Account that applied or discarded it. */
  @Property({ type: 'uuid', nullable: true })
  reviewedBy: string | null = null

  @Field(() => DateTime, { nullable: true, description: 'When somebody applied or discarded it.' })
  @Property({ type: 'timestamptz', nullable: true })
  reviewedAt: Date | null = null

  @Field(() => String, {
    nullable: true,
    description: 'What it is doing; while it awaits a review, why it is to be looked at once more.',
  })
  @Property({ type: 'text', nullable: true })
  step: string | null = null

  @Field(() => Int)
  @Property({ type: 'integer' })
  percent: Opt<number> = 0

  @Field(() => Int, { description: 'Items seen: targets, their software, their sites.' })
  @Property({ type: 'integer' })
  seen: Opt<number> = 0

  @Field(() => Int)
  @Property({ type: 'integer' })
  created: Opt<number> = 0

  @Field(() => Int, { description: 'Items with another value than before, those that returned included.' })
  @Property({ type: 'integer' })
  changed: Opt<number> = 0

  @Field(() => Int)
  @Property({ type: 'integer' })
  unchanged: Opt<number> = 0

  @Field(() => Int, { description: 'Items that were there before and are not seen any more.' })
  @Property({ type: 'integer' })
  missing: Opt<number> = 0

  @Field(() => Int, { description: 'Items that were missing for so long that the policy of the product retired them.' })
  @Property({ type: 'integer' })
  retired: Opt<number> = 0

  @Field(() => Int, { description: 'Relationships that the source shows.' })
  @Property({ type: 'integer' })
  relationships: Opt<number> = 0

  @Field(() => Int, { description: 'Of the relationships those that the source did not show before.' })
  @Property({ type: 'integer' })
  relationshipsNew: Opt<number> = 0

  @Field(() => Int, { description: 'Relationships that the source does not show any more.' })
  @Property({ type: 'integer' })
  relationshipsGone: Opt<number> = 0

  @Field(() => Boolean, {
    description: `Whether its changes list relationships one by one: always before anything is written, and afterwards up to ${MOST_RELATIONSHIPS.toLocaleString('en')} of them. Of more there are the numbers.`,
  })
  get listsRelationships(): Opt<boolean> {
    return this.dryRun || this.review || this.relationshipsNew + this.relationshipsGone <= MOST_RELATIONSHIPS
  }

  @Field(() => Int, { description: 'Elements that were left out.' })
  @Property({ type: 'integer' })
  warnings: Opt<number> = 0

  /** Those of the warnings that were found when it was taken over, or would have been. */
  @Property({ type: 'integer' })
  loadWarnings: Opt<number> = 0

  @Field(() => Int, { description: 'Faults for which nothing at all was changed.' })
  @Property({ type: 'integer' })
  errors: Opt<number> = 0

  @Field(() => Int, { description: 'Work items that it left for people.' })
  @Property({ type: 'integer' })
  questions: Opt<number> = 0

  /** The file that was handed in for it; null: the source that the settings name was read. */
  @Property({ type: 'uuid', nullable: true })
  uploadId: string | null = null

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  @Property({ type: 'text', nullable: true })
  failure: string | null = null

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  startedBy: string | null = null

  /** Account that had it go on after it failed or was cancelled. */
  @Property({ type: 'uuid', nullable: true })
  resumedBy: string | null = null

  @Field(() => DateTime, {
    nullable: true,
    description: 'When somebody had it go on last, after it failed or was cancelled.',
  })
  @Property({ type: 'timestamptz', nullable: true })
  resumedAt: Date | null = null

  /** A worker is at it; also for a moment after it was cancelled. */
  @Property({ type: 'boolean' })
  busy: Opt<boolean> = false

  /** Digest of the settings of the product that it reads by, without secrets. */
  @Property({ type: 'text', nullable: true })
  settings: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  startedAt: Date | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null

  get displayName(): Opt<string> {
    return this.number
  }

  get topic() {
    return 'discovery.changed' as const
  }
}
