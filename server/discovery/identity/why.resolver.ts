import { Arg, Authorized, Ctx, Field, ID, ObjectType, Query, Resolver, FieldResolver, Root } from 'type-graphql'
import type { Context } from '../../kernel/context.ts'
import { NotFound } from '../../kernel/errors.ts'
import { parseNodeId } from '../../kernel/node-id.ts'
import { DateTime, JsonValue } from '../../kernel/scalars.ts'
import { row } from '../../kernel/sql.ts'
import { itemOf } from '../../item/item.reads.ts'
import { ManagementProduct } from '../../product/product.entity.ts'
import { productOf } from '../../product/product.reads.ts'
import { actualItemOf } from '../actual.reads.ts'
import { DiscoveryRun } from '../discovery-run.entity.ts'
import { discoveryRunOf } from '../discovery.reads.ts'
import { WITNESSES } from '../load/settle.ts'
import { loadRules } from './rule.store.ts'
import { verdictOf, type Witness } from './values.ts'

@ObjectType({ description: 'What one source says of an attribute.' })
export class SourceWord {
  /** UUIDs. */
  runId!: string | null
  productId!: string | null

  @Field(() => String, { description: 'Name of the management product, or Confirmation.' })
  source!: string

  @Field(() => JsonValue, { nullable: true })
  value!: unknown

  @Field(() => DateTime, { description: 'When it was seen so last.' })
  at!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when it is stale, so that fresh values of other sources go before it; null: it is not.',
  })
  staleSince!: Date | null

  @Field(() => String, { nullable: true, description: 'Why it is not the value; null for the winner.' })
  reason!: string | null
}

@ObjectType({ description: 'Why an attribute has the value that it shows.' })
export class ValueExplanation {
  @Field(() => String)
  attribute!: string

  @Field(() => JsonValue, { nullable: true, description: 'The observed value.' })
  value!: unknown

  @Field(() => String, { description: 'The rule that decides, as a sentence.' })
  rule!: string

  @Field(() => SourceWord, { nullable: true, description: 'Null: no single source won.' })
  winner!: SourceWord | null

  @Field(() => [SourceWord], { description: 'Everybody else who says something.' })
  losers!: SourceWord[]

  @Field(() => JsonValue, { nullable: true, description: 'For a configuration item: what people plan with.' })
  authorizedValue!: unknown
}

@Resolver()
export class WhyValueResolver {
  @Authorized('estate.read')
  @Query(() => ValueExplanation, {
    nullable: true,
    description: 'Explains a value of an actual item, or of a configuration item through the actual one linked to it.',
  })
  async whyValue(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('attribute', () => String) attribute: string,
  ): Promise<ValueExplanation | null> {
    const { prefix, uuid } = parseNodeId(id)
    const record = prefix === 'ci' ? await itemOf(context, uuid) : null
    const actualId = prefix === 'act' ? uuid : record?.actualItemId
    if (prefix !== 'act' && !record) throw new NotFound('item', id)
    const authorizedValue = record?.attributes[attribute] ?? null
    const actual = actualId ? await actualItemOf(context, actualId) : null
    if (!actual) {
      return {
        attribute,
        value: null,
        rule: 'Discovery has not seen the item; only the authorized value is known.',
        winner: null,
        losers: [],
        authorizedValue,
      }
    }
    const told = await row<{
      witnesses: (Witness & { runId: string | null; productId: string | null; product: string | null })[]
    }>(context.em, `${WITNESSES} where o.actual_item_id = $1 and o.current group by 1`, [actual.uuid])
    const witnesses = told?.witnesses ?? []
    const verdict = verdictOf(
      actual.className,
      attribute,
      witnesses,
      await loadRules(context.em, context.services.catalogue),
    )
    const word = (witness: Witness, value: unknown, reason: string | null): SourceWord => {
      const { runId, productId, product } = witness as (typeof witnesses)[number]
      return Object.assign(new SourceWord(), {
        runId,
        productId,
        source: product ?? 'Confirmation',
        value,
        at: new Date(witness.at),
        staleSince: verdict.stale.has(witness) ? new Date(verdict.stale.get(witness)!) : null,
        reason,
      })
    }
    return {
      attribute,
      value: verdict.value,
      rule: verdict.rule,
      winner: verdict.winner && word(verdict.winner, verdict.value, null),
      losers: verdict.losers.map(({ witness, value, reason }) => word(witness, value, reason)),
      authorizedValue,
    }
  }
}

@Resolver(() => SourceWord)
export class SourceWordResolver {
  @FieldResolver(() => DiscoveryRun, { nullable: true, description: 'The run that saw this value first.' })
  run(@Root() word: SourceWord, @Ctx() context: Context) {
    return word.runId && discoveryRunOf(context, word.runId)
  }

  @FieldResolver(() => ManagementProduct, { nullable: true })
  product(@Root() word: SourceWord, @Ctx() context: Context) {
    return word.productId && productOf(context, word.productId)
  }
}
