/** The versions of what discovery saw, as they are shown beside those of the authorized item. */
import { Field, ID, ObjectType } from 'type-graphql'
import { connectionOf, type Page, type PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { childPage } from '../kernel/page.ts'
import { DateTime, JsonObject } from '../kernel/scalars.ts'
import type { ItemFacts } from '../item/time/history.types.ts'
import { ActualItemStates, type ActualItemState } from './actual-item.entity.ts'

@ObjectType({ description: 'What discovery saw of an item, with the time in which it saw it so.' })
export class ActualVersion {
  changeId!: string | null
  facts!: ItemFacts
  before!: ItemFacts | null

  @Field(() => ID, { description: 'Actual item and beginning; unique among all versions.' })
  id!: string

  @Field(() => DateTime)
  validFrom!: Date

  @Field(() => DateTime, { nullable: true, description: 'Null: it is seen so now.' })
  validTo!: Date | null

  @Field(() => ActualItemStates)
  state!: ActualItemState

  @Field(() => JsonObject)
  attributes!: Record<string, unknown>
}

export const ActualVersionConnection = connectionOf('ActualVersion', () => ActualVersion)

const factsOf = (alias: string) =>
  `jsonb_build_object('name', ${alias}.name, 'class_name', ${alias}.class_name, 'state', ${alias}.state, 'site_id', null,
    'product_id', ${alias}.product_id, 'native_key', ${alias}.native_key, 'actual_item_id', null, 'attributes', ${alias}.attributes)`

interface VersionRow {
  uuid: string
  valid_from: string
  valid_to: string | null
  change_id: string | null
  facts: ItemFacts
  before: ItemFacts | null
}

/** Newest first. Who sees the actual item sees its versions. */
export function actualVersionPage(
  context: Context,
  actualItemId: string,
  page: PageArgs,
): Promise<Page<ActualVersion>> {
  return childPage(
    context,
    'actualVersions',
    actualItemId,
    'v.uuid',
    {
      select: `v.uuid, v.valid_from, v.valid_to, v.change_id, ${factsOf('v')} as facts,
        (select ${factsOf('b')} from actual_item_version b where b.uuid = v.uuid and b.valid_to = v.valid_from) as before`,
      from: 'actual_item_version v',
      order: [
        { column: 'v.valid_from', cast: 'timestamptz', descending: true },
        { column: 'v.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) =>
      (found as VersionRow[]).map((row) => {
        const validFrom = new Date(row.valid_from)
        return Object.assign(new ActualVersion(), {
          id: `${row.uuid}@${validFrom.toISOString()}`,
          validFrom,
          validTo: row.valid_to && new Date(row.valid_to),
          changeId: row.change_id,
          facts: row.facts,
          before: row.before,
          state: row.facts.state,
          attributes: row.facts.attributes,
        })
      }),
  )
}
