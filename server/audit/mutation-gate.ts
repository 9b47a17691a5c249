/**
 * The gate that every mutation field goes through:
 *
 * - one transaction for the field: `context.em` is inside it, everything is committed together with the audit entry, and
 *   a thrown error of any kind rolls all of it back;
 * - an idempotency key makes the second call answer what the first one did;
 * - a Refusal becomes `userErrors` of the payload; everything else goes on as a top-level error;
 * - exactly one audit entry, also for what was refused, not permitted or broken (then in a transaction of its own);
 * - deadlocks and serialization failures are tried again.
 *
 * It wraps the resolvers of the finished schema, not type-graphql's middleware, because @Authorized runs before every
 * middleware, and a call that is not permitted belongs into the audit log too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { GraphQLFieldResolver, GraphQLOutputType, GraphQLSchema } from 'graphql'
import {
  getNamedType,
  getNullableType,
  GraphQLBoolean,
  GraphQLError,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { getMetadataStorage } from 'type-graphql'
import { authorize } from '../kernel/authorize.ts'
import { explain } from '../kernel/cause.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput, Refusal, Refusals } from '../kernel/errors.ts'
import { userErrorOf, type MutationPayload } from '../kernel/mutation.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { row } from '../kernel/sql.ts'
import { keepAnswer, restoreAnswer, subjectOf } from './answer.ts'
import { writeEntry, type AuditedCall } from './audit.service.ts'
import { earlierAnswer, keepForLater } from './idempotency.ts'

interface GatedCall extends AuditedCall {
  payloadType: GraphQLOutputType
  run(): unknown
  /** Throws when the caller may not use the field (any more). */
  permit(): Promise<unknown>
}

/** Puts the gate in front of every mutation field of the schema, and answers the schema. */
export function gateMutations(schema: GraphQLSchema): GraphQLSchema {
  const permissions = new Map(getMetadataStorage().mutations.map(({ schemaName, roles }) => [schemaName, roles]))
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, Context>
    const needed = permissions.get(field.name) as string[] | undefined
    field.resolve = (root, args: { input?: Record<string, unknown> }, context: Context, info) =>
      throughGate({
        context,
        mutation: field.name,
        input: args.input ?? {},
        entryId: uuidv7(),
        payloadType: field.type,
        run: () => resolve(root, args, context, info),
        permit: async () => needed && authorize({ root: root as object, args, context, info }, needed),
      })
  }
  return schema
}

async function throughGate(call: GatedCall): Promise<object> {
  const { context } = call
  const outside = context.em
  // From here on more is committed than was when it was looked up who asks.
  context.log = undefined
  try {
    requireStorable(call.input)
    return await retried(() =>
      outside.fork({ signal: context.signal }).transactional(
        async (em) => {
          context.em = em
          context.loaders.clear()
          return answerWithin(em, call)
        },
        { clear: true },
      ),
    )
  } catch (error) {
    // Also when the time was over: the entry is still written.
    await writeFailure(outside.fork({ signal: new AbortController().signal }), call, error)
    if (error instanceof Refusal) {
      const all = error instanceof Refusals ? error.all : [error]
      return { ...nothing(call.payloadType), userErrors: all.map(userErrorOf) }
    }
    throw error
  } finally {
    context.em = outside.fork({ signal: context.signal })
    context.loaders.clear()
  }
}

/** What a refused call answers where its payload may not be null: empty lists, and false. */
function nothing(payloadType: GraphQLOutputType): Record<string, unknown> {
  const named = getNamedType(payloadType)
  const required = isObjectType(named) ? Object.values(named.getFields()).filter(({ type }) => isNonNullType(type)) : []
  return Object.fromEntries(
    required.flatMap(({ name, type }): [string, unknown][] => {
      const inner = getNullableType(type)
      if (isListType(inner)) return [[name, []]]
      return inner === GraphQLBoolean ? [[name, false]] : []
    }),
  )
}

async function answerWithin(em: EntityManager, call: GatedCall): Promise<object> {
  const earlier = await earlierAnswer(em, call)
  if (earlier) {
    // The key is no way around a grant that was taken back.
    await call.permit()
    const payload = await restoreAnswer(em, earlier)
    await writeEntry(em, call, {
      outcome: 'ACCEPTED',
      message: 'Answered as before, by the idempotency key; nothing was done again.',
      ...subjectOf(call.input, payload),
    })
    return payload
  }
  const { viewer } = call.context
  await explain(em, {
    cause: 'MUTATION',
    actor: viewer && viewer.via !== 'system' ? viewer.accountId : null,
    reason: typeof call.input.reason === 'string' ? call.input.reason : null,
    mutation: call.mutation,
    auditId: call.entryId,
  })
  const result = (await call.run()) as MutationPayload
  await em.flush()
  const recorded = await row<{ id: string | null }>(
    em,
    `select nullif(current_setting('waybill.inbox_id', true), '') as id`,
  )
  const payload = { ...result, userErrors: [], inboxId: recorded!.id }
  await writeEntry(em, call, { outcome: 'ACCEPTED', ...subjectOf(call.input, result) })
  await keepForLater(em, call, keepAnswer(payload))
  return payload
}

async function writeFailure(em: EntityManager, call: AuditedCall, error: unknown): Promise<void> {
  const said = error instanceof Refusal || error instanceof GraphQLError
  try {
    await writeEntry(em, call, {
      outcome: 'REFUSED',
      code: codeOf(error),
      message: said ? error.message : `It failed; the server's log says more under request ${call.context.requestId}.`,
      ...subjectOf(call.input, null),
    })
  } catch (cause) {
    // A database that is gone broke the call and takes no entry either: nothing was done, and that is what is said.
    if (said) throw cause
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  return error instanceof GraphQLError ? String(error.extensions.code) : 'INTERNAL_SERVER_ERROR'
}

/** SQLSTATE of serialization failures and deadlocks: the loser did nothing, and may try again. */
const AGAIN = new Set(['40001', '40P01'])
const TRIES = 5

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === TRIES || !AGAIN.has((error as { code?: string }).code ?? '')) throw error
      await sleep(Math.random() * 20 * 2 ** tries)
    }
  }
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair; such a text is refused here, for all inputs at once. */
function requireStorable(value: unknown, path: string[] = []): void {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw new BadInput(`${path.join('.')} holds a character that cannot be stored (NUL or half a surrogate pair).`, {
      field: path,
    })
  }
  if (value === null || typeof value !== 'object' || value instanceof Date) return
  for (const [key, inner] of Object.entries(value)) {
    requireStorable(key, [...path, 'key'])
    requireStorable(inner, [...path, key])
  }
}
