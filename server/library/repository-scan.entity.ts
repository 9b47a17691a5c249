import { ArrayType, type Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import type { Topic } from '../kernel/events.ts'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { scanLifecycle, ScanStates, type ScanState } from './repository.lifecycle.ts'

@ObjectType({ implements: Node, description: 'One reading of a repository.' })
@Entity({ tableName: 'repository_scan' })
export class RepositoryScan extends ChangingNoun implements Moving<ScanState> {
  get prefix() {
    return 'scn' as const
  }
  get topic(): Opt<Topic> {
    return 'repository.changed'
  }
  /** Those who watch the repository hear of its scans. */
  get eventSubject(): Opt<string> {
    return this.repositoryId
  }
  get displayName(): Opt<string> {
    return this.number
  }
  @Field(() => String)
  get number(): Opt<string> {
    return `SCN-${this.ordinal}`
  }

  @Property({ type: 'integer' })
  ordinal!: number

  @Property({ type: 'uuid' })
  repositoryId!: string

  @Field(() => ScanStates)
  @Property({ type: 'text' })
  state: Opt<ScanState> = scanLifecycle.initial

  @Field(() => Int, { description: '0 to 100, of the files to be read.' })
  @Property({ type: 'integer' })
  percent: Opt<number> = 0

  @Field(() => Int, { description: 'Package versions that the repository offers, usable or not.' })
  @Property({ type: 'integer' })
  found: Opt<number> = 0

  @Field(() => Int, { description: 'Package versions that were new.' })
  @Property({ type: 'integer' })
  added: Opt<number> = 0

  @Field(() => Int, { description: 'Package versions that were there before and are no more.' })
  @Property({ type: 'integer' })
  withdrawn: Opt<number> = 0

  @Field(() => [String], { description: 'What a person should look at, one sentence each.' })
  @Property({ type: new ArrayType<string>((value) => value), columnType: 'text[]' })
  alerts: Opt<string[]> = []

  @Field(() => String, { nullable: true, description: 'Why it failed; nothing was changed then.' })
  @Property({ type: 'text', nullable: true })
  failure: string | null = null

  @Property({ type: 'uuid', nullable: true })
  startedBy: string | null = null

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  startedAt: Opt<Date> = new Date()

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null
}

export const RepositoryScanConnection = connectionOf('RepositoryScan', () => RepositoryScan)
