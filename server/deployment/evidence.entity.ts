import type { Opt } from '@mikro-orm/core'
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy'
import { Field, ID, ObjectType } from 'type-graphql'
import { uuidv7 } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { ConfirmationEnum, type Confirmation } from './confirmation.ts'

/** What was observed at a target after the report, and what follows from it. Never changed. */
@ObjectType({ description: 'What was observed at a target after the report, and what follows from it.' })
@Entity({ tableName: 'evidence' })
export class Evidence {
  @PrimaryKey({ type: 'uuid' })
  uuid: Opt<string> = uuidv7()

  @Field(() => ID)
  get id(): Opt<string> {
    return this.uuid
  }

  @Property({ type: 'timestamptz' })
  createdAt: Opt<Date> = new Date()

  @Property({ type: 'uuid' })
  targetId!: string

  @Property({ type: 'uuid', nullable: true })
  attemptId: string | null = null

  @Field(() => DateTime, { description: 'When it was looked at.' })
  @Property({ type: 'timestamptz' })
  at!: Date

  @Field(() => String, { description: 'How it was looked at.' })
  @Property({ type: 'text' })
  method!: string

  @Field(() => String)
  @Property({ type: 'text' })
  intendedVersion!: string

  @Property({ type: 'text', nullable: true })
  intendedDigest: string | null = null

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  observedVersion: string | null = null

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  observedDigest: string | null = null

  @Field(() => Boolean, { nullable: true })
  @Property({ type: 'boolean', nullable: true })
  healthy: boolean | null = null

  @Field(() => ConfirmationEnum)
  @Property({ type: 'text' })
  verdict!: Confirmation

  @Field(() => String)
  @Property({ type: 'text' })
  detail!: string

  /** Name of the person who signed, for a manual confirmation. */
  @Field(() => String, { name: 'by', nullable: true, description: 'Who signed, where a person did.' })
  @Property({ type: 'text', nullable: true })
  byName: string | null = null

  @Property({ type: 'uuid', nullable: true })
  byId: string | null = null
}
