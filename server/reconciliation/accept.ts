/** The plan follows what was seen: values, relationships, and that a thing is not there any more. */
import { isDeepStrictEqual } from 'node:util'
import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, move, type Because } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { addRelationships, endRelationships, type Edge } from '../item/edges.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { itemLifecycle, type ItemAction } from '../item/item.lifecycle.ts'
import { lockItems, refuseDecommissioned } from '../item/item.service.ts'
import { requireChangeable } from '../item/protection.ts'
import { refuseBroken, rulesBrokenBy } from '../item/relationship-rules.ts'
import { relationshipDifferences } from './compare-relationships.ts'
import type { ReconciliationResult } from './reconciliation-result.entity.ts'
import { NOT_RELATED, relateLeftOut } from './relate-linked.ts'

/** What can become of an item that is not seen any more: it leaves the states in which it is expected to be seen. */
export const waysToLeave = ['decommission', 'store', 'withdraw'] as const satisfies ItemAction[]

export interface Acceptance {
  result: ReconciliationResult
  because: Because
  /** Of a missing item, one of `waysToLeave`; the first is the default. */
  itemAction?: string | null
}

const again = 'reconcile again, then decide.'

/** Takes over mismatches, what is missing and what was left out; all of them or none. Call it with the containment lock held. */
export async function acceptEach(
  em: EntityManager,
  catalogue: Catalogue,
  acceptances: readonly Acceptance[],
  viewer: Viewer,
  gates: readonly ItemGate[],
): Promise<void> {
  if (acceptances.length === 0) return
  const uuids = acceptances.flatMap(({ result }) => [result.configurationItemId!, ...othersOf(result)])
  const items = new Map((await lockItems(em, [...new Set(uuids)])).map((item) => [item.uuid, item]))
  const actuals = await em.find(ActualItem, { uuid: { $in: acceptances.map(({ result }) => result.actualItemId!) } })
  const actualBy = new Map(actuals.map((actual) => [actual.uuid, actual]))
  await requireChangeable(em, catalogue, gates, [...items.values()], viewer)
  for (const { result } of acceptances) {
    refuseUnlinked(items.get(result.configurationItemId!)!, actualBy.get(result.actualItemId!)!)
  }
  // While the entities are as they were read: what relationships bring along is written past them.
  const edges = await edgesToTake(em, acceptances, items, viewer)
  for (const { result, because, itemAction } of acceptances) {
    const [item, actual] = [items.get(result.configurationItemId!)!, actualBy.get(result.actualItemId!)!]
    if (result.kind === 'MISSING') await leave(em, item, actual, itemAction, because)
    else if (result.differences.length > 0) await takeValues(em, result, item, actual, because)
  }
  await takeEdges(em, catalogue, edges, acceptances[0]!.because)
  const leftOut = acceptances.flatMap(({ result }) => (result.code === NOT_RELATED ? [result] : []))
  await relateLeftOut(em, catalogue, leftOut, acceptances[0]!.because)
}

const othersOf = ({ relationships }: ReconciliationResult) => relationships.map(({ otherId }) => uuidOf(otherId, 'ci'))

function refuseUnlinked(item: ConfigurationItem, actual: ActualItem): void {
  refuseDecommissioned(item)
  if (item.actualItemId === actual.uuid) return
  throw new BadInput(`${item.name} is not linked with ${actual.name} any more; ${again}`, {
    itemId: item.id,
    rule: 'still as compared',
  })
}

async function leave(
  em: EntityManager,
  item: ConfigurationItem,
  actual: ActualItem,
  itemAction: string | null | undefined,
  because: Because,
): Promise<void> {
  if (actual.state === 'PRESENT') {
    throw new BadInput(`${item.name} is seen again; ${again}`, { itemId: item.id, rule: 'still as compared' })
  }
  const action = waysToLeave.find((one) => one === (itemAction ?? waysToLeave[0]))
  if (!action) {
    const possible = waysToLeave.join(', ')
    throw new BadInput(
      `${item.name} is not seen any more, so it cannot ${itemAction}. What can become of it: ${possible}.`,
      { field: ['itemAction'], itemId: item.id, rule: 'leaves where it is expected' },
    )
  }
  await move(em, item, itemLifecycle, action, because)
}

async function takeValues(
  em: EntityManager,
  { differences }: ReconciliationResult,
  item: ConfigurationItem,
  actual: ActualItem,
  because: Because,
): Promise<void> {
  const moved = differences.find(
    ({ attribute, actual: value }) => !isDeepStrictEqual(actual.attributes[attribute] ?? null, value),
  )
  if (moved) {
    const now = JSON.stringify(actual.attributes[moved.attribute] ?? null)
    throw new BadInput(`${moved.attribute} of ${item.name} was seen as ${now} since; ${again}`, {
      itemId: item.id,
      rule: 'still as compared',
      evidence: { ...moved },
    })
  }
  const values = Object.fromEntries(differences.map(({ attribute, actual: value }) => [attribute, value]))
  item.attributes = { ...item.attributes, ...values }
  await changed(em, item, 'acceptActual', because, { changes: { attributes: values } })
}

interface Edges {
  coming: Edge[]
  going: Edge[]
}

/** The relationships that the results are about, each once; refuses what is otherwise by now, and ends that the viewer does not see. */
async function edgesToTake(
  em: EntityManager,
  acceptances: readonly Acceptance[],
  items: ReadonlyMap<string, ConfigurationItem>,
  viewer: Viewer,
): Promise<Edges> {
  const about = acceptances.filter(({ result }) => result.kind === 'MISMATCH' && result.relationships.length > 0)
  const sources = about.map(({ result }) => result.configurationItemId!)
  const now = sources.length > 0 ? await relationshipDifferences(em, sources) : new Map<string, never[]>()
  const taken = new Map<string, Edge & { authorized: boolean }>()
  for (const { result } of about) {
    const source = items.get(result.configurationItemId!)!
    for (const { type, other, otherId, authorized } of result.relationships) {
      const target = items.get(uuidOf(otherId, 'ci'))
      if (!target || !reaches(viewer, 'estate.read', target.scopeIds)) throw new NotFound('configuration item', otherId)
      const holds = now
        .get(source.uuid)
        ?.some((one) => one.type === type && one.otherId === otherId && one.authorized === authorized)
      if (!holds) {
        throw new BadInput(`${source.name} ${type} ${other} is not as it was compared; ${again}`, {
          itemId: source.id,
          rule: 'still as compared',
          evidence: { type, other, authorized },
        })
      }
      const edge = { type, sourceId: source.uuid, targetId: target.uuid, authorized }
      taken.set(`${type} ${edge.sourceId} ${edge.targetId}`, edge)
    }
  }
  const all = [...taken.values()]
  return { coming: all.filter(({ authorized }) => !authorized), going: all.filter(({ authorized }) => authorized) }
}

/** Ends what is not seen and adds what is, asked together: of one type an item may have only one. */
async function takeEdges(em: EntityManager, catalogue: Catalogue, { coming, going }: Edges, because: Because) {
  const found = await rows<{ uuid: string }>(
    em,
    `select r.uuid from relationship r join unnest($1::text[], $2::uuid[], $3::uuid[]) as g(type, source_id, target_id)
       using (type, source_id, target_id) where r.valid_to is null`,
    [going.map(({ type }) => type), going.map(({ sourceId }) => sourceId), going.map(({ targetId }) => targetId)],
  )
  const ending = found.map(({ uuid }) => uuid)
  refuseBroken(await rulesBrokenBy(em, catalogue, coming, ending), ['id'])
  if (ending.length > 0) await endRelationships(em, ending, because)
  if (coming.length > 0) await addRelationships(em, coming, because)
}
