/** Software that somebody looked at after a deployment becomes an observation like those of discovery. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { isDeepStrictEqual } from 'node:util'
import { recordMany } from '../kernel/events.ts'
import { changedMany } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { loadCatalogue } from '../catalogue/keeper.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { ActualItem } from './actual-item.entity.ts'
import { tellLinked } from './load/load.ts'
import { loadRules } from './identity/rule.store.ts'
import { settleItems } from './identity/settle-items.ts'
import { thingsOn } from './places.ts'
import { lastSeenOf } from './last-seen.ts'

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

/** What was seen, with the record of it: the observed host, the observed software on it. */
interface Recorded {
  seen: InstalledObservation
  attributes: Record<string, string>
  host: ActualItem
  software: ActualItem
}

const SOURCE = 'confirmation'
const FOR_WRITING = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { uuid: 'asc' } } as const

/**
 * Records what was seen on items, each item once: the observed side follows, and, where a deployment wanted it so, the
 * authorized version of the installation too. Call it in a transaction; the number of its statements is fixed.
 */
export async function observeInstalled(em: EntityManager, all: readonly InstalledObservation[]): Promise<void> {
  if (all.length === 0) return
  const hosts = await hostsOf(em, all)
  const recorded = await softwareOn(em, all, hosts)
  const changed = recorded.filter(
    ({ software, attributes }) => !isDeepStrictEqual({ ...software.attributes, ...attributes }, software.attributes),
  )
  for (const { software, attributes, seen } of recorded) {
    Object.assign(software, {
      attributes: { ...software.attributes, ...attributes },
      lastSeenAt: seen.at,
      state: 'PRESENT',
    })
  }
  await em.flush()
  await keepObservations(em, recorded)
  await weigh(em, recorded)
  await authorize(em, recorded)
  if (changed.length === 0) return
  const subjects = new Set(changed.map(({ software }) => software.productId ?? software.uuid))
  await recordMany(
    em,
    [...subjects].map((subject) => ({
      topic: 'actualItem.changed',
      subject,
      scopeIds: [],
      payload: { count: changed.filter(({ software }) => (software.productId ?? software.uuid) === subject).length },
    })),
  )
  const touched = changed.flatMap(({ software, host }) => [software.uuid, host.uuid])
  await tellLinked(em, 'select unnest($1::uuid[])', [touched])
}

/** The observed side of each item, by the item's UUID; an item that no discovery has seen gets one now. */
async function hostsOf(em: EntityManager, all: readonly InstalledObservation[]): Promise<Map<string, ActualItem>> {
  const uuids = all.map(({ itemId }) => itemId)
  const items = await em.find(ConfigurationItem, { uuid: { $in: uuids } }, FOR_WRITING)
  const linked = items.map(({ actualItemId }) => actualItemId).filter((uuid) => uuid !== null)
  const known = await em.find(ActualItem, { uuid: { $in: linked } })
  const byUuid = new Map(known.map((actual) => [actual.uuid, actual]))
  const bare = items.filter(({ actualItemId }) => actualItemId === null)
  const seenAt = new Map(all.map(({ itemId, at }) => [itemId, at]))
  for (const item of bare) {
    const { className, name, productId, nativeKey, uuid } = item
    const at = seenAt.get(uuid)!
    const actual = Object.assign(new ActualItem(), {
      className,
      name,
      productId,
      nativeKey: nativeKey ?? uuid,
      firstSeenAt: at,
      lastSeenAt: at,
    })
    item.actualItemId = actual.uuid
    em.persist(actual)
    byUuid.set(actual.uuid, actual)
  }
  await changedMany(em, bare, 'link', { by: null, reason: 'It was looked at after a deployment.' })
  return new Map(items.map((item) => [item.uuid, byUuid.get(item.actualItemId!)!]))
}

async function softwareOn(
  em: EntityManager,
  all: readonly InstalledObservation[],
  hosts: Map<string, ActualItem>,
): Promise<Recorded[]> {
  const found = await rows<{ host: string; package: string; uuid: string }>(
    em,
    `select distinct on (s.host, s.package) s.host, s.package, a.uuid
     from unnest($1::uuid[], $2::text[]) as s(host, package)
       cross join lateral ${thingsOn('s.host')} t
       join actual_item a on a.uuid = t.uuid and a.attributes->>'package' = s.package
     order by s.host, s.package, a.state = 'PRESENT' desc, ${lastSeenOf('a')} desc, a.uuid`,
    [all.map(({ itemId }) => hosts.get(itemId)!.uuid), all.map(({ name }) => name)],
  )
  const known = await em.find(ActualItem, { uuid: { $in: found.map(({ uuid }) => uuid) } }, FOR_WRITING)
  const byUuid = new Map(known.map((actual) => [actual.uuid, actual]))
  const byPlace = new Map(found.map((one) => [`${one.host} ${one.package}`, byUuid.get(one.uuid)]))
  const created: Recorded[] = []
  const recorded = all.map((seen): Recorded => {
    const host = hosts.get(seen.itemId)!
    const attributes = { package: seen.name, version: seen.version, ...(seen.digest ? { digest: seen.digest } : {}) }
    const software = byPlace.get(`${host.uuid} ${seen.name}`)
    if (software) return { seen, attributes, host, software }
    const fresh = { seen, attributes, host, software: newSoftware(em, host, seen, attributes) }
    created.push(fresh)
    return fresh
  })
  await em.flush()
  await relate(em, created)
  return recorded
}

function newSoftware(
  em: EntityManager,
  host: ActualItem,
  { name, at }: InstalledObservation,
  attributes: Record<string, string>,
): ActualItem {
  const software = Object.assign(new ActualItem(), {
    className: 'SoftwareInstallation',
    name: `${name} on ${host.name}`,
    nativeKey: `${host.nativeKey}/${name}`,
    productId: host.productId,
    attributes,
    firstSeenAt: at,
    lastSeenAt: at,
  })
  em.persist(software)
  return software
}

async function relate(em: EntityManager, created: readonly Recorded[]): Promise<void> {
  if (created.length === 0) return
  await rows(
    em,
    `insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at)
     select uuid, 'runsOn', source, target, product, 'confirmation', at, at
     from jsonb_to_recordset($1::jsonb) as r(uuid uuid, source uuid, target uuid, product uuid, at timestamptz)`,
    [
      JSON.stringify(
        created.map(({ software, host, seen }) => ({
          uuid: uuidv7(),
          source: software.uuid,
          target: host.uuid,
          product: host.productId,
          at: seen.at,
        })),
      ),
    ],
  )
}

/** Where discovery speaks of the software too, the rules decide whose values are shown: it may have looked later, or be trusted more. */
async function weigh(em: EntityManager, recorded: readonly Recorded[]): Promise<void> {
  const told = await rows<{ uuid: string }>(
    em,
    `select distinct actual_item_id as uuid from observation where current and product_id is not null and actual_item_id = any($1::uuid[])`,
    [recorded.map(({ software }) => software.uuid)],
  )
  if (told.length === 0) return
  const rules = await loadRules(em, { fresh: loadCatalogue })
  await settleItems(
    em,
    rules,
    told.map(({ uuid }) => uuid),
  )
}

/** Their age is to be counted at once: the clock settles what a load that ran meanwhile could not know of. */
async function keepObservations(em: EntityManager, recorded: readonly Recorded[]): Promise<void> {
  await rows(
    em,
    'update observation set current = false where actual_item_id = any($1::uuid[]) and source = $2 and current',
    [recorded.map(({ software }) => software.uuid), SOURCE],
  )
  await rows(
    em,
    `insert into observation (uuid, actual_item_id, source, class_name, deployment_id, attributes, first_at, last_at, stale_at)
     select uuid, item, $2, class, deployment, attributes, at, at, at
     from jsonb_to_recordset($1::jsonb)
       as o(uuid uuid, item uuid, class text, deployment uuid, attributes jsonb, at timestamptz)`,
    [
      JSON.stringify(
        recorded.map(({ software, seen, attributes }) => ({
          uuid: uuidv7(),
          item: software.uuid,
          class: software.className,
          deployment: seen.deploymentId,
          attributes,
          at: seen.at,
        })),
      ),
      SOURCE,
    ],
  )
}

/** An approved deployment is the change by which the authorized version becomes the new one. */
async function authorize(em: EntityManager, recorded: readonly Recorded[]): Promise<void> {
  const wanted = new Map(
    recorded.filter(({ seen }) => seen.deploymentId).map((one) => [one.software.uuid, one] as const),
  )
  if (wanted.size === 0) return
  const records = await em.find(ConfigurationItem, { actualItemId: { $in: [...wanted.keys()] } }, FOR_WRITING)
  const byReason = new Map<string, ConfigurationItem[]>()
  for (const record of records) {
    const { seen, attributes } = wanted.get(record.actualItemId!)!
    const values = { ...record.attributes, ...attributes }
    if (record.state === 'DECOMMISSIONED' || isDeepStrictEqual(values, record.attributes)) continue
    record.attributes = values
    const reason = `Confirmed at the target: ${seen.name} ${seen.version}.`
    byReason.set(reason, [...(byReason.get(reason) ?? []), record])
  }
  for (const [reason, items] of byReason) {
    await changedMany(em, items, 'update', { by: null, reason }, ({ actualItemId }) => ({
      attributes: wanted.get(actualItemId!)!.attributes,
    }))
  }
}
