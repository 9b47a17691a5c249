import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { actorOf } from '../account/viewer.ts'
import { checkedName } from '../kernel/checked-text.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { BadInput, NotFound, Refusal } from '../kernel/errors.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import type { IdInput, MoveInput } from '../kernel/mutation.ts'
import { nextNumber } from '../kernel/next-number.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { moduleOf } from '../product/modules.ts'
import { productsByUuid, requireActive } from '../product/product.service.ts'
import { activeScan } from './library.reads.ts'
import { PackageVersion } from './package-version.entity.ts'
import { packageVersionLifecycle } from './package-version.lifecycle.ts'
import { driverOf, repositoryDrivers } from './repositories/registry.ts'
import { Repository } from './repository.entity.ts'
import type { RepositoryDefineInput, RepositoryUpdateInput } from './repository.inputs.ts'
import { repositoryLifecycle } from './repository.lifecycle.ts'
import { RepositoryScan } from './repository-scan.entity.ts'
import { SCAN_QUEUE } from './scan.ts'

declare module '../kernel/context.ts' {
  interface Services {
    jobs: Jobs
  }
}

type Modules = Pick<Services, 'integrations'>

/** There is no driver of that name. */
export class RepositoryKindUnknown extends Refusal {
  static override code: ErrorCode = 'REPOSITORY_KIND_UNKNOWN'
}

/** Defines a repository; refuses a product without a module, naming the module (D16). Nothing is read yet. */
export async function defineRepository(
  em: EntityManager,
  input: RepositoryDefineInput,
  viewer: Viewer,
  services: Modules,
): Promise<Repository> {
  const repository = Object.assign(new Repository(), {
    kind: input.kind,
    config: checkedConfig(input.kind, input.config),
    productId: input.productId == null ? null : await bindable(em, input.productId, services),
  })
  await rename(em, repository, input.name)
  await changed(em, repository, 'define', { by: actorOf(viewer), reason: input.reason }, { to: repository.state })
  return repository
}

/** Changes what is given. Other settings take effect with the next scan. */
export async function updateRepository(
  em: EntityManager,
  input: RepositoryUpdateInput,
  viewer: Viewer,
  services: Modules,
): Promise<Repository> {
  const repository = await lockRepository(em, input.id)
  expectVersion(repository, input.expectedVersion)
  requireInUse(repository)
  if (input.name != null) await rename(em, repository, input.name)
  if (input.config != null) repository.config = checkedConfig(repository.kind, input.config)
  if (input.productId !== undefined)
    repository.productId = input.productId === null ? null : await bindable(em, input.productId, services)
  repository.updatedAt = new Date()
  const { name, config, productId } = input
  const changes = Object.fromEntries(
    Object.entries({ name, config, productId }).filter(([, value]) => value !== undefined),
  )
  await changed(em, repository, 'update', { by: actorOf(viewer), reason: input.reason }, { changes })
  return repository
}

/** Ends the use of a repository. What Waybill holds of it stays. */
export async function retireRepository(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<Repository> {
  const repository = await lockRepository(em, input.id)
  expectVersion(repository, input.expectedVersion)
  await move(em, repository, repositoryLifecycle, 'retire', { by: actorOf(viewer), reason: input.reason })
  return repository
}

/** Has a repository read. While a scan waits or runs, that one is the answer. */
export async function startScan(
  em: EntityManager,
  input: IdInput,
  viewer: Viewer,
  services: Modules & Pick<Services, 'jobs'>,
): Promise<RepositoryScan> {
  const repository = await lockRepository(em, input.id)
  requireInUse(repository)
  if (repository.productId) await bindable(em, toNodeId('prd', repository.productId), services)
  const active = await activeScan(em, repository.uuid)
  const scan = active ?? (await newScan(em, repository, viewer, input.reason))
  // Also for a scan whose job was lost: a second job for one scan finds nothing left to do.
  await services.jobs.enqueue(em, SCAN_QUEUE, { scanId: scan.uuid }, { singletonKey: scan.uuid })
  return scan
}

async function newScan(em: EntityManager, repository: Repository, viewer: Viewer, reason?: string | null) {
  const scan = Object.assign(new RepositoryScan(), {
    ordinal: await nextNumber(em, 'repository_scan_number'),
    repositoryId: repository.uuid,
    startedBy: actorOf(viewer),
  })
  await changed(em, scan, 'start', { by: actorOf(viewer), reason }, { to: scan.state })
  return scan
}

/** Takes a version out of use, for good: no scan brings it back. */
export async function withdrawVersion(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<PackageVersion> {
  const uuid = uuidOf(input.id, 'pkv')
  const version = await em.findOne(PackageVersion, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!version) throw new NotFound('package version', input.id)
  expectVersion(version, input.expectedVersion)
  version.withdrawnByHand = true
  await move(em, version, packageVersionLifecycle, 'withdraw', { by: actorOf(viewer), reason: input.reason })
  return version
}

/** The repository that a mutation names, locked. */
export async function lockRepository(em: EntityManager, id: string): Promise<Repository> {
  const uuid = uuidOf(id, 'rep')
  const repository = await em.findOne(Repository, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!repository) throw new NotFound('repository', id)
  return repository
}

function requireInUse(repository: Repository): void {
  if (repository.state === 'ACTIVE') return
  throw new BadInput(`${repository.name} is retired; it is neither changed nor scanned any more.`, {
    field: ['id'],
    itemId: repository.id,
    rule: 'repository in use',
  })
}

async function rename(em: EntityManager, repository: Repository, name: string): Promise<void> {
  repository.name = checkedName(name, 'name')
  const twin = await row<{ uuid: string }>(
    em,
    `select uuid from repository where lower(name) = lower($1) and state = 'ACTIVE' and uuid <> $2`,
    [repository.name, repository.uuid],
  )
  if (!twin) return
  throw new BadInput(`There is already a repository called ${repository.name}.`, {
    field: ['name'],
    itemId: toNodeId('rep', twin.uuid),
    rule: 'no twins',
  })
}

/** The product's UUID; refuses one that is unknown, retired or without a module. */
async function bindable(em: EntityManager, id: string, services: Modules): Promise<string> {
  const uuid = uuidOf(id, 'prd', ['productId'])
  const [product] = await productsByUuid(em, [uuid])
  if (!product) throw new NotFound('management product', id, ['productId'])
  requireActive(product)
  moduleOf(services, product)
  return uuid
}

function checkedConfig(kind: string, config: unknown): Record<string, unknown> {
  const driver = driverOf(kind)
  if (!driver) {
    const kinds = repositoryDrivers.map((one) => one.kind).join(', ')
    throw new RepositoryKindUnknown(`There is no kind of repository "${kind.slice(0, 80)}". The kinds are: ${kinds}.`, {
      field: ['kind'],
    })
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new BadInput('The settings of a repository are a JSON object.', { field: ['config'] })
  const faults = driver.checkConfig(config as Record<string, unknown>)
  if (faults.length > 0)
    throw new BadInput(faults.join(' '), { field: ['config'], rule: 'settings', evidence: { faults } })
  return config as Record<string, unknown>
}
