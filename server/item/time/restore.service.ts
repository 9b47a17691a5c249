/** Brings an item back to an earlier version, as one new change. Undoing it is a restore to the time just before. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { changed, expectVersion, move } from '../../kernel/move.ts'
import { row } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { checkAttributes } from '../attributes.ts'
import { lockContainment } from '../containment.ts'
import { addRelationships, endRelationships } from '../edges.ts'
import { fieldChanges } from './field-changes.ts'
import { factsOf } from './history.reads.ts'
import { RelationshipChange, type FieldChange, type ItemFacts, type RelationshipChangeKind } from './history.types.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import type { ItemGate } from '../item.gate.ts'
import { itemLifecycle, type ItemAction, type ItemState } from '../item.lifecycle.ts'
import { becauseOf, lockItem, refuseDecommissioned } from '../item.service.ts'
import { requireChangeable } from '../protection.ts'
import { refuseTwin, refuseTwinInside } from '../twins.ts'
import { checkEnds, containersOf, relationshipsBetween, type EdgeChange } from './restore-relationships.ts'
import type { ItemRestoreInput, RestorePart } from './restore.types.ts'

export interface Restored {
  item: ConfigurationItem
  fields: FieldChange[]
  relationships: RelationshipChange[]
  undoAt: Date | null
}

/** Restores (or, as a dry run, says what would change); refuses with words when what it needs is gone. */
export async function restoreItem(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemRestoreInput,
  at: Date,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<Restored> {
  await lockContainment(em)
  const item = await lockItem(em, input.id, viewer, 'item.edit')
  expectVersion(item, input.expectedVersion)
  refuseDecommissioned(item)
  const parts = new Set<RestorePart>(input.parts ?? ['ATTRIBUTES', 'STATE', 'RELATIONSHIPS'])
  const [now, then] = [factsNow(item), await factsThen(em, item, at)]
  const wanted: ItemFacts = {
    ...now,
    ...(parts.has('ATTRIBUTES')
      ? { name: then.name, product_id: then.product_id, native_key: then.native_key, attributes: then.attributes }
      : {}),
    ...(parts.has('STATE') ? { state: then.state } : {}),
  }
  const fields = fieldChanges(catalogue, now, wanted)
  await checkFacts(em, catalogue, item, wanted)
  const action = actionTo(item, wanted.state as ItemState)
  const edges = parts.has('RELATIONSHIPS') ? await relationshipsBetween(em, item, at, viewer) : []
  const ends = await checkEnds(em, catalogue, item, edges, viewer)
  const { uuid, className, siteId } = item
  for (const container of containersOf(catalogue, item, edges, ends))
    await refuseTwinInside(em, catalogue, { uuid, className, siteId, name: wanted.name }, container)
  await requireChangeable(em, catalogue, gates, [item, ...ends], viewer)
  if (input.dryRun) return { item, fields, relationships: edges.map(asChange), undoAt: null }

  const because = becauseOf(viewer, input.reason)
  if (fields.some(({ field }) => field !== 'state')) {
    const { name, product_id: productId, native_key: nativeKey, attributes } = wanted
    Object.assign(item, { name, productId, nativeKey, attributes })
    const changes = Object.fromEntries(fields.map(({ field, from, to }) => [field, { from, to }]))
    await changed(em, item, 'restore', because, { changes: { ...changes, asOf: at.toISOString() } })
  }
  if (action) await move(em, item, itemLifecycle, action, because)
  const going = edges.filter(({ kind }) => kind === 'REMOVED').map(({ uuid }) => uuid)
  if (going.length > 0) await endRelationships(em, going, because)
  const coming = edges.filter(({ kind }) => kind === 'ADDED')
  if (coming.length > 0) await addRelationships(em, coming, because)
  const begun = await row<{ at: string }>(em, `select date_trunc('milliseconds', now()) - interval '1 ms' as at`)
  return {
    item: await em.refreshOrFail(item),
    fields,
    relationships: edges.map(asChange),
    undoAt: new Date(begun!.at),
  }
}

const factsNow = (item: ConfigurationItem): ItemFacts => ({
  name: item.name,
  class_name: item.className,
  state: item.state,
  site_id: item.siteId,
  product_id: item.productId,
  native_key: item.nativeKey,
  actual_item_id: item.actualItemId,
  attributes: item.attributes,
})

async function factsThen(em: EntityManager, item: ConfigurationItem, at: Date): Promise<ItemFacts> {
  const version = await row<{ facts: ItemFacts | null; since: string }>(
    em,
    `select min(o.valid_from) as since, (select ${factsOf('v')} from configuration_item_version v where v.uuid = $1
       and v.valid_from <= $2::timestamptz and (v.valid_to is null or v.valid_to > $2::timestamptz)) as facts
     from configuration_item_version o where o.uuid = $1`,
    [item.uuid, at],
  )
  if (version?.facts) return version.facts
  const since = version?.since && new Date(version.since).toISOString()
  throw new BadInput(`${item.name} did not exist at ${at.toISOString()}; its first version begins at ${since}.`, {
    field: ['at'],
    itemId: item.id,
    rule: 'version to restore',
    evidence: { knownSince: since },
  })
}

async function checkFacts(
  em: EntityManager,
  catalogue: Catalogue,
  item: ConfigurationItem,
  wanted: ItemFacts,
): Promise<void> {
  checkAttributes(catalogue.class(item.className)!, wanted.attributes)
  if (wanted.name !== item.name) await refuseTwin(em, wanted.name, item.className, item.siteId)
  if (!wanted.product_id || wanted.product_id === item.productId) return
  const product = await row<{ name: string; state: string }>(
    em,
    'select name, state from management_product where uuid = $1',
    [wanted.product_id],
  )
  if (product?.state === 'ACTIVE') return
  throw new BadInput(
    `${item.name} was reached through ${product?.name ?? 'a product'} then, which is retired. Restore without its attributes, or register the product anew.`,
    { field: ['parts'], itemId: item.id, rule: 'product in use' },
  )
}

/** The action that leads to the state; null when it is there. */
function actionTo(item: ConfigurationItem, state: ItemState): ItemAction | null {
  if (state === item.state) return null
  const action = itemLifecycle.actionsFrom(item.state).find((one) => itemLifecycle.next(item.state, one) === state)
  if (action) return action
  throw new BadInput(
    `${item.name} was ${state} then and is ${item.state} now, and no step leads from there to it. Restore its attributes and relationships alone.`,
    { field: ['parts'], itemId: item.id, rule: 'state to restore', evidence: { from: item.state, to: state } },
  )
}

const asChange = ({ uuid, kind, type, sourceId, targetId }: EdgeChange) =>
  Object.assign(new RelationshipChange(), {
    id: `${uuid}:${kind satisfies RelationshipChangeKind}`,
    kind,
    at: new Date(),
    typeName: type,
    sourceId,
    targetId,
    changeId: null,
  })
