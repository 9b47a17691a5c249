/** Changes many items at once: all of them, or none and every reason why not. */
import { isDeepStrictEqual } from 'node:util'
import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../../kernel/authorize.ts'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput, NotFound, Refusal, Refusals, type Said } from '../../kernel/errors.ts'
import { expectVersion } from '../../kernel/move.ts'
import { toNodeId, uuidOf } from '../../kernel/node-id.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { checkAttributes, mergedAttributes } from '../attributes.ts'
import { lockContainment } from '../containment.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import type { ItemGate } from '../item.gate.ts'
import { itemLifecycle, type ItemAction, type ItemState } from '../item.lifecycle.ts'
import { becauseOf, itemsByUuid, lockItem, lockItems, refuseDecommissioned } from '../item.service.ts'
import { guardOf } from '../protection.ts'
import type { ItemsChangeInput } from './items-change.types.ts'
import { ownSites, writePlans, type ItemPlan } from './items-write.ts'
import { placeRules } from './places.ts'

const MOST = 200

export interface ItemsChange {
  items: ConfigurationItem[]
  undoId: string | null
}

/** Changes values, site or state of up to 200 items; an item that is so already is left alone. */
export async function changeItems(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemsChangeInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ItemsChange> {
  const uuids = namedItems(input)
  if (input.siteId != null) await lockContainment(em)
  const site = input.siteId == null ? null : await lockSite(em, catalogue, input.siteId, viewer)
  const items = await lockVisible(em, uuids, viewer)
  const sites = site ? await ownSites(em, uuids) : new Map<string, { uuid: string; site: string }>()
  const moving = site ? uuids.filter((uuid) => sites.get(uuid)?.site !== site.uuid) : []
  const refusePlace = await placeRules(
    em,
    catalogue,
    moving.map((item) => ({ item, site: site!.uuid })),
    moving.flatMap((uuid) => sites.get(uuid)?.uuid ?? []),
  )
  const left = await itemsLeft(em, moving, sites)
  const guard = await guardOf(em, catalogue, gates, [...items, ...(site ? [site] : []), ...left.values()], viewer)
  const versions = new Map(uuids.map((uuid, index) => [uuid, input.expectedVersions?.[index]]))
  const plans = eachOrNone(items, (item): ItemPlan => {
    requireReach(viewer, 'item.edit', item)
    expectVersion(item, versions.get(item.uuid))
    refuseDecommissioned(item)
    const attributes = input.attributes == null ? undefined : newValues(catalogue, item, input.attributes)
    const action = input.state == null ? undefined : stepTo(item, input.state)
    refusePlace(item)
    const moves = site && sites.get(item.uuid)?.site !== site.uuid
    // One that is so already is left alone, and needs no release.
    if (attributes || action || moves) guard.pass(item)
    if (moves) for (const place of [left.get(item.uuid), site]) if (place) guard.pass(place)
    return { item, attributes, action, ...(moves ? { site: site.uuid } : {}) }
  }).filter(({ attributes, action, site: place }) => attributes || action || place)
  if (plans.length === 0) return { items: [], undoId: null }
  await guard.explain()
  const written = await writePlans(em, plans, 'update', becauseOf(viewer, input.reason), viewer)
  return { items: written.items, undoId: input.state === 'DECOMMISSIONED' ? null : written.changeId }
}

/** By UUID, the site that each of the moved items leaves. */
export async function itemsLeft(
  em: EntityManager,
  moving: readonly string[],
  sites: ReadonlyMap<string, { site: string }>,
): Promise<Map<string, ConfigurationItem>> {
  const places = new Set(moving.flatMap((uuid) => sites.get(uuid)?.site ?? []))
  const found = new Map((await itemsByUuid(em, [...places], null)).map((one) => [one.uuid, one]))
  return new Map(
    moving.flatMap((uuid) => {
      const place = found.get(sites.get(uuid)?.site ?? '')
      return place ? [[uuid, place] as const] : []
    }),
  )
}

/** Asks `plan` about every item; when it refuses some, all refusals are said, each with its item. */
export function eachOrNone<T>(items: readonly ConfigurationItem[], plan: (item: ConfigurationItem) => T): T[] {
  const planned: T[] = []
  const refused: Said[] = []
  for (const item of items) {
    try {
      planned.push(plan(item))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message, facts } = error
      const named = message.includes(item.name) ? message : `${item.name}: ${message}`
      refused.push({ code, message: named, facts: { ...facts, itemId: item.id } })
    }
  }
  const [first, ...more] = refused
  if (first) throw new Refusals([first, ...more])
  return planned
}

/** The items for writing, in the order of `uuids`; refuses each that the viewer does not see. */
export async function lockVisible(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer,
): Promise<ConfigurationItem[]> {
  const visible = new Set((await itemsByUuid(em, uuids, viewer)).map(({ uuid }) => uuid))
  const [first, ...more] = uuids
    .filter((uuid) => !visible.has(uuid))
    .map((uuid) => toNodeId('ci', uuid))
    .map((id): Said => {
      const { code, message, facts } = new NotFound('configuration item', id, ['ids'])
      return { code, message, facts: { ...facts, itemId: id } }
    })
  if (first) throw new Refusals([first, ...more])
  const locked = new Map((await lockItems(em, uuids)).map((item) => [item.uuid, item]))
  return uuids.map((uuid) => locked.get(uuid)!)
}

/** The step that leads an item to a state; undefined when it is there. */
export function stepTo(item: ConfigurationItem, state: ItemState): ItemAction | undefined {
  if (item.state === state) return undefined
  const steps = itemLifecycle.actionsFrom(item.state)
  const step = steps.find((one) => itemLifecycle.next(item.state, one) === state)
  if (step) return step
  throw new BadInput(`${item.name} is ${item.state}, and no step leads from there to ${state}.`, {
    field: ['state'],
    rule: 'state to reach',
    evidence: { from: item.state, to: state },
  })
}

function namedItems(input: ItemsChangeInput): string[] {
  const { ids, attributes, siteId, state, expectedVersions } = input
  if (ids.length < 1 || ids.length > MOST) {
    throw new BadInput(`1 to ${MOST} items are changed at once; ${ids.length} were named.`, {
      field: ['ids'],
      rule: 'list size',
    })
  }
  const uuids = ids.map((id) => uuidOf(id, 'ci', ['ids']))
  if (new Set(uuids).size < uuids.length) throw new BadInput('An item is named twice.', { field: ['ids'] })
  if (expectedVersions && expectedVersions.length !== ids.length) {
    throw new BadInput(`Give one version for each item: ${ids.length}, not ${expectedVersions.length}.`, {
      field: ['expectedVersions'],
    })
  }
  if (attributes != null || siteId != null || state != null) return uuids
  throw new BadInput('Say what changes: attributes, siteId or state.', { rule: 'something to change' })
}

async function lockSite(em: EntityManager, catalogue: Catalogue, id: string, viewer: Viewer) {
  const site = await lockItem(em, id, viewer, 'item.edit', ['siteId'])
  refuseDecommissioned(site)
  if (catalogue.isA(site.className, 'Site')) return site
  throw new BadInput(`${site.name} is a ${site.className}; an item is located in a Site.`, {
    field: ['siteId'],
    itemId: site.id,
    rule: 'class of the site',
  })
}

/** The values with the changes; undefined when they are so already. */
function newValues(catalogue: Catalogue, item: ConfigurationItem, changes: unknown) {
  const wanted = mergedAttributes(item.attributes, checkAttributes(catalogue.class(item.className)!, changes))
  return isDeepStrictEqual(wanted, item.attributes) ? undefined : wanted
}
