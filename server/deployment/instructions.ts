import { Readable } from 'node:stream'
import type { EntityManager } from '@mikro-orm/postgresql'
import { row } from '../kernel/sql.ts'
import type { AttemptOrder, PackageRef, ProductRef } from '../integrations/integration.ts'
import type { Integrations } from '../integrations/registry.ts'
import type { Deployment } from './deployment.entity.ts'

/** What people have to do for the deployment as a whole, a step a line; each target has its own checklist. */
export async function generalInstructions(
  em: EntityManager,
  integrations: Integrations,
  deployment: Deployment,
): Promise<string> {
  const [checklist] = await checklists(em, integrations, deployment, [
    { id: deployment.uuid, itemId: deployment.uuid, name: 'each target', key: '', previousVersion: null },
  ])
  return checklist!.join('\n')
}

export interface ManualTarget {
  id: string
  itemId: string
  name: string
  key: string
  previousVersion: string | null
}

/** What a person does at each target, in order; a step an entry. */
export async function checklists(
  em: EntityManager,
  integrations: Integrations,
  deployment: Pick<Deployment, 'uuid' | 'sourceId' | 'productId'>,
  targets: readonly ManualTarget[],
): Promise<string[][]> {
  const { product, what } = await subject(em, deployment)
  const module = integrations.get(product.kind)
  const manual = module?.mode === 'manual' ? module : integrations.get('manual')
  if (manual?.mode !== 'manual') return targets.map(() => [])
  const attempts: AttemptOrder[] = targets.map((target) => ({
    attemptId: target.id,
    deploymentId: deployment.uuid,
    idempotencyKey: target.id,
    fence: 0n,
    target: { itemId: target.itemId, key: target.key, name: target.name, facts: {} },
    package: what,
    ...(target.previousVersion ? { previousVersion: target.previousVersion } : {}),
  }))
  // A product without a module keeps its own settings; only the module they were written for may read them.
  const ref: ProductRef = { ...product.ref, config: module === manual ? product.ref.config : {} }
  const answered = await manual.instructions({ product: ref, attempts })
  return answered.map(({ steps }) => steps)
}

async function subject(em: EntityManager, deployment: Pick<Deployment, 'sourceId' | 'productId'>) {
  const found = (await row<{
    name: string
    number: string
    digest: string
    size: string
    product: string | null
    kind: string | null
    config: Record<string, unknown> | null
  }>(
    em,
    `select k.name, v.number, v.digest, v.size, p.name as product, p.kind, p.config
     from package_version v join package k on k.uuid = v.package_id left join management_product p on p.uuid = $2
     where v.uuid = $1`,
    [deployment.sourceId, deployment.productId],
  ))!
  const what: PackageRef = {
    name: found.name,
    version: found.number,
    digest: found.digest,
    size: Number(found.size),
    open: () => Promise.resolve(Readable.from([])),
  }
  return {
    what,
    product: {
      kind: found.kind ?? 'manual',
      ref: { id: deployment.productId ?? '', name: found.product ?? 'by hand', config: found.config ?? {} },
    },
  }
}
