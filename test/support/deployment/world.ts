// Everything that a deployment needs, made directly in the tables: people, product, items, package, release, task.
import { createHash } from 'node:crypto'
import type { MikroORM } from '@mikro-orm/postgresql'
import { entities } from '../../../server/entities.ts'
import { createOrm } from '../../../server/kernel/database.ts'
import type { Viewer } from '../../../server/kernel/context.ts'
import { createMetrics } from '../../../server/kernel/metrics.ts'
import { createJobs, type Jobs } from '../../../server/kernel/jobs.ts'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { uuidv7 } from '../../../server/kernel/noun.ts'
import { rows } from '../../../server/kernel/sql.ts'
import { migrations } from '../../../server/migrations/list.ts'
import type { ContentStore } from '../../../server/library/content-store.ts'
import type { Integration } from '../../../server/integrations/integration.ts'
import { createManual } from '../../../server/integrations/manual/index.ts'
import type { BeginGate } from '../../../server/deployment/deployment.gate.ts'
import type { Deployment } from '../../../server/deployment/deployment.entity.ts'
import { createDeployment } from '../../../server/deployment/deployment.service.ts'
import { startDeployment } from '../../../server/deployment/start.service.ts'
import { beginValidation, concludeValidation } from '../../../server/deployment/validation-moves.ts'
import { lockDeployment } from '../../../server/deployment/load.ts'
import { createEngine, type Engine, type EngineParts } from '../../../server/deployment/engine/engine.ts'
import type { EnginePatience } from '../../../server/deployment/engine/settings.ts'
import type { EntityManager } from '@mikro-orm/postgresql'
import { createCounting, createNothing } from './counting-module.ts'

export const quick: Partial<EnginePatience> = { idle: 50, flush: 30, sweep: 200, obey: 300, stop: 500, lookAgain: 50 }

export const quiet = Object.assign(() => {}, {
  info() {},
  warn() {},
  error: (...said: unknown[]) => console.error(...said),
}) as unknown as EngineParts['log']

/** The bytes play no part here: modules of these tests do not read them. */
export const noStore = { open: () => Promise.reject(new Error('no bytes')) } as unknown as ContentStore

export function modules(): Map<string, Integration> {
  return new Map<string, Integration>([
    ['counting', createCounting()],
    ['nothing', createNothing()],
    ['manual', createManual()],
  ])
}

export interface World {
  orm: MikroORM
  jobs: Jobs
  services: { jobs: Jobs; integrations: Map<string, Integration>; startGates: [] }
  people: { author: Viewer; deployer: Viewer }
  productId: string
  taskId: string
  releaseId: string
  /** UUIDs of the package versions, by number. */
  versions: Record<string, string>
  items: string[]
  tx<T>(work: (em: EntityManager) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export const connect = (url: string) =>
  createOrm(url, { entities, migrations }, { pool: { min: 0, max: 10, idleTimeoutMillis: 1_000 } })

/** `count` items of a product of `kind` whose targets are folders below `folder`. */
export async function aWorld(
  url: string,
  folder: string,
  count: number,
  kind: string | null = 'counting',
): Promise<World> {
  const orm = await connect(url)
  const jobs = createJobs({ url, log: quiet })
  const tx = <T>(work: (em: EntityManager) => Promise<T>) => orm.em.fork().transactional(work)
  const [author, deployer] = [await person(orm, 'Ada'), await person(orm, 'Dora')]
  const ids = { product: uuidv7(), repository: uuidv7(), package: uuidv7(), release: uuidv7(), task: uuidv7() }
  const numbers = ['1.0.0', '1.1.0', '1.2.0']
  const versions = Object.fromEntries(numbers.map((number) => [number, uuidv7()]))
  const items = Array.from({ length: count }, () => uuidv7())
  await tx(async (em) => {
    await rows(
      em,
      `insert into management_product (uuid, name, kind, state, config) values ($1, $2, $3, 'ACTIVE', $4::jsonb)`,
      [ids.product, `Hosts ${ids.product.slice(-6)}`, kind ?? 'unheard', JSON.stringify({ folder })],
    )
    await rows(
      em,
      `insert into repository (uuid, name, kind, config, product_id, state) values ($1, $2, 'directory', '{}', $3, 'ACTIVE')`,
      [ids.repository, `Library ${ids.product.slice(-6)}`, kind ? ids.product : null],
    )
    await rows(
      em,
      `insert into package (uuid, repository_id, name, purl) values ($1, $2, 'storefront', 'pkg:generic/storefront')`,
      [ids.package, ids.repository],
    )
    for (const number of numbers) {
      await rows(
        em,
        `insert into package_version (uuid, package_id, number, platform, arch, purl, digest, size, state, held, file, manifest, scanned_at)
         values ($1, $2, $3, 'any', 'any', $4, $5, 100, 'AVAILABLE', true, 'x', '{}', now())`,
        [versions[number], ids.package, number, `pkg:generic/storefront@${number}`, digestOf(number)],
      )
    }
    await rows(
      em,
      `insert into configuration_item (uuid, ordinal, name, class_name, state, product_id, native_key, scope_ids, attributes)
       select id, nextval('item_ordinal'), 'host-' || lpad(n::text, 5, '0'), 'ComputerSystem', 'PRODUCTION', $2, 'host-' || lpad(n::text, 5, '0'), array[id], '{}'
       from unnest($1::uuid[]) with ordinality as i(id, n)`,
      [items, ids.product],
    )
    await rows(
      em,
      `insert into release (uuid, title, purpose, back_out_plan, verification_plan, state) values ($1, 'R', '', '', '', 'IN_PROGRESS')`,
      [ids.release],
    )
    await rows(em, `insert into release_source (release_id, package_version_id) select $1, unnest($2::uuid[])`, [
      ids.release,
      Object.values(versions),
    ])
    await rows(em, `insert into release_target (release_id, item_id) select $1, unnest($2::uuid[])`, [
      ids.release,
      items,
    ])
    await rows(
      em,
      `insert into task (uuid, release_id, title, type, source_id, state) values ($1, $2, 'Distribute', 'SOFTWARE_DISTRIBUTION', $3, 'READY')`,
      [ids.task, ids.release, versions['1.1.0']],
    )
    await rows(em, `insert into task_target (task_id, item_id) select $1, unnest($2::uuid[])`, [ids.task, items])
  })
  return {
    orm,
    jobs,
    services: { jobs, integrations: modules(), startGates: [] },
    people: { author, deployer },
    productId: ids.product,
    taskId: ids.task,
    releaseId: ids.release,
    versions,
    items,
    tx,
    close: async () => {
      await jobs.stop()
      await orm.close(true)
    },
  }
}

export const digestOf = (number: string) => `sha256:${createHash('sha256').update(number).digest('hex')}`

async function person(orm: MikroORM, name: string): Promise<Viewer> {
  const accountId = uuidv7()
  await rows(orm.em.fork(), `insert into account (uuid, login, name, state) values ($1, $2, $3, 'ACTIVE')`, [
    accountId,
    `${name.toLowerCase()}-${accountId.slice(-8)}`,
    name,
  ])
  return { accountId, name, via: 'session', reach: () => 'estate', scopeKey: 'estate' }
}

/** A deployment that has passed validation. */
export async function aValidated(
  world: World,
  { items = world.items, version = '1.1.0' }: { items?: string[]; version?: string } = {},
): Promise<Deployment> {
  const input = {
    taskId: toNodeId('tsk', world.taskId),
    title: 'Patch',
    sourceId: toNodeId('pkv', world.versions[version]!),
    targetIds: items.map((item) => toNodeId('ci', item)),
  }
  return world.tx(async (em) => {
    const { uuid } = await createDeployment(em, world.services, world.people.author, input)
    const deployment = (await lockDeployment(em, uuid))!
    await beginValidation(em, deployment, { by: null })
    await concludeValidation(em, deployment, 'PASSED', { by: null })
    return deployment
  })
}

export const start = (world: World, deployment: Deployment) =>
  world.tx((em) => startDeployment(em, world.services, world.people.deployer, { id: deployment.id }))

export async function aStarted(world: World, options: Parameters<typeof aValidated>[1] = {}): Promise<Deployment> {
  const deployment = await aValidated(world, options)
  await start(world, deployment)
  return deployment
}

/** An engine of this process, not started. Give it jobs of its own: it declares the queues. */
export function anEngine(
  world: World,
  patience: Partial<EnginePatience> = {},
  url: string,
  beginGates: readonly BeginGate[] = [],
): Engine {
  return createEngine({
    orm: world.orm,
    url,
    jobs: world.jobs,
    integrations: world.services.integrations as never,
    contentStore: noStore,
    beginGates,
    metrics: createMetrics(),
    log: quiet,
    patience: { ...quick, ...patience },
  })
}
