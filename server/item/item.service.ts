import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, requireReach } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { changed, changedMany, expectVersion, move, type Because } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Catalogue, ItemClassRule } from '../catalogue/catalogue.ts'
import { checkAttributes, mergedAttributes } from './attributes.ts'
import { ConfigurationItem } from './item.entity.ts'
import type { ItemGate } from './item.gate.ts'
import type { ItemCreateInput, ItemMoveInput, ItemUpdateInput } from './item.inputs.ts'
import { itemLifecycle, type ItemAction } from './item.lifecycle.ts'
import { lockContainment } from './containment.ts'
import { addRelationships } from './edges.ts'
import { lockNames } from './names.ts'
import { requireChangeable } from './protection.ts'
import { refuseBroken, rulesBrokenBy } from './relationship-rules.ts'
import { refuseTwin } from './twins.ts'

/** Who does it, as history and events name them. */
export const becauseOf = (viewer: Viewer, reason?: string | null): Because => ({
  by: viewer.via === 'system' ? null : viewer.accountId,
  reason,
})

/** Items for reading, in no order; only what `viewer` may see (null: all). Unknown ones are left out. */
export async function itemsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<ConfigurationItem[]> {
  if (uuids.length === 0) return []
  const values: unknown[] = [uuids]
  const scope = viewer && scopeCondition(viewer, 'estate.read', 'x.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from configuration_item x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return lean(em, ConfigurationItem, found)
}

/** Items for writing, locked in one order so that two writers cannot wait for each other. Unknown ones are left out. */
export function lockItems(em: EntityManager, uuids: readonly string[]): Promise<ConfigurationItem[]> {
  return em.find(
    ConfigurationItem,
    { uuid: { $in: [...uuids] } },
    { orderBy: { uuid: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
}

/** The item that a mutation names, locked; refuses when the viewer does not see it or may not change it. */
export async function lockItem(
  em: EntityManager,
  id: string,
  viewer: Viewer,
  permission: string,
  field: string[] = ['id'],
): Promise<ConfigurationItem> {
  const uuid = uuidOf(id, 'ci', field)
  const [visible] = await itemsByUuid(em, [uuid], viewer)
  if (!visible) throw new NotFound('configuration item', id, field)
  requireReach(viewer, permission, visible)
  const [item] = await lockItems(em, [uuid])
  return item!
}

/** Creates an item; with a site it is located in there at once. */
export async function createItem(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemCreateInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ConfigurationItem> {
  const rule = usableClass(catalogue, input.className)
  const attributes = mergedAttributes({}, checkAttributes(rule, input.attributes ?? {}))
  const name = checkedName(input.name)
  if (input.siteId != null) await lockContainment(em)
  await lockNames(em, [name])
  const site = input.siteId == null ? null : await lockItem(em, input.siteId, viewer, 'item.edit', ['siteId'])
  if (!site) requireReach(viewer, 'item.edit', { scopeIds: [], displayName: `an item outside every site` })
  if (site && !catalogue.isA(site.className, 'Site')) {
    throw new BadInput(`${site.name} is a ${site.className}; an item is located in a Site.`, {
      field: ['siteId'],
      itemId: site.id,
      rule: 'class of the site',
    })
  }
  if (site) {
    refuseDecommissioned(site)
    await requireChangeable(em, catalogue, gates, [site], viewer)
  }
  await refuseTwin(em, name, input.className, site?.uuid ?? null)
  const productId = input.productId == null ? null : await knownProduct(em, input.productId)
  const item = Object.assign(new ConfigurationItem(), { name, className: input.className, attributes, productId })
  const because = becauseOf(viewer, input.reason)
  await addItems(em, [item], because)
  if (site) {
    const edge = { type: 'locatedIn', sourceId: item.uuid, targetId: site.uuid }
    refuseBroken(await rulesBrokenBy(em, catalogue, [edge]), ['siteId'])
    await addRelationships(em, [edge], because)
  }
  return em.refreshOrFail(item)
}

/** Gives new items their ordinal and saves them with history and events. */
export async function addItems(
  em: EntityManager,
  items: readonly ConfigurationItem[],
  because: Because,
  action = 'create',
): Promise<void> {
  const numbers = await rows<{ n: string }>(em, `select nextval('item_ordinal') as n from generate_series(1, $1)`, [
    items.length,
  ])
  items.forEach((item, index) => {
    item.ordinal = Number(numbers[index]!.n)
    item.scopeIds = [item.uuid]
  })
  await changedMany(em, items, action, because)
}

/** Changes name or attributes. A decommissioned item cannot be edited, a protected one only under a release. */
export async function updateItem(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemUpdateInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ConfigurationItem> {
  const given = input.name == null ? null : checkedName(input.name)
  if (given !== null) await lockNames(em, [given])
  const item = await lockItem(em, input.id, viewer, 'item.edit')
  expectVersion(item, input.expectedVersion)
  refuseDecommissioned(item)
  await requireChangeable(em, catalogue, gates, [item], viewer)
  const changes: Record<string, unknown> = {}
  if (given !== null) {
    if (given !== item.name) await refuseTwin(em, given, item.className, item.siteId)
    item.name = given
    changes.name = given
  }
  if (input.attributes != null) {
    const values = checkAttributes(catalogue.class(item.className)!, input.attributes)
    item.attributes = mergedAttributes(item.attributes, values)
    changes.attributes = values
  }
  await changed(em, item, 'update', becauseOf(viewer, input.reason), { changes })
  return item
}

/** Moves an item through its life; refuses with what is possible. To leave a protected state takes a release. */
export async function moveItem(
  em: EntityManager,
  catalogue: Catalogue,
  input: ItemMoveInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ConfigurationItem> {
  const item = await lockItem(em, input.id, viewer, 'item.edit')
  expectVersion(item, input.expectedVersion)
  await requireChangeable(em, catalogue, gates, [item], viewer)
  await move(em, item, itemLifecycle, input.action as ItemAction, becauseOf(viewer, input.reason))
  return item
}

/** Refuses to change a decommissioned item. */
export function refuseDecommissioned(item: ConfigurationItem): void {
  if (!itemLifecycle.isTerminal(item.state)) return
  throw new BadInput(`${item.name} is ${item.state}, and such an item cannot be changed any more.`, {
    itemId: item.id,
    rule: 'decommissioned',
    evidence: { state: item.state },
  })
}

/** The class of which an item can be made; refuses an unknown, retired or abstract one with what there is. */
export function usableClass(catalogue: Catalogue, name: string, field = ['className']): ItemClassRule {
  const rule = catalogue.class(name)
  if (rule && !rule.isRetired && !rule.isAbstract) return rule
  if (!rule) {
    throw new BadInput(`There is no item class "${name}"; itemClasses lists those there are.`, {
      field,
      rule: 'item class',
      evidence: { classes: catalogue.classes.filter((one) => !one.isAbstract).map((one) => one.name) },
    })
  }
  if (rule.isRetired) {
    throw new BadInput(`The class ${name} is retired; no new items are made of it.`, { field, rule: 'item class' })
  }
  const subclasses = catalogue.classes.filter(({ isAbstract, lineage }) => !isAbstract && lineage.includes(name))
  const names = subclasses.map((one) => one.name).join(', ')
  throw new BadInput(
    `${name} only gathers what its subclasses have in common; no item is a ${name} itself. Its subclasses are: ${names}.`,
    { field, rule: 'item class' },
  )
}

function checkedName(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length >= 1 && trimmed.length <= 200) return trimmed
  throw new BadInput('A name has 1 to 200 characters.', { field: ['name'] })
}

async function knownProduct(em: EntityManager, id: string): Promise<string> {
  const uuid = uuidOf(id, 'prd', ['productId'])
  if (await row(em, 'select uuid from management_product where uuid = $1', [uuid])) return uuid
  throw new NotFound('management product', id, ['productId'])
}
