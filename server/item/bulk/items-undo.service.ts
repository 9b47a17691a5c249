/** Takes a change of many items back, as a new change; refuses when somebody changed one of them since. */
import { isDeepStrictEqual } from 'node:util'
import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../../kernel/authorize.ts'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { checkAttributes } from '../attributes.ts'
import { lockContainment } from '../containment.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import type { ItemGate } from '../item.gate.ts'
import type { ItemState } from '../item.lifecycle.ts'
import { becauseOf, itemsByUuid, lockItems, refuseDecommissioned } from '../item.service.ts'
import { guardOf } from '../protection.ts'
import { eachOrNone, itemsLeft, lockVisible, stepTo, type ItemsChange } from './items-change.service.ts'
import type { ItemsUndoInput } from './items-change.types.ts'
import { ownSites, writePlans, type ItemPlan } from './items-write.ts'
import { placeRules } from './places.ts'

interface Facts {
  name: string
  state: ItemState
  attributes: Record<string, unknown>
}

/** One item of the change: how it was before and after, and where it stood itself. */
interface Changed {
  uuid: string
  before: Facts
  after: Facts
  siteBefore: string | null
  siteAfter: string | null
  /** Who made the version that stands now, and when. */
  by: string | null
  at: string
}

/** The values before come back, of every item or of none. An undo is such a change itself, and can be undone. */
export async function undoChange(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemsUndoInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ItemsChange> {
  const change = await knownChange(em, input.undoId)
  await lockContainment(em)
  const changed = new Map((await changedBy(em, change.uuid)).map((one) => [one.uuid, one]))
  // Which items it is about is told only to who sees them all.
  const seen = await itemsByUuid(em, [...changed.keys()], viewer)
  if (seen.length < changed.size) throw unknown(input.undoId)
  const items = await lockVisible(em, [...changed.keys()], viewer)
  const places = new Map(
    (
      await lockItems(
        em,
        [...changed.values()].flatMap(({ siteBefore }) => siteBefore ?? []),
      )
    ).map((one) => [one.uuid, one]),
  )
  const sites = await ownSites(em, [...changed.keys()])
  const moving = [...changed.values()].filter(({ siteBefore, siteAfter }) => siteBefore !== siteAfter)
  const refusePlace = await placeRules(
    em,
    catalogue,
    moving.flatMap(({ uuid, siteBefore }) => (siteBefore ? [{ item: uuid, site: siteBefore }] : [])),
    moving.flatMap(({ uuid }) => sites.get(uuid)?.uuid ?? []),
  )
  const left = await itemsLeft(
    em,
    moving.map(({ uuid }) => uuid),
    sites,
  )
  const guard = await guardOf(em, catalogue, gates, [...items, ...places.values(), ...left.values()], viewer)
  const plans = eachOrNone(items, (item): ItemPlan => {
    requireReach(viewer, 'item.edit', item)
    refuseDecommissioned(item)
    const one = changed.get(item.uuid)!
    refuseChangedSince(item, one, sites.get(item.uuid)?.site ?? null)
    const other = !isDeepStrictEqual(one.before.attributes, one.after.attributes)
    if (other) checkAttributes(catalogue.class(item.className)!, one.before.attributes)
    const moves = one.siteBefore !== one.siteAfter
    const place = moves && one.siteBefore ? places.get(one.siteBefore)! : null
    if (place) {
      requireReach(viewer, 'item.edit', place)
      refuseDecommissioned(place)
      refusePlace(item)
      guard.pass(place)
    }
    guard.pass(item)
    if (moves && left.has(item.uuid)) guard.pass(left.get(item.uuid)!)
    return {
      item,
      action: stepTo(item, one.before.state),
      ...(other ? { attributes: one.before.attributes } : {}),
      ...(moves ? { site: one.siteBefore } : {}),
    }
  })
  const said = input.reason ?? `Undo of ${change.reason ? `“${change.reason}”` : `the change of ${plans.length} items`}`
  await guard.explain()
  const { items: now, changeId } = await writePlans(em, plans, 'undo', becauseOf(viewer, said), viewer)
  return { items: now, undoId: changeId }
}

async function knownChange(em: EntityManager, id: string): Promise<{ uuid: string; reason: string | null }> {
  const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? await row<{ uuid: string; reason: string | null }>(
        em,
        `select uuid, reason from graph_change where uuid = $1 and mutation in ('itemsChange', 'itemsUndo')`,
        [id],
      )
    : undefined
  if (known) return known
  throw unknown(id)
}

const unknown = (id: string) => new NotFound('change of items', `“${id.slice(0, 80)}”`, ['undoId'])

/** Items inside a moved one got a version too; only those whose values or own site changed belong to the change. */
async function changedBy(em: EntityManager, change: string): Promise<Changed[]> {
  const facts = (alias: string) =>
    `jsonb_build_object('name', ${alias}.name, 'state', ${alias}.state, 'attributes', ${alias}.attributes)`
  return rows<Changed>(
    em,
    `select v.uuid, ${facts('b')} as before, ${facts('v')} as after, ended.target_id as "siteBefore",
       begun.target_id as "siteAfter",
       account.name as by, n.valid_from as at
     from configuration_item_version v
       join configuration_item_version b on b.uuid = v.uuid and b.valid_to = v.valid_from
       join configuration_item_version n on n.uuid = v.uuid and n.valid_to is null
       left join graph_change g on g.uuid = n.change_id left join account on account.uuid = g.actor
       left join relationship ended on ended.source_id = v.uuid and ended.type = 'locatedIn' and ended.end_change_id = v.change_id
       left join relationship begun on begun.source_id = v.uuid and begun.type = 'locatedIn' and begun.change_id = v.change_id
     where v.change_id = $1 and (ended.uuid is not null or begun.uuid is not null
       or v.state <> b.state or v.attributes <> b.attributes) order by v.uuid`,
    [change],
  )
}

function refuseChangedSince(item: ConfigurationItem, one: Changed, site: string | null): void {
  const { name, state, attributes } = item
  const moved = one.siteBefore !== one.siteAfter && site !== one.siteAfter
  if (!moved && isDeepStrictEqual({ name, state, attributes }, one.after)) return
  const at = new Date(one.at).toISOString()
  throw new BadInput(
    `${name} was changed since${one.by ? ` by ${one.by}` : ''} (${at}), and undoing would lose that. Nothing was undone; change it by hand.`,
    { field: ['undoId'], rule: 'nothing changed since', evidence: { by: one.by, at } },
  )
}
