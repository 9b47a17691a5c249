import { Field, ID, ObjectType } from 'type-graphql'
import { connectionOf, type Page, type PageArgs } from './connection.ts'
import type { Context } from './context.ts'
import { childPage } from './page.ts'
import { DateTime, JsonObject } from './scalars.ts'

@ObjectType({ description: 'One thing that happened to a noun: who did what, when and why.' })
export class HistoryEntry {
  @Field(() => ID)
  id!: string

  @Field(() => DateTime)
  at!: Date

  @Field(() => String, { description: 'The action, e.g. create, update or the name of a state change.' })
  action!: string

  @Field(() => String, { nullable: true, description: 'The state before; null when the action is no state change.' })
  from!: string | null

  @Field(() => String, { nullable: true, description: 'The state after.' })
  to!: string | null

  @Field(() => String, { nullable: true, description: 'Name of the person; null for Waybill itself.' })
  by!: string | null

  @Field(() => String, { nullable: true, description: 'Why, as given with the mutation.' })
  reason!: string | null

  @Field(() => JsonObject, { nullable: true, description: 'What changed, by field.' })
  changes!: Record<string, unknown> | null
}

export const HistoryEntryConnection = connectionOf('HistoryEntry', () => HistoryEntry)

/** What happened to `subject` (a UUID), newest first; one statement for all subjects of a level. */
export function historyOf(context: Context, subject: string, page: PageArgs): Promise<Page<HistoryEntry>> {
  return childPage(
    context,
    'history',
    subject,
    'h.subject',
    {
      select: `h.uuid as id, h.at, h.action, h.from_state as "from", h.to_state as "to", account.name as "by", h.reason, h.changes`,
      from: 'history h left join account on account.uuid = h.actor',
      order: [
        { column: 'h.at', cast: 'timestamptz', descending: true },
        { column: 'h.uuid', cast: 'uuid', descending: true },
      ],
    },
    page,
    (rows) => rows.map((row) => Object.assign(new HistoryEntry(), row)),
  )
}
