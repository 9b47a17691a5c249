import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import { boundedCounts, type BoundedCount } from '../kernel/bounded-count.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { childPage, pageOf, type ListQuery, type OrderKey } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { liesIn } from '../item/lies-in.ts'
import { itemOf } from '../item/item.reads.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { Release } from './release.entity.ts'
import type { ReleaseFilter } from './release.inputs.ts'

const newestFirst: OrderKey[] = [{ column: 'x.ordinal', cast: 'integer', descending: true }]
/** What is not over yet comes before what is; each newest first. */
export const unfinishedFirst: OrderKey[] = [
  { column: `(x.state in ('COMPLETED', 'CLOSED', 'CANCELLED'))`, cast: 'boolean' },
  ...newestFirst,
]

/** Releases for reading, by UUID; only what `viewer` may see (null: all). */
export async function releasesByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<Map<string, Release>> {
  const values: unknown[] = [uuids]
  const scope = viewer && scopeCondition(viewer, 'release.read', 'x.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from release x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(em, Release, found), ({ uuid }) => uuid)
}

/** For field resolvers that answer a release: all of one level in one statement. Null when the viewer does not see it. */
export function releaseOf(context: Context, uuid: string): Promise<Release | null> {
  return batch(context, 'release', uuid, (uuids) => releasesByUuid(context.em, uuids, viewerOf(context)))
}

/** The list of releases, newest first unless another order is given; `among`: of these UUIDs only. */
export function releasePage(
  context: Context,
  filter: ReleaseFilter,
  page: PageArgs,
  order: OrderKey[] = newestFirst,
  among: readonly string[] | null = null,
): Promise<Page<Release>> {
  const query = { ...listQuery(context, filter, among), order }
  return pageOf(context.em, query, page, (found) => lean(context.em, Release, found))
}

/** How many releases there are of each filter. */
export const releaseCounts = (context: Context, filters: readonly ReleaseFilter[]): Promise<BoundedCount[]> =>
  boundedCounts(
    context.em,
    filters.map((filter) => listQuery(context, filter, null)),
  )

function listQuery(context: Context, filter: ReleaseFilter, among: readonly string[] | null): ListQuery {
  const values: unknown[] = []
  const where: string[] = []
  if (among) where.push(`x.uuid = any($${values.push(among)}::uuid[])`)
  if (filter.search) {
    values.push(filter.search)
    where.push(`strpos(lower('REL-' || x.ordinal || ' ' || x.title), lower($${values.length}::text)) > 0`)
  }
  if (filter.states) {
    values.push(filter.states)
    where.push(`x.state = any($${values.length}::text[])`)
  }
  return seen(context, where, values)
}

/** The releases that carry a package version, newest first. */
export function releasesOfVersion(context: Context, versionId: string, page: PageArgs): Promise<Page<Release>> {
  const query = seen(context, [], [])
  query.from = 'release x join release_source s on s.release_id = x.uuid'
  return childPage(context, 'releasesOfVersion', versionId, 's.package_version_id', query, page, (found) =>
    lean(context.em, Release, found),
  )
}

function seen(context: Context, where: string[], values: unknown[]): ListQuery {
  const scope = scopeCondition(viewerOf(context), 'release.read', 'x.scope_ids', values)
  if (scope) where.push(scope)
  return { select: 'x.*', from: 'release x', where, values, order: newestFirst }
}

/** What a release carries, in the order it was added. */
export async function sourcesOf(context: Context, releaseId: string): Promise<PackageVersion[]> {
  const sources = await batch(context, 'sourcesOfRelease', releaseId, async (releaseIds) => {
    const found = await rows<{ release_key: string }>(
      context.em,
      `select v.*, s.release_id as release_key from release_source s join package_version v on v.uuid = s.package_version_id
       where s.release_id = any($1::uuid[]) order by s.added_at, v.uuid`,
      [releaseIds],
    )
    const versions = lean(context.em, PackageVersion, found)
    const pairs = found.map((row, index) => ({ key: row.release_key, version: versions[index]! }))
    return mapValues(
      groupedBy(pairs, ({ key }) => key),
      (group) => group.map(({ version }) => version),
    )
  })
  return sources ?? []
}

/** Items of a table of them that the viewer sees, by name; of those only what lies in the item `within` (UUID), if one is named. */
export function listedPage(
  context: Context,
  table: 'release_target' | 'release_item' | 'task_target',
  owner: 'release' | 'task',
  ownerId: string,
  page: PageArgs,
  within: string | null = null,
): Promise<Page<ConfigurationItem>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const where = scope ? [scope] : []
  if (within) where.push(liesIn('x', `$${values.push(within)}::uuid`))
  return childPage(
    context,
    within ? `${table} within ${within}` : table,
    ownerId,
    `t.${owner}_id`,
    {
      select: 'x.*',
      from: `${table} t join configuration_item x on x.uuid = t.item_id`,
      where,
      values,
      order: [
        { column: 'x.name', cast: 'text' },
        { column: 'x.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) => lean(context.em, ConfigurationItem, found),
  )
}

const MOST_DEPENDANTS = 200

/** Items that depend on a target and are no targets themselves, as far as the viewer sees them. */
export async function dependantsOutside(
  context: Context,
  releaseId: string,
  first: number,
): Promise<ConfigurationItem[]> {
  if (first < 1 || first > MOST_DEPENDANTS) {
    throw new BadInput(`dependantsOutside answers 1 to ${MOST_DEPENDANTS} items; ${first} were asked for.`, {
      field: ['first'],
      rule: 'list size',
    })
  }
  const targets = await batch(context, 'targetIdsOfRelease', releaseId, async (releaseIds) => {
    const found = await rows<{ releaseId: string; itemId: string }>(
      context.em,
      `select release_id as "releaseId", item_id as "itemId" from release_target where release_id = any($1::uuid[])`,
      [releaseIds],
    )
    return groupedBy(found, (row) => row.releaseId)
  })
  const uuids = context.services.topology.dependantsOutside((targets ?? []).map(({ itemId }) => itemId))
  // Those that the viewer does not see do not count, so all are asked for, in one statement for all releases.
  const items = await Promise.all(uuids.map((uuid) => itemOf(context, uuid)))
  return items.filter((item) => item !== null).slice(0, first)
}

const mapValues = <V, W>(map: Map<string, V>, change: (value: V) => W) =>
  new Map([...map].map(([key, value]) => [key, change(value)]))

/** For `node(id)`. */
export const releaseNodes = {
  rls: (context: Context, uuids: string[]): Promise<Map<string, object>> =>
    releasesByUuid(context.em, uuids, viewerOf(context)),
}
