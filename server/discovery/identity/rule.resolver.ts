import {
  Arg,
  Authorized,
  Ctx,
  Field,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import type { Context } from '../../kernel/context.ts'
import { MutationInput, MutationPayload, PlainInput } from '../../kernel/mutation.ts'
import { rows } from '../../kernel/sql.ts'
import { enqueueRecompute } from './recompute.ts'
import type { ClassRule, IdentifierRule, JunkValue, ValueRule } from './rule.ts'
import { changeJunk, setRule } from './rule.service.ts'
import { RULE } from './rule.store.ts'

const Strengths = { STRONG: 'STRONG', WEAK: 'WEAK' } as const
registerEnumType(Strengths, {
  name: 'IdentifierStrength',
  description: 'WEAK proposes and never recognises by itself.',
})

@ObjectType()
@InputType('IdentifierLookupInput')
export class IdentifierLookup {
  @Field(() => String, { description: 'Class of the things inside, e.g. NetworkInterface.' })
  className!: string

  @Field(() => String)
  attribute!: string
}

@ObjectType({ description: 'One way to recognise a thing.' })
@InputType('IdentifierInput')
export class Identifier {
  @Field(() => String)
  name!: string

  @Field(() => [String], { description: 'Attributes or kinds of identifiers, all needed; `arch?` may be missing.' })
  by!: string[]

  @Field(() => Strengths)
  strength!: IdentifierRule['strength']

  @Field(() => Boolean, { nullable: true, description: 'Another value means another thing, even under the same key.' })
  decisive?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Values that count for nothing here; * for any text.' })
  exclude?: string[] | null

  @Field(() => IdentifierLookup, { nullable: true, description: 'The value stands on things inside.' })
  lookup?: IdentifierLookup | null

  @Field(() => Int, { nullable: true, description: 'How many values both must have in common; default 1.' })
  minOverlap?: number | null
}

@ObjectType({ description: 'Inside what a thing is recognised.' })
@InputType('IdentityHostInput')
export class IdentityHost {
  @Field(() => [String], { description: 'Relationship types that lead to the host; empty: any.' })
  types!: string[]

  @Field(() => [String])
  classNames!: string[]
}

@ObjectType({ description: 'Whose word counts for an attribute.' })
@InputType('ValueRuleInput')
export class AttributeRuling {
  @Field(() => String, { description: 'Name of an attribute, or * for all.' })
  attribute!: string

  @Field(() => [String], {
    nullable: true,
    description: 'Kinds of products or ids of products, the most trusted first.',
  })
  sources?: string[] | null

  @Field(() => Int, { nullable: true, description: 'Seconds after which a value gives way to a fresh one.' })
  staleAfter?: number | null

  @Field(() => Boolean, { nullable: true })
  neverFromDiscovery?: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'All values together instead of one.' })
  union?: boolean | null
}

@ObjectType({ description: 'How things of a class are recognised and whose values count.' })
export class IdentityRule {
  @Field(() => String, { description: '* holds for every class.' })
  className!: string

  @Field(() => [Identifier], { description: 'In the order in which they are tried; empty: those of the parent class.' })
  identifiers!: Identifier[]

  @Field(() => IdentityHost, { nullable: true })
  host!: IdentityHost | null

  @Field(() => [AttributeRuling])
  values!: AttributeRuling[]

  @Field(() => [String], {
    nullable: true,
    description:
      'Kinds of products or ids of products that may make items of the class; every other source only adds to items that are known. Empty: every source may. Null: as the rule of the parent class says.',
  })
  insertFrom!: string[] | null

  @Field(() => Int)
  version!: number
}

@ObjectType({ description: 'A value that says nothing, so that nothing is recognised by it.' })
@InputType('JunkValueInput')
export class JunkPattern {
  @Field(() => String, { description: 'Attribute or kind of identifier, or * for all.' })
  kind!: string

  @Field(() => String, { description: 'Whole value, upper and lower case alike; * stands for any text.' })
  pattern!: string
}

@InputType()
export class IdentityRuleSetInput extends MutationInput {
  @Field(() => String)
  className!: string

  @Field(() => [Identifier], { nullable: true, description: 'All of them anew; left out: as they are.' })
  identifiers?: Identifier[] | null

  @Field(() => IdentityHost, { nullable: true, description: 'Null: recognised by itself; left out: as it is.' })
  host?: IdentityHost | null

  @Field(() => [AttributeRuling], { nullable: true, description: 'All of them anew; left out: as they are.' })
  values?: AttributeRuling[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'Empty: every source may; null: as the rule of the parent class says; left out: as it is.',
  })
  insertFrom?: string[] | null

  @Field(() => Int, { nullable: true })
  expectedVersion?: number | null
}

@InputType()
export class JunkValuesChangeInput extends MutationInput {
  @Field(() => [JunkPattern], { nullable: true })
  add?: JunkPattern[] | null

  @Field(() => [JunkPattern], { nullable: true })
  remove?: JunkPattern[] | null
}

@ObjectType()
export class IdentityRulePayload extends MutationPayload {
  @Field(() => IdentityRule, { nullable: true })
  rule?: IdentityRule | null
}

@ObjectType()
export class JunkValuesPayload extends MutationPayload {
  @Field(() => [JunkPattern], { nullable: true })
  junkValues?: JunkPattern[] | null
}

@ObjectType()
export class IdentityRecomputePayload extends MutationPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: it is done in the background.' })
  queued?: boolean | null
}

const junkValues = (context: Context) =>
  rows<JunkValue>(context.em, 'select kind, pattern from junk_value order by kind, pattern')

@Resolver()
export class IdentityRuleResolver {
  @Authorized('estate.read')
  @Query(() => [IdentityRule])
  identityRules(@Ctx() context: Context): Promise<IdentityRule[]> {
    return rows(context.em, `select ${RULE} from identity_rule order by class_name`)
  }

  @Authorized('estate.read')
  @Query(() => [JunkPattern])
  junkValues(@Ctx() context: Context) {
    return junkValues(context)
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityRulePayload, { description: 'Everything known is worked out anew by it, in the background.' })
  async identityRuleSet(
    @Ctx() context: Context,
    @Arg('input', () => IdentityRuleSetInput) input: IdentityRuleSetInput,
  ) {
    const rule: ClassRule = await setRule(context.em, context.services, {
      ...input,
      identifiers: input.identifiers?.map((one) => plain(one) as unknown as IdentifierRule),
      values: input.values?.map((one) => plain(one) as unknown as ValueRule),
    })
    return { rule }
  }

  @Authorized('identity.manage')
  @Mutation(() => JunkValuesPayload)
  async junkValuesChange(
    @Ctx() context: Context,
    @Arg('input', () => JunkValuesChangeInput) input: JunkValuesChangeInput,
  ) {
    await changeJunk(context.em, context.services.jobs, input.add ?? [], input.remove ?? [])
    return { junkValues: await junkValues(context) }
  }

  @Authorized('identity.manage')
  @Mutation(() => IdentityRecomputePayload, {
    description: 'Works out marks and values of everything anew from the observations.',
  })
  async identityRecompute(@Ctx() context: Context, @Arg('input', () => PlainInput) _input: PlainInput) {
    await enqueueRecompute(context.em, context.services.jobs)
    return { queued: true }
  }
}

/** Without what was left out. */
const plain = (one: object) =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null && value !== undefined))
