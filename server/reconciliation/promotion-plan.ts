/** Which things a promotion is about: what was chosen, and what goes along with it. Changes nothing. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { mappingFor } from './promotion-mapping.ts'
import { PromotionScope } from './promotion-scope.entity.ts'

export interface WhatToPromote {
  actualItemIds?: string[] | null
  everything?: boolean | null
  scopeId?: string | null
}

export interface Promotion {
  scope: PromotionScope
  /** What was asked for. */
  chosen: ActualItem[]
  /** What nobody asked for and comes with it. */
  along: ActualItem[]
  /** Whether that is all that was asked for. */
  isComplete: boolean
}

/** Refuses whoever may not promote in the whole estate. */
export function requirePromoter(viewer: Viewer): void {
  if (viewer.reach('item.promote') === 'estate') return
  throw new Forbidden(
    `${viewer.name} may promote only within a scope, but what discovery saw is in none before it is promoted. It takes item.promote for the whole estate.`,
    { rule: 'item.promote' },
  )
}

/** What the promotion is about; with `atMost`, of everything only so many are chosen, the first by name. */
export async function planOf(
  em: EntityManager,
  catalogue: Catalogue,
  input: WhatToPromote,
  atMost?: number,
): Promise<Promotion> {
  const scope = await scopeOf(em, input.scopeId)
  const asked = await chosenOf(em, catalogue, input, scope, atMost)
  const chosen = asked.slice(0, atMost)
  const along = await alongWith(em, catalogue, scope, chosen)
  return { scope, chosen, along, isComplete: chosen.length === asked.length }
}

async function scopeOf(em: EntityManager, scopeId?: string | null): Promise<PromotionScope> {
  const found = await row<object>(
    em,
    `select * from promotion_scope where $1::uuid is null or uuid = $1 order by created_at, uuid limit 1`,
    [scopeId == null ? null : uuidOf(scopeId, 'psc', ['scopeId'])],
  )
  if (!found) throw new NotFound('promotion scope', scopeId ?? 'at all', ['scopeId'])
  return lean(em, PromotionScope, [found])[0]!
}

async function chosenOf(
  em: EntityManager,
  catalogue: Catalogue,
  input: WhatToPromote,
  scope: PromotionScope,
  atMost?: number,
): Promise<ActualItem[]> {
  if (input.everything) {
    const found = await rows<object>(
      em,
      `select * from actual_item where class_name = any($1) and state = 'PRESENT'
       order by name, uuid limit $2`,
      // One more says whether there are more.
      [catalogue.withSubclasses([scope.className]), atMost === undefined ? null : atMost + 1],
    )
    return lean(em, ActualItem, found)
  }
  const ids = input.actualItemIds ?? []
  if (ids.length === 0) {
    throw new BadInput('Say what to promote: give actualItemIds, or everything: true.', { field: ['actualItemIds'] })
  }
  const uuids = ids.map((id) => uuidOf(id, 'act', ['actualItemIds']))
  const found = lean(
    em,
    ActualItem,
    await rows<object>(em, 'select * from actual_item where uuid = any($1::uuid[])', [uuids]),
  )
  for (const uuid of uuids) {
    const item = found.find((one) => one.uuid === uuid)
    if (!item) throw new NotFound('actual item', toNodeId('act', uuid), ['actualItemIds'])
    refuseUnfit(catalogue, item, input.scopeId == null ? null : scope)
  }
  return found
}

function refuseUnfit(catalogue: Catalogue, item: ActualItem, scope: PromotionScope | null): void {
  if (item.state !== 'PRESENT') {
    throw new BadInput(`${item.name} is ${item.state}: discovery does not see it now, so it cannot be promoted.`, {
      field: ['actualItemIds'],
      itemId: item.id,
      rule: 'present',
    })
  }
  if (scope && !catalogue.isA(item.className, scope.className)) {
    throw new BadInput(
      `${item.name} is a ${item.className}, and the scope "${scope.name}" is for ${scope.className}.`,
      {
        field: ['actualItemIds'],
        itemId: item.id,
        rule: 'class of the scope',
      },
    )
  }
}

/** What is related, as far as the scope and its mappings let it go along. */
async function alongWith(
  em: EntityManager,
  catalogue: Catalogue,
  scope: PromotionScope,
  chosen: readonly ActualItem[],
): Promise<ActualItem[]> {
  const uuids = chosen.map(({ uuid }) => uuid)
  const goesAlong = (className: string) => mappingFor(catalogue, scope.mappings, className)?.goesAlong ?? 'AS_RELATED'
  const related = scope.includesRelated ? await relatedTo(em, uuids) : []
  const contained = catalogue
    .withSubclasses(scope.mappings.map(({ actualClass }) => actualClass))
    .filter((className) => goesAlong(className) === 'CONTAINED')
  const inside = contained.length > 0 ? await insideOf(em, catalogue, uuids, contained) : []
  const all = new Map([...related, ...inside].map((item) => [item.uuid, item]))
  return [...all.values()].filter(({ className }) => goesAlong(className) !== 'NEVER')
}

/** Where the items are, and the software on them. */
async function relatedTo(em: EntityManager, uuids: readonly string[]): Promise<ActualItem[]> {
  const found = await rows<object>(
    em,
    `select * from actual_item where state = 'PRESENT' and uuid <> all($1::uuid[]) and uuid in (
       select target_id from actual_relationship where gone_at is null and type = 'locatedIn' and source_id = any($1::uuid[])
       union
       select source_id from actual_relationship where gone_at is null and type = 'runsOn' and target_id = any($1::uuid[]))`,
    [uuids],
  )
  return lean(em, ActualItem, found)
}

/** What is inside the items, however deep, of these classes. */
async function insideOf(
  em: EntityManager,
  catalogue: Catalogue,
  uuids: readonly string[],
  classNames: readonly string[],
): Promise<ActualItem[]> {
  const types = catalogue.relationshipTypes.filter(({ containment }) => containment).map(({ name }) => name)
  const found = await rows<object>(
    em,
    `with recursive inside(uuid) as (
       select unnest($1::uuid[])
       union
       select r.source_id from inside i join actual_relationship r on r.target_id = i.uuid and r.gone_at is null and r.type = any($2))
     select * from actual_item where state = 'PRESENT' and class_name = any($3) and uuid <> all($1::uuid[])
       and uuid in (select uuid from inside)`,
    [uuids, types, classNames],
  )
  return lean(em, ActualItem, found)
}
