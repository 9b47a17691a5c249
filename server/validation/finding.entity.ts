import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { enumOf } from '../deployment/confirmation.ts'
import { connectionOf } from '../kernel/connection.ts'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime, JsonObject } from '../kernel/scalars.ts'

export const findingSeverities = ['BLOCK', 'WARNING', 'PASS'] as const
export type FindingSeverity = (typeof findingSeverities)[number]
export const FindingSeverityEnum = enumOf(findingSeverities)

registerEnumType(FindingSeverityEnum, {
  name: 'FindingSeverity',
  valuesConfig: {
    BLOCK: { description: 'Forbids the deployment.' },
    WARNING: { description: 'Somebody should know it before they approve.' },
    PASS: { description: 'The rule looked and found nothing.' },
  },
})

@ObjectType({ implements: Node, description: 'What a rule found: about which item, with what evidence.' })
@Entity({ tableName: 'finding' })
export class Finding extends Noun {
  get prefix() {
    return 'fnd' as const
  }

  @Property({ type: 'uuid' })
  validationId!: string

  /** Order in which they were found, from 0. */
  @Property({ type: 'integer' })
  place!: number

  @Field(() => String)
  @Property({ type: 'text' })
  rule!: string

  @Field(() => FindingSeverityEnum)
  @Property({ type: 'text' })
  severity!: FindingSeverity

  @Field(() => String)
  @Property({ type: 'text' })
  title!: string

  @Field(() => String)
  @Property({ type: 'text' })
  message!: string

  @Field(() => String, { nullable: true, description: 'What can be done about it.' })
  @Property({ type: 'text', nullable: true })
  advice: string | null = null

  @Field(() => JsonObject)
  @Property({ type: 'json' })
  evidence!: Record<string, unknown>

  @Property({ type: 'uuid', nullable: true })
  itemId: string | null = null

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  itemName: string | null = null

  @Field(() => DateTime)
  at(): Date {
    return this.createdAt
  }
}

export const FindingConnection = connectionOf('Finding', () => Finding)
