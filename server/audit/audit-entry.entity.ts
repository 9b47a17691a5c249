import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import type { Opt } from '@mikro-orm/core'
import { toNodeId } from '../kernel/node-id.ts'
import { Node, Noun, uuidArray } from '../kernel/noun.ts'
import { DateTime, JsonObject, Seq } from '../kernel/scalars.ts'

export const AuditOutcome = { ACCEPTED: 'ACCEPTED', REFUSED: 'REFUSED' } as const
export type AuditOutcome = keyof typeof AuditOutcome

registerEnumType(AuditOutcome, {
  name: 'AuditOutcome',
  valuesConfig: {
    ACCEPTED: { description: 'It was done.' },
    REFUSED: { description: 'It was not done: refused, not permitted, or failed.' },
  },
})

/** Rows are inserted and never changed; only number and hash are filled in, once, when the entry joins the chain. */
@ObjectType({ implements: Node, description: 'One mutation field that somebody sent, accepted or refused.' })
@Entity({ tableName: 'audit_entry' })
export class AuditEntry extends Noun {
  get prefix(): Opt<'aud'> {
    return 'aud'
  }

  @Field(() => DateTime)
  get at(): Opt<Date> {
    return this.createdAt
  }

  @Field(() => String, { description: 'Name of who did it, as it was then.' })
  @Property({ type: 'text' })
  actor!: string

  @Property({ type: 'uuid', nullable: true })
  actorUuid: string | null = null

  @Field(() => ID, { nullable: true, description: 'The account; null when nobody was signed in.' })
  get actorId(): Opt<string> | null {
    return this.actorUuid === null ? null : toNodeId('acc', this.actorUuid)
  }

  @Field(() => String)
  @Property({ type: 'text' })
  mutation!: string

  @Field(() => AuditOutcome)
  @Property({ type: 'text' })
  outcome!: AuditOutcome

  @Field(() => String, { nullable: true, description: 'Code of the refusal.' })
  @Property({ type: 'text', nullable: true })
  code: string | null = null

  @Field(() => String, { nullable: true, description: 'Sentence of the refusal.' })
  @Property({ type: 'text', nullable: true })
  message: string | null = null

  @Field(() => String, { nullable: true, description: 'Why, in the words of who did it.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null = null

  @Field(() => ID, { nullable: true, description: 'What it was about.' })
  @Property({ type: 'text', nullable: true })
  subjectId: string | null = null

  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  scopeIds: Opt<string[]> = []

  @Field(() => JsonObject, { description: 'The input as sent, without secrets.' })
  @Property({ type: 'json' })
  input!: Record<string, unknown>

  @Field(() => String)
  @Property({ type: 'text' })
  requestId!: string

  @Field(() => Seq, { nullable: true, description: 'Place in the chain; null for the moment until it is chained.' })
  @Property({ type: 'bigint', nullable: true })
  seq: bigint | null = null

  @Field(() => String, { nullable: true, description: 'SHA-256 over the hash before it and this entry, hex.' })
  @Property({ type: 'text', nullable: true })
  hash: string | null = null
}
