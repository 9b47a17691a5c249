/** What a person decides by hand: many results at once, findings to ignore from now on. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { becauseOf, lockItem } from '../item/item.service.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import type { ReconciliationResult } from './reconciliation-result.entity.ts'
import { resolveEach } from './reconciliation.service.ts'
import type { ReconciliationIgnoreRuleSaveInput, ReconciliationResultsResolveInput } from './task.inputs.ts'

const MOST = 200

/** Decides all of them in one way, or none: the first that refuses undoes the others, and says which it is. */
export async function resolveResults(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReconciliationResultsResolveInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ReconciliationResult[]> {
  const ids = [...new Set(input.ids)]
  if (ids.length < 1 || ids.length > MOST) {
    throw new BadInput(`Give 1 to ${MOST} results; ${ids.length} were given.`, { field: ['ids'], rule: 'list size' })
  }
  const { action, itemAction, comment, reason } = input
  if (action === 'link') {
    throw new BadInput('Each of them is linked with an item of its own: link them one by one.', {
      field: ['action'],
      rule: 'one by one',
    })
  }
  // In one order, so that two people who decide the same cannot wait for each other.
  const inputs = ids.toSorted().map((id) => ({ id, action, itemAction, comment, reason }))
  return resolveEach(em, catalogue, inputs, viewer, gates)
}

/** Remembers what is not to be shown; takes effect with the next run of each task. */
export async function saveIgnoreRule(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReconciliationIgnoreRuleSaveInput,
  viewer: Viewer,
): Promise<ReconciliationIgnoreRule> {
  const rule = input.id ? await lockRule(em, input.id) : new ReconciliationIgnoreRule()
  if (input.id) expectVersion(rule, input.expectedVersion)
  const itemId = input.configurationItemId
  const item = itemId ? await lockItem(em, itemId, viewer, 'item.promote', ['configurationItemId']) : null
  // A rule about no item of theirs would hide what others are to see.
  if (!item) requireReach(viewer, 'item.promote', { scopeIds: [], displayName: 'findings of the whole estate' })
  const reason = input.reason?.trim()
  if (!reason) throw new BadInput('Say why this is ignored.', { field: ['reason'], rule: 'reason' })
  const { kind = null, className = null, attribute = null } = input
  if (className && !catalogue.class(className)) {
    throw new BadInput(`There is no item class "${className}".`, { field: ['className'], rule: 'item class' })
  }
  const actualItemId = input.actualItemId == null ? null : uuidOf(input.actualItemId, 'act', ['actualItemId'])
  if (actualItemId && !(await row(em, 'select uuid from actual_item where uuid = $1', [actualItemId]))) {
    throw new NotFound('actual item', toNodeId('act', actualItemId), ['actualItemId'])
  }
  if (![kind, className, attribute, item, actualItemId].some(Boolean)) {
    throw new BadInput('A rule that names nothing would ignore everything. Name a kind, class, attribute or item.', {
      field: ['kind'],
      rule: 'ignore something',
    })
  }
  Object.assign(rule, {
    active: input.active ?? true,
    kind,
    className,
    attribute,
    configurationItemId: item?.uuid ?? null,
    actualItemId,
    reason,
    scopeIds: item?.scopeIds ?? [],
  })
  await changed(em, rule, input.id ? 'update' : 'create', becauseOf(viewer, reason))
  return rule
}

async function lockRule(em: EntityManager, id: string): Promise<ReconciliationIgnoreRule> {
  const uuid = uuidOf(id, 'rci')
  const rule = await em.findOne(ReconciliationIgnoreRule, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!rule) throw new NotFound('rule that ignores', id)
  return rule
}
