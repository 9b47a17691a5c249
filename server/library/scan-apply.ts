import type { EntityManager } from '@mikro-orm/postgresql'
import { PackageURL } from 'packageurl-js'
import { changed, changedMany, move, type Because } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import { Package } from './package.entity.ts'
import { PackageVersion } from './package-version.entity.ts'
import { packageVersionLifecycle } from './package-version.lifecycle.ts'
import type { PackageFacts } from './repository-driver.ts'
import type { Repository } from './repository.entity.ts'
import type { KnownVersion, NewVersion, ScanChanges } from './scan-changes.ts'

/** Every version of a repository, with what a scan compares; and, by digest, what is known of the packages' manifests. */
export async function knownVersions(em: EntityManager, repositoryId: string) {
  const known = await rows<KnownVersion & { manifest: Record<string, unknown> }>(
    em,
    `select v.uuid, p.name, v.number, v.platform, v.arch, v.digest, v.file, v.state,
       v.withdrawn_by_hand as "withdrawnByHand", v.held, v.manifest
     from package_version v join package p on p.uuid = v.package_id where p.repository_id = $1`,
    [repositoryId],
  )
  const described = new Map<string, PackageFacts>(
    known
      .filter(({ held }) => held)
      .map(({ name, number, platform, arch, manifest, digest }) => [
        digest,
        { name, number, platform, arch, manifest },
      ]),
  )
  return { known, described }
}

/** Writes what a scan found, each change with its history and event. In the caller's transaction. */
export async function applyChanges(
  em: EntityManager,
  repository: Repository,
  changes: ScanChanges,
  because: Because,
): Promise<void> {
  const now = new Date()
  await addVersions(em, repository, changes.add, because, now)
  for (const { uuid, alert } of changes.alarm) await alarm(em, uuid, alert, because)
  for (const { uuid, seen } of changes.restore) {
    await withVersion(em, uuid, async (own, version) => {
      Object.assign(version, { alert: null, held: true, size: seen.size, file: seen.file })
      Object.assign(version, { manifest: seen.facts.manifest, publishedAt: seen.publishedAt })
      await move(own, version, packageVersionLifecycle, version.state === 'ALERT' ? 'clear' : 'restore', because)
    })
  }
  for (const uuid of changes.vanish) {
    await withVersion(em, uuid, (own, version) => move(own, version, packageVersionLifecycle, 'vanish', because))
  }
  // Having been seen is no change: the version stays what it is.
  await rows(em, `update package_version set scanned_at = $1 where uuid = any($2::uuid[])`, [now, changes.present])
}

async function alarm(em: EntityManager, uuid: string, alert: string, because: Because) {
  await withVersion(em, uuid, async (own, version) => {
    if (version.state === 'ALERT' && version.alert === alert) return
    version.alert = alert
    if (version.state === 'ALERT') await changed(own, version, 'alarm', { ...because, reason: alert })
    else await move(own, version, packageVersionLifecycle, 'alarm', { ...because, reason: alert })
  })
}

async function addVersions(
  em: EntityManager,
  repository: Repository,
  added: NewVersion[],
  because: Because,
  now: Date,
): Promise<void> {
  const packages = new Map(
    (await em.find(Package, { repositoryId: repository.uuid })).map((one) => [one.name, one] as const),
  )
  const versions = added.map(({ facts, alert, ...bytes }) => {
    let owner = packages.get(facts.name)
    if (!owner) {
      const { name } = facts
      owner = Object.assign(new Package(), { repositoryId: repository.uuid, name, purl: purlOf(name) })
      packages.set(name, owner)
      em.persist(owner)
    }
    return Object.assign(new PackageVersion(), {
      ...bytes,
      packageId: owner.uuid,
      number: facts.number,
      platform: facts.platform,
      arch: facts.arch,
      manifest: facts.manifest,
      purl: purlOf(facts.name, facts),
      state: alert === null ? ('AVAILABLE' as const) : ('ALERT' as const),
      held: alert === null,
      alert,
      createdAt: now,
      scannedAt: now,
    })
  })
  await changedMany(em, versions, 'add', because)
}

/** A unit of work for one version, so that flushing stays cheap however many there are. */
async function withVersion(
  em: EntityManager,
  uuid: string,
  work: (own: EntityManager, version: PackageVersion) => Promise<void>,
): Promise<void> {
  const own = em.fork({ keepTransactionContext: true })
  await work(own, await own.findOneOrFail(PackageVersion, uuid))
}

function purlOf(name: string, facts?: PackageFacts): string {
  const qualifiers = Object.fromEntries(
    [
      ['arch', facts?.arch],
      ['os', facts?.platform],
    ].filter(([, value]) => value && value !== 'any'),
  )
  return new PackageURL('generic', null, name, facts?.number, qualifiers, null).toString()
}
