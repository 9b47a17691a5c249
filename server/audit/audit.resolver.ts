import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql'
import { requireEstate, scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { BoundedCount, boundedCounts } from '../kernel/bounded-count.ts'
import { connectionOf, PageArgs, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { parseNodeId, uuidOf } from '../kernel/node-id.ts'
import { pageOf, type ListQuery } from '../kernel/page.ts'
import { DateTime, Seq } from '../kernel/scalars.ts'
import { rows } from '../kernel/sql.ts'
import { AuditEntry, AuditOutcome } from './audit-entry.entity.ts'
import { verifyChain, type Verification } from './verify-chain.ts'

const AuditEntryConnection = connectionOf('AuditEntry', () => AuditEntry)

@InputType()
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: 'Account that did it.' })
  actorId?: string | null

  @Field(() => String, { nullable: true, description: 'Name of the mutation.' })
  mutation?: string | null

  @Field(() => AuditOutcome, { nullable: true })
  outcome?: AuditOutcome | null

  @Field(() => DateTime, { nullable: true })
  since?: Date | null

  @Field(() => ID, { nullable: true, description: 'What it was about, an object of any kind.' })
  subjectId?: string | null

  @Field(() => DateTime, { nullable: true })
  until?: Date | null
}

@ObjectType({ description: 'Whether the hash chain of the audit log is whole.' })
export class AuditVerification {
  @Field(() => Boolean)
  ok!: boolean

  @Field(() => Int)
  entries!: number

  @Field(() => String, {
    nullable: true,
    description: 'Hash of the newest entry. Kept elsewhere, it proves what was before it.',
  })
  head!: string | null

  @Field(() => Seq, { nullable: true, description: 'Number of the first entry that does not fit.' })
  brokenAt!: number | null

  @Field(() => String)
  detail!: string
}

@Resolver()
export class AuditResolver {
  @Authorized('audit.read')
  @Query(() => AuditEntryConnection, { description: 'Who did or tried what, newest first.' })
  auditEntries(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AuditFilter, { nullable: true }) filter: AuditFilter | null,
    @Ctx() context: Context,
  ): Promise<Page<AuditEntry>> {
    return pageOf(context.em, listQuery(context, filter), page, (found) => lean(context.em, AuditEntry, found))
  }

  @Authorized('audit.read')
  @Query(() => [BoundedCount], { description: 'How many entries there are of each filter, in its order; at most 50.' })
  auditCounts(
    @Arg('filters', () => [AuditFilter]) filters: AuditFilter[],
    @Ctx() context: Context,
  ): Promise<BoundedCount[]> {
    return boundedCounts(
      context.em,
      filters.map((filter) => listQuery(context, filter)),
    )
  }

  @Authorized('audit.read')
  @Query(() => AuditVerification, { description: 'Reads the whole chain and computes every hash again.' })
  auditVerification(@Ctx() context: Context): Promise<Verification> {
    requireEstate(viewerOf(context), 'audit.read')
    return verifyChain({ query: async (text, values) => ({ rows: await rows(context.em, text, values) }) })
  }
}

function listQuery(context: Context, filter: AuditFilter | null): ListQuery {
  const values: unknown[] = []
  const where = [
    scopeCondition(viewerOf(context), 'audit.read', 'e.scope_ids', values),
    ...conditionsOf(filter, values),
  ]
  return {
    select: 'e.*',
    from: 'audit_entry e',
    where: where.filter((condition) => condition !== null),
    values,
    order: [
      { column: 'e.created_at', cast: 'timestamptz', descending: true },
      { column: 'e.uuid', cast: 'uuid', descending: true },
    ],
  }
}

function conditionsOf(filter: AuditFilter | null, values: unknown[]): string[] {
  const conditions: string[] = []
  const add = (condition: string, value: unknown) => {
    values.push(value)
    conditions.push(condition.replace('?', `$${values.length}`))
  }
  if (filter?.actorId) add('e.actor_uuid = ?', uuidOf(filter.actorId, 'acc', ['filter', 'actorId']))
  if (filter?.mutation) add('e.mutation = ?', filter.mutation)
  if (filter?.outcome) add('e.outcome = ?', filter.outcome)
  if (filter?.since) add('e.created_at >= ?', filter.since)
  if (filter?.until) add('e.created_at < ?', filter.until)
  if (filter?.subjectId) {
    parseNodeId(filter.subjectId, ['filter', 'subjectId'])
    add('e.subject_id = ?', filter.subjectId)
  }
  return conditions
}
