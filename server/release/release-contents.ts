import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import { itemsByUuid } from '../item/item.service.ts'
import { versionsByUuid } from '../library/library.reads.ts'
import { listedItems } from './item-gate.ts'
import { NotTargetable, SourceNotAvailable, TargetNotAuthorized } from './refusals.ts'
import type { Release } from './release.entity.ts'

/** Adds package versions; answers the names of those that are new. Refuses what is unknown or not available. */
export async function addSources(
  em: EntityManager,
  release: Release,
  ids: string[],
  field: string[],
): Promise<string[]> {
  if (ids.length === 0) return []
  const uuids = ids.map((id) => uuidOf(id, 'pkv', field))
  const versions = await versionsByUuid(em, uuids)
  for (const uuid of uuids) {
    const version = versions.get(uuid)
    if (!version) throw new NotFound('package version', toNodeId('pkv', uuid), field)
    if (version.state !== 'AVAILABLE') throw new SourceNotAvailable(version, field)
  }
  const added = await rows<{ uuid: string }>(
    em,
    `insert into release_source (release_id, package_version_id) select $1, v from unnest($2::uuid[]) as v
     on conflict do nothing returning package_version_id as uuid`,
    [release.uuid, uuids],
  )
  return added.map(({ uuid }) => versions.get(uuid)!.displayName)
}

/** Removes a package version; answers its name, or null if it was no source. */
export async function removeSource(em: EntityManager, release: Release, uuid: string): Promise<string | null> {
  const removed = await row(
    em,
    `delete from release_source where release_id = $1 and package_version_id = $2 returning release_id`,
    [release.uuid, uuid],
  )
  return removed ? (await versionsByUuid(em, [uuid])).get(uuid)!.displayName : null
}

/** Adds items; answers the names of those that are new. Refuses what is unknown, out of reach or not authorized. */
export async function addTargets(
  em: EntityManager,
  catalogue: Catalogue,
  release: Release,
  ids: string[],
  viewer: Viewer,
  field: string[],
): Promise<string[]> {
  if (ids.length === 0) return []
  const items = await visibleItems(em, ids, viewer, field)
  for (const item of items.values()) {
    requireReach(viewer, 'release.edit', item)
    requireTarget(catalogue, item, field)
  }
  const added = await rows<{ uuid: string }>(
    em,
    `insert into release_target (release_id, item_id) select $1, i from unnest($2::uuid[]) as i
     on conflict do nothing returning item_id as uuid`,
    [release.uuid, [...items.keys()]],
  )
  return added.map(({ uuid }) => items.get(uuid)!.name)
}

/** Removes items that the viewer sees from the targets, or from the other items; answers the names of those that were there. */
export async function removeItems(
  em: EntityManager,
  from: 'release_target' | 'release_item',
  release: Release,
  ids: string[],
  viewer: Viewer,
  field: string[],
): Promise<string[]> {
  const items = await visibleItems(em, ids, viewer, field)
  for (const item of items.values()) requireReach(viewer, 'release.edit', item)
  const removed = await rows<{ uuid: string }>(
    em,
    `delete from ${from} where release_id = $1 and item_id = any($2::uuid[]) returning item_id as uuid`,
    [release.uuid, [...items.keys()]],
  )
  return removed.map(({ uuid }) => items.get(uuid)!.name)
}

/**
 * Adds items that people change under the release, whatever their class and state: nothing is distributed to them. Answers
 * the names of those that are new.
 */
export async function addOtherItems(
  em: EntityManager,
  release: Release,
  ids: string[],
  viewer: Viewer,
  field: string[],
): Promise<string[]> {
  const items = await visibleItems(em, ids, viewer, field)
  for (const item of items.values()) requireReach(viewer, 'release.edit', item)
  const added = await rows<{ uuid: string }>(
    em,
    `insert into release_item (release_id, item_id) select $1, i from unnest($2::uuid[]) as i
     on conflict do nothing returning item_id as uuid`,
    [release.uuid, [...items.keys()]],
  )
  return added.map(({ uuid }) => items.get(uuid)!.name)
}

/** Refuses an item that cannot be a target, saying what to do. */
export function requireTarget(catalogue: Catalogue, item: ConfigurationItem, field: string[]): void {
  if (!catalogue.class(item.className)?.isTargetable) throw new NotTargetable(item, field)
  if (!item.authorized) throw new TargetNotAuthorized(item, field)
}

/** The items by UUID; refuses the first that the viewer does not see. */
export async function visibleItems(
  em: EntityManager,
  ids: string[],
  viewer: Viewer,
  field: string[],
): Promise<Map<string, ConfigurationItem>> {
  const uuids = ids.map((id) => uuidOf(id, 'ci', field))
  const items = new Map((await itemsByUuid(em, uuids, viewer)).map((item) => [item.uuid, item] as const))
  const unseen = uuids.find((uuid) => !items.has(uuid))
  if (unseen) throw new NotFound('configuration item', toNodeId('ci', unseen), field)
  return items
}

/** The scopes of a release: those of the items that it lists, and of who created it. */
export async function refreshScopes(em: EntityManager, release: Release): Promise<void> {
  const found = await row<{ scopes: string[] }>(
    em,
    `select array(select distinct s from ${listedItems} t join configuration_item i on i.uuid = t.item_id,
       unnest(i.scope_ids) s where t.release_id = $1 order by s)::text[] as scopes`,
    [release.uuid],
  )
  release.scopeIds = [...new Set([...release.ownScopeIds, ...found!.scopes])].sort()
}
