import { authorizedStates } from '../../item/item.lifecycle.ts'
import { rows } from '../../kernel/sql.ts'
import { bySubject, type Predicate } from './predicate.ts'

export const itemAuthorized: Predicate<boolean> = {
  kind: 'PREDICATE',
  title: 'authorized',
  subject: 'item',
  touchedBy: { 'item.changed': 'subject' },
  async read({ em }, items) {
    const found = await rows<{ uuid: string; value: boolean }>(
      em,
      `select uuid, state = any($2::text[]) as value from configuration_item where uuid = any($1::uuid[])`,
      [items, authorizedStates],
    )
    return bySubject(items, found, false)
  },
}

/** Asked only about items that are not authorized: for the others the exact state does not matter. */
export const itemState: Predicate<string | null> = {
  kind: 'FACT',
  title: 'state',
  subject: 'item',
  touchedBy: { 'item.changed': 'subject' },
  async read({ em }, items) {
    const found = await rows<{ uuid: string; value: string }>(
      em,
      `select uuid, state as value from configuration_item where uuid = any($1::uuid[])`,
      [items],
    )
    return bySubject(items, found, null)
  },
}

/** `linux x64`; null where the item does not say. */
export const itemPlatform: Predicate<{ platform: string | null; arch: string | null }> = {
  kind: 'FACT',
  title: 'platform',
  subject: 'item',
  touchedBy: { 'item.changed': 'subject' },
  async read({ em }, items) {
    const found = await rows<{ uuid: string; value: { platform: string | null; arch: string | null } }>(
      em,
      `select uuid, jsonb_build_object('platform', attributes->>'platform', 'arch', attributes->>'arch') as value
       from configuration_item where uuid = any($1::uuid[])`,
      [items],
    )
    return bySubject(items, found, { platform: null, arch: null })
  },
}

/** The product that the package is bound to can reach the item. */
export const itemReached: Predicate<boolean> = {
  kind: 'PREDICATE',
  title: 'reached through the product',
  subject: 'item',
  touchedBy: { 'item.changed': 'subject' },
  async read({ em, plan }, items) {
    const found = await rows<{ uuid: string; value: boolean }>(
      em,
      `select uuid, coalesce(product_id = $2 and native_key is not null, false) as value
       from configuration_item where uuid = any($1::uuid[])`,
      [items, plan.productId],
    )
    return bySubject(items, found, false)
  },
}

export const itemInTask: Predicate<boolean> = {
  kind: 'PREDICATE',
  title: 'target of the task',
  subject: 'item',
  touchedBy: { 'task.changed': 'ofTask' },
  async read({ em, plan }, items) {
    const found = await rows<{ uuid: string; value: boolean }>(
      em,
      `select item_id as uuid, true as value from task_target where task_id = $2 and item_id = any($1::uuid[])`,
      [items, plan.taskId],
    )
    return bySubject(items, found, false)
  },
}
