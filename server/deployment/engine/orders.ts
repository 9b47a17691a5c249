import type { EntityManager } from '@mikro-orm/postgresql'
import { row } from '../../kernel/sql.ts'
import type { ContentStore } from '../../library/content-store.ts'
import type {
  AutomaticIntegration,
  AttemptOrder,
  PackageRef,
  ProductRef,
  TargetRef,
} from '../../integrations/integration.ts'
import type { Integrations } from '../../integrations/registry.ts'

/** What a deployment carries and through what: the same for all its targets. */
export interface Cargo {
  deploymentId: string
  product: ProductRef
  /** Null if the module that was there at the start is missing now. */
  module: AutomaticIntegration | null
  kind: string
  package: PackageRef
  /** Time limit of one attempt, seconds. */
  seconds: number
}

export async function cargoOf(
  em: EntityManager,
  integrations: Integrations,
  contentStore: ContentStore,
  deploymentId: string,
): Promise<Cargo> {
  const found = (await row<{
    attempt_seconds: number
    product_id: string
    product: string
    kind: string
    config: Record<string, unknown>
    name: string
    number: string
    digest: string
    size: string
  }>(
    em,
    `select d.attempt_seconds, p.uuid as product_id, p.name as product, p.kind, p.config || p.secrets as config, k.name, v.number, v.digest, v.size
     from deployment d join management_product p on p.uuid = d.product_id
       join package_version v on v.uuid = d.source_id join package k on k.uuid = v.package_id
     where d.uuid = $1`,
    [deploymentId],
  ))!
  const module = integrations.get(found.kind)
  return {
    deploymentId,
    product: { id: found.product_id, name: found.product, config: found.config },
    module: module?.mode === 'automatic' ? module : null,
    kind: found.kind,
    seconds: found.attempt_seconds,
    package: {
      name: found.name,
      version: found.number,
      digest: found.digest,
      size: Number(found.size),
      open: () => contentStore.open(found.digest),
    },
  }
}

/** An attempt that this process holds, with what its order needs. */
export interface HeldAttempt {
  uuid: string
  targetId: string
  fence: string
  state: string
  itemId: string
  itemName: string
  nativeKey: string | null
  attributes: Record<string, unknown>
  previousVersion: string | null
}

export function targetRef(attempt: Pick<HeldAttempt, 'itemId' | 'itemName' | 'nativeKey' | 'attributes'>): TargetRef {
  const facts = Object.entries(attempt.attributes).filter(([, value]) => value !== null && typeof value !== 'object')
  return {
    itemId: attempt.itemId,
    key: attempt.nativeKey ?? attempt.itemName,
    name: attempt.itemName,
    facts: Object.fromEntries(facts.map(([name, value]) => [name, String(value)])),
  }
}

/** The same for every repetition of an attempt. */
export function orderFor(cargo: Cargo, attempt: HeldAttempt): AttemptOrder {
  return {
    attemptId: attempt.uuid,
    deploymentId: cargo.deploymentId,
    idempotencyKey: attempt.uuid,
    fence: BigInt(attempt.fence),
    target: targetRef(attempt),
    package: cargo.package,
    ...(attempt.previousVersion ? { previousVersion: attempt.previousVersion } : {}),
  }
}
