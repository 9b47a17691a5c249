import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { ArrayType, type Opt } from '@mikro-orm/core'
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'

/** What the first reconciliations went by; a mutation without a task means this one. */
export const EVERYTHING = '01936000-0000-7000-8000-000000000002'

const LinkBys = { IDENTITY: 'IDENTITY', ATTRIBUTE: 'ATTRIBUTE', NAME: 'NAME' } as const
export type LinkBy = keyof typeof LinkBys
registerEnumType(LinkBys, {
  name: 'LinkBy',
  valuesConfig: {
    IDENTITY: { description: 'The same key in the same product, or the same machine ID.' },
    ATTRIBUTE: { description: 'The same value of one attribute.' },
    NAME: { description: 'The same name.' },
  },
})

const LinkStrengths = { STRONG: 'STRONG', WEAK: 'WEAK' } as const
export type LinkStrength = keyof typeof LinkStrengths
registerEnumType(LinkStrengths, {
  name: 'LinkStrength',
  valuesConfig: {
    STRONG: { description: 'A pair of which each is the only candidate of the other is linked.' },
    WEAK: { description: 'Candidates are proposed; a person links them.' },
  },
})

@ObjectType({
  description:
    'One way to find what belongs together. Only things of one class do, or of two that a promotion scope maps.',
})
@InputType('LinkRuleInput')
export class LinkRule {
  @Field(() => LinkBys)
  by!: LinkBy

  @Field(() => String, { nullable: true, description: 'With ATTRIBUTE: which.' })
  attribute!: string | null

  @Field(() => LinkStrengths)
  strength!: LinkStrength
}

const texts = () => new ArrayType<string>((value) => value)

@ObjectType({ implements: Node, description: 'What is linked and compared, by which rules, and when.' })
@Entity({ tableName: 'reconciliation_task' })
export class ReconciliationTask extends ChangingNoun {
  get prefix() {
    return 'rct' as const
  }

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => Boolean, { description: 'An inactive one is not run, neither by the clock nor by hand.' })
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true

  @Field(() => [String], { description: 'Only items of these classes; empty: of all.' })
  @Property({ type: texts(), columnType: 'text[]' })
  classNames: Opt<string[]> = []

  /** Only items inside this site. */
  @Property({ type: 'uuid', nullable: true })
  siteId: string | null = null

  @Field(() => [LinkRule], { description: 'In this order: the first that finds candidates decides.' })
  @Property({ type: 'json' })
  linkRules!: LinkRule[]

  @Field(() => [String], { description: 'Attributes that are compared; empty: those that promotion copies.' })
  @Property({ type: texts(), columnType: 'text[]' })
  attributes: Opt<string[]> = []

  @Field(() => [String], { description: 'Attributes that are never compared.' })
  @Property({ type: texts(), columnType: 'text[]' })
  ignoredAttributes: Opt<string[]> = []

  @Field(() => Int, {
    description:
      '0: attributes alone. From 1 on relationships too, and what is inside the items down to so many steps less one.',
  })
  @Property({ type: 'integer' })
  depth: Opt<number> = 1

  @Field(() => Boolean)
  @Property({ type: 'boolean' })
  caseSensitive: Opt<boolean> = true

  @Field(() => Int, { nullable: true, description: 'Run every so many minutes; null: only by hand.' })
  @Property({ type: 'integer', nullable: true })
  everyMinutes: number | null = null

  @Field(() => DateTime, { nullable: true, description: 'When the clock starts it next.' })
  @Property({ type: 'timestamptz', nullable: true })
  nextAt: Date | null = null

  get displayName(): Opt<string> {
    return this.name
  }

  get topic() {
    return 'reconciliation.changed' as const
  }
}
