import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { childPage, pageOf } from '../kernel/page.ts'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { hostsOf } from '../discovery/places.ts'
import { NUMERIC_VERSION } from './library.reads.ts'
import { Package } from './package.entity.ts'
import { PackageVersion } from './package-version.entity.ts'
import { Repository } from './repository.entity.ts'
import type { PackageFilter } from './repository.inputs.ts'
import { RepositoryScan } from './repository-scan.entity.ts'

const byName = [
  { column: 'x.name', cast: 'text' },
  { column: 'x.uuid', cast: 'uuid' },
]
/** What came with one scan came at one instant; of that the highest version is first. */
const newestFirst = [
  { column: 'x.created_at', cast: 'timestamptz', descending: true },
  { column: NUMERIC_VERSION, cast: 'numeric[]', descending: true },
  { column: 'x.uuid', cast: 'uuid', descending: true },
]
const repositories = { select: 'x.*', from: 'repository x', order: byName }
const packages = { select: 'x.*', from: 'package x', order: byName }

/** All repositories, by name. */
export function repositoryPage(context: Context, page: PageArgs): Promise<Page<Repository>> {
  return pageOf(context.em, repositories, page, (found) => lean(context.em, Repository, found))
}

/** The repositories bound to a management product. */
export function repositoriesOfProduct(context: Context, productId: string, page: PageArgs): Promise<Page<Repository>> {
  return childPage(context, 'repositoriesOfProduct', productId, 'x.product_id', repositories, page, (found) =>
    lean(context.em, Repository, found),
  )
}

/** Packages by name. */
export function packagePage(context: Context, filter: PackageFilter, page: PageArgs): Promise<Page<Package>> {
  const values: unknown[] = []
  const where: string[] = []
  if (filter.repositoryId) {
    values.push(uuidOf(filter.repositoryId, 'rep', ['filter', 'repositoryId']))
    where.push(`x.repository_id = $${values.length}::uuid`)
  }
  if (filter.search) {
    values.push(filter.search)
    where.push(`strpos(lower(x.name), lower($${values.length}::text)) > 0`)
  }
  return pageOf(context.em, { ...packages, where, values }, page, (found) => lean(context.em, Package, found))
}

export function packagesOfRepository(context: Context, repositoryId: string, page: PageArgs): Promise<Page<Package>> {
  return childPage(context, 'packagesOfRepository', repositoryId, 'x.repository_id', packages, page, (found) =>
    lean(context.em, Package, found),
  )
}

/** The versions of a package, the one that came last first, of those of one scan the highest. */
export function versionsOfPackage(context: Context, packageId: string, page: PageArgs): Promise<Page<PackageVersion>> {
  const query = { select: 'x.*', from: 'package_version x', order: newestFirst }
  return childPage(context, 'versionsOfPackage', packageId, 'x.package_id', query, page, (found) =>
    lean(context.em, PackageVersion, found),
  )
}

/** Items on which discovery or a confirmation last saw this version, as far as the viewer sees them. */
export function itemsWithVersion(
  context: Context,
  versionId: string,
  page: PageArgs,
): Promise<Page<ConfigurationItem>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const query = {
    select: 'x.*',
    from: `(select distinct v.uuid as version_id, h.uuid as host_id
       from package_version v join package p on p.uuid = v.package_id
       join actual_item a on a.class_name = 'SoftwareInstallation' and a.state = 'PRESENT'
         and a.attributes->>'package' = p.name and a.attributes->>'version' = v.number
         and coalesce(a.attributes->>'digest', v.digest) = v.digest
       cross join lateral ${hostsOf('a.uuid')} h) seen
       join configuration_item x on x.actual_item_id = seen.host_id`,
    where: scope ? [scope] : [],
    values,
    order: byName,
  }
  return childPage(context, 'itemsWithVersion', versionId, 'seen.version_id', query, page, (found) =>
    lean(context.em, ConfigurationItem, found),
  )
}

export function scansOfRepository(
  context: Context,
  repositoryId: string,
  page: PageArgs,
): Promise<Page<RepositoryScan>> {
  const order = [{ column: 'x.ordinal', cast: 'integer', descending: true }]
  const query = { select: 'x.*', from: 'repository_scan x', order }
  return childPage(context, 'scansOfRepository', repositoryId, 'x.repository_id', query, page, (found) =>
    lean(context.em, RepositoryScan, found),
  )
}
