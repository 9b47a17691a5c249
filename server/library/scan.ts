import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { ContentStore } from './content-store.ts'
import { record } from '../kernel/events.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { move } from '../kernel/move.ts'
import { row } from '../kernel/sql.ts'
import { Unreadable } from './repository-driver.ts'
import { driverOf } from './repositories/registry.ts'
import { Repository } from './repository.entity.ts'
import { scanLifecycle } from './repository.lifecycle.ts'
import { RepositoryScan } from './repository-scan.entity.ts'
import { applyChanges, knownVersions } from './scan-apply.ts'
import { changesOf, type Seen } from './scan-changes.ts'
import { readOffers } from './scan-read.ts'

/** The queue of scans; a job's data is `{ scanId }`, a UUID. */
export const SCAN_QUEUE = 'repository.scan'

/** Between two reports of progress. */
const PROGRESS_INTERVAL = 250 // ms

/**
 * Does one scan. It may be called again for the same scan, after a crash: reading keeps bytes by their digest, and all
 * changes are made in one transaction with the end of the scan. What fails is said in the scan, and has changed nothing.
 */
export async function runScan(
  em: EntityManager,
  scanId: string,
  store: ContentStore,
  signal: AbortSignal,
): Promise<void> {
  const begun = await begin(em.fork(), scanId)
  if (!begun) return
  try {
    const seen = await read(em, begun, store, signal)
    await finish(em.fork(), begun, seen)
  } catch (error) {
    if (signal.aborted) throw error
    await fail(em.fork(), scanId, causeOf(error))
    if (!isExpected(error)) throw error
  }
}

interface Begun {
  scan: RepositoryScan
  repository: Repository
}

function begin(em: EntityManager, scanId: string): Promise<Begun | null> {
  return em.transactional(async (em) => {
    const scan = await em.findOne(RepositoryScan, scanId, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (!scan || scanLifecycle.isTerminal(scan.state)) return null
    if (scan.state === 'QUEUED') await move(em, scan, scanLifecycle, 'begin', { by: scan.startedBy })
    return { scan, repository: await em.findOneOrFail(Repository, scan.repositoryId) }
  })
}

async function read(em: EntityManager, { scan, repository }: Begun, store: ContentStore, signal: AbortSignal) {
  const driver = driverOf(repository.kind)
  if (!driver) throw new Unreadable(`Waybill has no driver for repositories of the kind ${repository.kind}.`)
  const { known, described } = await knownVersions(em.fork(), repository.uuid)
  const listing = await driver.list(repository.config, signal)
  const standing = known.filter(({ state }) => state === 'AVAILABLE').length
  if (listing.offers.length === 0 && standing > 0) {
    throw new Unreadable(
      `${repository.name} lists no packages any more, where ${standing} were available. That is taken for a fault of the repository; withdraw them by hand if it is meant.`,
    )
  }
  let reported = 0
  const progress = async (done: number, of: number) => {
    if (Date.now() - reported < PROGRESS_INTERVAL) return
    reported = Date.now()
    await report(em.fork(), scan, Math.floor((done / of) * 99))
  }
  return {
    seen: await readOffers(listing.offers, { driver, store, described, signal, progress }),
    faults: listing.faults,
  }
}

async function report(em: EntityManager, scan: RepositoryScan, percent: number): Promise<void> {
  await em.transactional(async (em) => {
    const running = await row(
      em,
      `update repository_scan set percent = $2 where uuid = $1 and state = 'RUNNING' and percent < $2 returning uuid`,
      [scan.uuid, percent],
    )
    if (running) await record(em, { topic: scan.topic, subject: scan.repositoryId, scopeIds: scan.scopeIds })
  })
}

async function finish(em: EntityManager, begun: Begun, read: { seen: Seen[]; faults: string[] }): Promise<void> {
  await em.transactional(async (em) => {
    const repository = await em.findOneOrFail(Repository, begun.repository.uuid, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
    })
    const scan = await em.findOneOrFail(RepositoryScan, begun.scan.uuid, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (scan.state !== 'RUNNING') return
    const { known } = await knownVersions(em, repository.uuid)
    const changes = changesOf(known, read.seen)
    const because = { by: scan.startedBy, reason: scan.number }
    await applyChanges(em, repository, changes, because)
    scan.found = read.seen.filter(({ outcome }) => outcome !== 'missing').length
    scan.added = changes.add.length
    scan.withdrawn = changes.vanish.length
    scan.alerts = [...read.faults, ...changes.alerts]
    scan.percent = 100
    scan.finishedAt = new Date()
    await move(em, scan, scanLifecycle, 'succeed', because)
  })
}

async function fail(em: EntityManager, scanId: string, failure: string): Promise<void> {
  await em.transactional(async (em) => {
    const scan = await em.findOneOrFail(RepositoryScan, scanId, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (scanLifecycle.isTerminal(scan.state)) return
    scan.failure = failure
    scan.finishedAt = new Date()
    await move(em, scan, scanLifecycle, 'fail', { by: scan.startedBy, reason: failure })
  })
}

/** What the outside does: the repository, or the disk. Anything else is a fault of ours and goes to the log too. */
const isExpected = (error: unknown) => error instanceof Unreadable || systemCode(error) !== null

function causeOf(error: unknown): string {
  if (error instanceof Unreadable) return error.message
  const code = systemCode(error)
  if (code) return `The bytes could not be read or kept (${code}). Nothing was changed; scan again when that is mended.`
  return 'Waybill itself failed while scanning. Nothing was changed; the log of the server says more.'
}

function systemCode(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) && (error as NodeJS.ErrnoException).syscall ? code : null
}

/** Declares the worker of the scans. */
export function workOnScans(jobs: Jobs, em: EntityManager, store: ContentStore): void {
  jobs.work<{ scanId: string }>(SCAN_QUEUE, { batch: 1, concurrency: 2 }, ({ data }, signal) =>
    runScan(em.fork(), data.scanId, store, signal),
  )
}
