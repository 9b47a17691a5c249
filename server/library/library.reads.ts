import type { EntityClass, EntityManager } from '@mikro-orm/postgresql'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import type { NodePrefix } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { Package } from './package.entity.ts'
import { PackageVersion } from './package-version.entity.ts'
import { Repository } from './repository.entity.ts'
import { RepositoryScan } from './repository-scan.entity.ts'

/** One package version for reading, or null. The library has no scopes: who may read it at all sees all of it. */
export async function packageVersionById(em: EntityManager, uuid: string): Promise<PackageVersion | null> {
  return (await versionsByUuid(em, [uuid])).get(uuid) ?? null
}

export const versionsByUuid = (em: EntityManager, uuids: readonly string[]) =>
  byUuid(em, PackageVersion, 'package_version', uuids)
export const repositoriesByUuid = (em: EntityManager, uuids: readonly string[]) =>
  byUuid(em, Repository, 'repository', uuids)
export const packagesByUuid = (em: EntityManager, uuids: readonly string[]) => byUuid(em, Package, 'package', uuids)
export const scansByUuid = (em: EntityManager, uuids: readonly string[]) =>
  byUuid(em, RepositoryScan, 'repository_scan', uuids)

async function byUuid<T extends { uuid: string }>(
  em: EntityManager,
  entity: EntityClass<T>,
  table: string,
  uuids: readonly string[],
): Promise<Map<string, T>> {
  if (uuids.length === 0) return new Map()
  const found = await rows<object>(em, `select * from ${table} where uuid = any($1::uuid[])`, [uuids])
  return byKey(lean(em, entity, found), (one) => one.uuid)
}

/** For field resolvers that answer a package version: all of one level in one statement. */
export function versionField(context: Context, uuid: string): Promise<PackageVersion | null> {
  return batch(context, 'packageVersion', uuid, (uuids) => versionsByUuid(context.em, uuids))
}

/** SQL over `package_version`: the parts of a version number before any suffix, as numbers. */
export const NUMERIC_VERSION = `array(select coalesce(nullif(part, ''), '0')::numeric
  from unnest(string_to_array(regexp_replace(number, '[^0-9.].*$', ''), '.')) with ordinality as parts(part, place)
  order by place)`

/** The highest version of a package that can be had; a release goes before its own pre-releases. */
export function latestVersion(context: Context, packageId: string): Promise<PackageVersion | null> {
  return batch(context, 'latestPackageVersion', packageId, async (packageIds) => {
    const found = await rows<object>(
      context.em,
      `select distinct on (package_id) * from package_version where package_id = any($1::uuid[]) and state = 'AVAILABLE'
       order by package_id, ${NUMERIC_VERSION} desc, number ~ '[^0-9.]', created_at desc, uuid desc`,
      [packageIds],
    )
    return byKey(lean(context.em, PackageVersion, found), (version) => version.packageId)
  })
}

/** The scan of a repository that was started last. */
export function lastScan(context: Context, repositoryId: string): Promise<RepositoryScan | null> {
  return batch(context, 'lastScan', repositoryId, async (repositoryIds) => {
    const found = await rows<object>(
      context.em,
      `select s.* from unnest($1::uuid[]) as r(id) cross join lateral
         (select * from repository_scan where repository_id = r.id order by ordinal desc limit 1) s`,
      [repositoryIds],
    )
    return byKey(lean(context.em, RepositoryScan, found), (scan) => scan.repositoryId)
  })
}

/** The scan of a repository that is queued or running, or null. */
export async function activeScan(em: EntityManager, repositoryId: string): Promise<RepositoryScan | null> {
  const found = await row<object>(
    em,
    `select * from repository_scan where repository_id = $1 and state in ('QUEUED', 'RUNNING')`,
    [repositoryId],
  )
  return found ? lean(em, RepositoryScan, [found])[0]! : null
}

type Loader = (context: Context, uuids: string[]) => Promise<Map<string, object>>

const readable =
  (load: (em: EntityManager, uuids: readonly string[]) => Promise<Map<string, object>>): Loader =>
  async (context, uuids) => {
    const mayRead = context.viewer && reachAnywhere(context.viewer, 'library.read') === 'estate'
    return mayRead ? load(context.em, uuids) : new Map()
  }

/** For `node(id)`: what the viewer may not see is left out. */
export const libraryNodes = {
  rep: readable(repositoriesByUuid),
  scn: readable(scansByUuid),
  pkg: readable(packagesByUuid),
  pkv: readable(versionsByUuid),
} satisfies Partial<Record<NodePrefix, Loader>>
