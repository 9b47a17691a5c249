import type { EntityManager } from '@mikro-orm/postgresql'
import { join } from 'node:path'
import { actorOf } from '../account/viewer.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { isWorkerHere } from '../deployment/engine/worker-process.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import { row } from '../kernel/sql.ts'
import type { Repository } from '../library/repository.entity.ts'
import { defineRepository } from '../library/repository.service.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import { registerProduct } from '../product/product.service.ts'
import { createSampleEstate } from './estate.ts'
import { stopHosts } from './stop-hosts.ts'

declare module '../kernel/context.ts' {
  interface Services {
    /** Where the sample estate lives, or would. Absolute. */
    sampleFolder: string
    /** What this program does, as WAYBILL_ROLES says. */
    roles: readonly string[]
  }
}

/** There is one sample estate in an installation. */
export class SampleAlreadyOpen extends Refusal {
  static override code: ErrorCode = 'SAMPLE_ALREADY_OPEN'
}

/** The hosts run on the machine of the program that is asked, and nobody there would carry anything to them. */
export class NoWorkerHere extends Refusal {
  static override code: ErrorCode = 'NO_WORKER_HERE'
  constructor(roles: readonly string[]) {
    super(
      `The hosts of the sample estate would run on this machine, where no program carries anything out: WAYBILL_ROLES is ${roles.join(',')}. ` +
        'Start this program with the role worker, or another one with it on this machine.',
      { rule: 'a worker on this machine', evidence: { roles } },
    )
  }
}

/** Whether somebody would carry software to hosts of this machine: this program, or another one that lives here. */
export async function isSampleOffered(em: EntityManager, roles: readonly string[]): Promise<boolean> {
  return roles.includes('worker') || (await isWorkerHere(em))
}

/** Whether this installation has registered the sample estate. */
export async function isSampleOpen(em: EntityManager, sampleFolder: string): Promise<boolean> {
  return (
    (await row(em, `select 1 from management_product where kind = 'local' and config ->> 'folder' = $1`, [
      hostsOf(sampleFolder),
    ])) !== null
  )
}

/** Starts the eight hosts and registers them as a management product, with the repository their software comes from. */
export async function openSample(
  em: EntityManager,
  services: Services,
  viewer: Viewer,
): Promise<{ product: ManagementProduct; repository: Repository }> {
  if (await isSampleOpen(em, services.sampleFolder)) {
    throw new SampleAlreadyOpen('The sample estate is open already: it is the product "Sample estate".', {
      rule: 'one sample estate',
    })
  }
  if (!(await isSampleOffered(em, services.roles))) throw new NoWorkerHere(services.roles)
  const estate = await createSampleEstate(services.sampleFolder)
  const because = { by: actorOf(viewer), reason: 'Opened the sample estate' }
  const product = await registerProduct(
    em,
    { name: 'Sample estate', kind: 'local', config: { folder: estate.hosts } },
    services,
    because,
  )
  const repository = await defineRepository(
    em,
    { name: 'Sample software', kind: 'directory', config: { folder: estate.repository }, productId: product.id },
    viewer,
    services,
  )
  return { product, repository }
}

/** At the start of a server: hosts of an open sample that stopped with the machine run again, those that run are left alone. */
export async function resumeSample(em: EntityManager, sampleFolder: string): Promise<void> {
  if (await isSampleOpen(em, sampleFolder)) await createSampleEstate(sampleFolder)
}

/** At an orderly stop: the sample's hosts end too, so that nothing is left running on somebody's machine. */
export async function closeSample(em: EntityManager, sampleFolder: string): Promise<void> {
  if (await isSampleOpen(em, sampleFolder)) await stopHosts(hostsOf(sampleFolder))
}

const hostsOf = (sampleFolder: string) => join(sampleFolder, 'hosts')
