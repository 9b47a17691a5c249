import type { Opt } from '@mikro-orm/core'
import { ArrayType } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'

@ObjectType({ implements: Node, description: 'Lets a program act for an account, with some of its permissions.' })
@Entity({ tableName: 'api_token' })
export class ApiToken extends Noun {
  get prefix(): Opt<'tok'> {
    return 'tok'
  }

  @Property({ type: 'uuid' })
  accountId!: string

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  /** SHA-256 of the token. */
  @Property({ type: 'blob' })
  secretHash!: Buffer

  @Field(() => [String], { description: 'It can do no more than these, and no more than its account can.' })
  @Property({ type: ArrayType, columnType: 'text[]' })
  permissions!: string[]

  @Field(() => DateTime, { nullable: true, description: 'Null: does not expire.' })
  @Property({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null = null

  @Field(() => DateTime, { nullable: true, description: 'To the minute.' })
  @Property({ type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  revokedAt: Date | null = null
}
