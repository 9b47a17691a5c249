import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { toNodeId, uuidOf } from '../../kernel/node-id.ts'
import { rows } from '../../kernel/sql.ts'
import { itemOf } from '../../item/item.reads.ts'
import { placesAround } from '../../item/lies-in.ts'
import type {} from '../../catalogue/keeper.ts'
import { type MatrixAxis, type MatrixColumn } from './matrix.types.ts'

/** What people plan by, in the order in which it is chosen for them. */
const USUAL = ['Site', 'Environment']
const MOST_COLUMNS = 50

/** SQL: the items `c` in which the item `i` lies; of several sites around it the nearest. `sites`: place of their class names. */
export const placesOf = (sites: string) =>
  `${placesAround('i')} p join configuration_item c on c.uuid = p.uuid and (c.class_name <> all(${sites}::text[]) or c.uuid = i.site_id)`

/** Names of the class Site and of all that inherit from it. */
export const siteClasses = (context: Context) => context.services.catalogue.now.withSubclasses(['Site'])

/** SQL: release and item of whatever these releases list as a target, or have deployed to. */
export const listedItems = (releases: string) =>
  `select release_id, item_id from release_target where release_id = any(${releases}::uuid[])
   union select d.release_id, t.item_id from deployment d join deployment_target t on t.deployment_id = d.uuid
     where d.release_id = any(${releases}::uuid[])`

export interface Columns {
  axis: string
  axes: MatrixAxis[]
  columns: MatrixColumn[]
  columnsLeftOut: number
}

/**
 * The columns in which targets of these releases lie, as far as the caller sees both; or `given` ones (ids), and how many more
 * these releases would need. One statement, and one more for those that are given.
 */
export async function columnsOf(
  context: Context,
  releaseIds: readonly string[],
  wanted: string | null | undefined,
  given: readonly string[] | null | undefined,
): Promise<Columns> {
  if (given && given.length > MOST_COLUMNS) {
    throw new BadInput(`At most ${MOST_COLUMNS} items are columns; ${given.length} were named.`, {
      field: ['columnIds'],
    })
  }
  const catalogue = context.services.catalogue.now
  if (wanted != null && !catalogue.class(wanted)) {
    throw new BadInput(`There is no class "${wanted}".`, { field: ['axis'] })
  }
  const choices = [...new Set([...(wanted == null ? [] : [wanted]), ...USUAL])]
  const pairs = choices.flatMap((axis) => catalogue.withSubclasses([axis]).map((name) => ({ axis, name })))
  const values: unknown[] = [
    releaseIds,
    pairs.map(({ axis }) => axis),
    pairs.map(({ name }) => name),
    siteClasses(context),
  ]
  const viewer = viewerOf(context)
  const scope = scopeCondition(viewer, 'estate.read', 'i.scope_ids', values) ?? 'true'
  const columnScope = scopeCondition(viewer, 'estate.read', 'c.scope_ids', values) ?? 'true'
  const found = await rows<{ axis: string; uuid: string; name: string }>(
    context.em,
    `with listed as (${listedItems('$1')}), i as (select distinct i.uuid, i.site_id, i.scope_ids
       from listed l join configuration_item i on i.uuid = l.item_id where ${scope})
     select distinct a.axis, c.uuid, c.name from i cross join lateral (select c.* from ${placesOf('$4')}) c
       join unnest($2::text[], $3::text[]) as a(axis, class_name) on a.class_name = c.class_name
     where ${columnScope} order by c.name, c.uuid`,
    values,
  )
  const axis = wanted ?? USUAL.find((name) => found.some((one) => one.axis === name)) ?? USUAL[0]!
  const axes = choices
    .map((className) => ({ className, columns: found.filter((one) => one.axis === className).length }))
    .filter(({ className, columns }) => columns > 0 || className === axis)
  const here = found.filter((one) => one.axis === axis)
  const shown = given ? await itemsNamed(context, given) : here.slice(0, MOST_COLUMNS)
  const places = new Set(shown.map(({ uuid }) => uuid))
  return {
    axis,
    axes,
    columns: shown.map(({ uuid, name }) => ({ itemId: uuid, id: toNodeId('ci', uuid), name })),
    columnsLeftOut: here.filter(({ uuid }) => !places.has(uuid)).length,
  }
}

/** The named items in their order; each must be one that the caller sees. */
async function itemsNamed(context: Context, ids: readonly string[]): Promise<{ uuid: string; name: string }[]> {
  return Promise.all(
    ids.map(async (id) => {
      const item = await itemOf(context, uuidOf(id, 'ci', ['columnIds']))
      if (item) return { uuid: item.uuid, name: item.name }
      throw new NotFound('item', id, ['columnIds'])
    }),
  )
}
