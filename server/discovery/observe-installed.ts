/** Software that somebody looked at after a deployment becomes an observation like those of discovery. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { isDeepStrictEqual } from 'node:util'
import { record } from '../kernel/events.ts'
import { changed } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { row, rows } from '../kernel/sql.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { ActualItem } from './actual-item.entity.ts'
import { tellLinked } from './load/load.ts'

export interface InstalledObservation {
  /** UUID of the configuration item on which the software was seen. */
  itemId: string
  /** Name of the package. */
  name: string
  version: string
  /** 'sha256:…'; null when the target did not tell. */
  digest: string | null
  at: Date
  /** UUID of the deployment whose confirmation looked; null when nobody deployed. */
  deploymentId: string | null
}

/**
 * Records what was seen on an item: the observed side follows, and, when a deployment wanted it so, the authorized
 * version of the installation too. Call it in a transaction.
 */
export async function observeInstalled(em: EntityManager, seen: InstalledObservation): Promise<void> {
  const host = await em.findOneOrFail(ConfigurationItem, seen.itemId, { lockMode: LockMode.PESSIMISTIC_WRITE })
  const actualHost = await actualOf(em, host, seen.at)
  const attributes = { package: seen.name, version: seen.version, ...(seen.digest ? { digest: seen.digest } : {}) }
  const software = await softwareOn(em, actualHost, seen, attributes)
  const changedNow = !isDeepStrictEqual({ ...software.attributes, ...attributes }, software.attributes)
  Object.assign(software, {
    attributes: { ...software.attributes, ...attributes },
    lastSeenAt: seen.at,
    state: 'PRESENT',
  })
  await em.flush()
  await keepObservation(em, software, seen, attributes)
  if (seen.deploymentId) await authorize(em, software, seen, attributes)
  if (!changedNow) return
  await record(em, {
    topic: 'actualItem.changed',
    subject: software.productId ?? software.uuid,
    scopeIds: [],
    payload: { count: 1 },
  })
  await tellLinked(em, 'select unnest($1::uuid[])', [[software.uuid, actualHost.uuid]])
}

/** The observed side of an item; an item that no discovery has seen gets one now. */
async function actualOf(em: EntityManager, host: ConfigurationItem, at: Date): Promise<ActualItem> {
  if (host.actualItemId) return em.findOneOrFail(ActualItem, host.actualItemId)
  const { className, name, productId } = host
  const actual = Object.assign(new ActualItem(), {
    className,
    name,
    productId,
    nativeKey: host.nativeKey ?? host.uuid,
    firstSeenAt: at,
    lastSeenAt: at,
  })
  host.actualItemId = actual.uuid
  em.persist(actual)
  await changed(em, host, 'link', { by: null, reason: 'It was looked at after a deployment.' })
  return actual
}

async function softwareOn(
  em: EntityManager,
  host: ActualItem,
  seen: InstalledObservation,
  attributes: Record<string, unknown>,
): Promise<ActualItem> {
  const known = await row<{ uuid: string }>(
    em,
    `select a.uuid from actual_relationship r join actual_item a on a.uuid = r.source_id
     where r.target_id = $1 and r.type = 'runsOn' and r.gone_at is null and a.attributes->>'package' = $2 limit 1`,
    [host.uuid, seen.name],
  )
  if (known) return em.findOneOrFail(ActualItem, known.uuid, { lockMode: LockMode.PESSIMISTIC_WRITE })
  const software = Object.assign(new ActualItem(), {
    className: 'SoftwareInstallation',
    name: `${seen.name} on ${host.name}`,
    nativeKey: `${host.nativeKey}/${seen.name}`,
    productId: host.productId,
    attributes,
    firstSeenAt: seen.at,
    lastSeenAt: seen.at,
  })
  em.persist(software)
  await em.flush()
  await rows(
    em,
    `insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at)
     values ($1, 'runsOn', $2, $3, $4, 'confirmation', $5, $5)`,
    [uuidv7(), software.uuid, host.uuid, host.productId, seen.at],
  )
  return software
}

const SOURCE = 'confirmation'

async function keepObservation(
  em: EntityManager,
  software: ActualItem,
  seen: InstalledObservation,
  attributes: Record<string, unknown>,
): Promise<void> {
  await rows(em, 'update observation set current = false where actual_item_id = $1 and source = $2 and current', [
    software.uuid,
    SOURCE,
  ])
  await rows(
    em,
    `insert into observation (uuid, actual_item_id, source, class_name, deployment_id, attributes, first_at, last_at)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7, $7)`,
    [uuidv7(), software.uuid, SOURCE, software.className, seen.deploymentId, JSON.stringify(attributes), seen.at],
  )
}

/** An approved deployment is the change by which the authorized version becomes the new one. */
async function authorize(
  em: EntityManager,
  software: ActualItem,
  seen: InstalledObservation,
  attributes: Record<string, unknown>,
): Promise<void> {
  const record = await em.findOne(
    ConfigurationItem,
    { actualItemId: software.uuid },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  if (!record || record.state === 'DECOMMISSIONED') return
  const wanted = { ...record.attributes, ...attributes }
  if (isDeepStrictEqual(wanted, record.attributes)) return
  record.attributes = wanted
  await changed(
    em,
    record,
    'update',
    { by: null, reason: `Confirmed at the target: ${seen.name} ${seen.version}.` },
    { changes: { attributes } },
  )
}
