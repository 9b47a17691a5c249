import { Ctx, Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import type { Context } from './context.ts'
import { ErrorCodeEnum, type ErrorCode } from './error-codes.ts'
import type { Said } from './errors.ts'
import { JsonObject, Position } from './scalars.ts'

/** What every mutation's input has. The gate (audit/mutation-gate.ts) reads these, resolvers read `reason`. */
@InputType()
export abstract class MutationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Sent twice with one key, the mutation happens once and both get its answer. 1 to 200 characters; kept for 24 h.',
  })
  idempotencyKey?: string | null

  @Field(() => String, { nullable: true, description: 'Why; kept in history and audit.' })
  reason?: string | null
}

@InputType()
export class PlainInput extends MutationInput {}

@InputType()
export class IdInput extends MutationInput {
  @Field(() => ID)
  id!: string
}

@InputType()
export class MoveInput extends IdInput {
  @Field(() => Int, { nullable: true, description: 'The version the caller saw; refused when it is another by now.' })
  expectedVersion?: number | null
}

@ObjectType({ description: 'Why a mutation was refused, in words a user can act on.' })
export class UserError {
  @Field(() => ErrorCodeEnum)
  code!: ErrorCode

  @Field(() => [String], { nullable: true, description: 'Path of the input field at fault.' })
  field!: string[] | null

  @Field(() => String)
  message!: string

  @Field(() => ID, { nullable: true })
  itemId!: string | null

  @Field(() => String, { nullable: true, description: 'The rule that refuses.' })
  rule!: string | null

  @Field(() => JsonObject, { nullable: true, description: 'What was seen.' })
  evidence!: Record<string, unknown> | null
}

export function userErrorOf(refusal: Said): UserError {
  const { field = null, itemId = null, rule = null, evidence = null } = refusal.facts
  return { code: refusal.code, field, message: refusal.message, itemId, rule, evidence }
}

/** What every payload has. Resolvers answer `{ entity }`; the gate adds the rest, also on a refusal. */
@ObjectType()
export abstract class MutationPayload {
  @Field(() => [UserError])
  userErrors?: UserError[]

  /** The last inbox row of this mutation's transaction, set by the gate; null when nothing was recorded. */
  inboxId?: string | null

  @Field(() => Position, {
    nullable: true,
    description: 'A subscription that has passed it has seen the effects of this mutation.',
  })
  position?(@Ctx() context: Context): Promise<string | null> {
    return this.inboxId ? context.events.positionOf(this.inboxId) : Promise.resolve(null)
  }
}
