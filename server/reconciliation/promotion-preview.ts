/** What a promotion would do, worked out as a promotion does it, within bounds and without writing. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ActualItem } from '../discovery/actual-item.entity.ts'
import { itemsByUuid } from '../item/item.service.ts'
import { candidatesFor } from './link.ts'
import { claimsOf, isOnly, linkedAmong } from './promote.ts'
import { allMappings, becomes, fittingClasses } from './promotion-mapping.ts'
import { previewRelationships } from './preview-relationships.ts'
import { planOf, requirePromoter, type WhatToPromote } from './promotion-plan.ts'
import type {
  NotCopied,
  PromotionFate,
  PromotionPreview,
  PromotionPreviewClass,
  PromotionPreviewItem,
} from './promotion-preview.type.ts'
import type { End } from './seen-edges.ts'

/** So many of what is chosen are looked at, and so many of all are told one by one. */
const LOOKED_AT = 1_000
const TOLD = 100

/** Refuses as the promotion would, but for what it could not tell apart: that is said. A fixed number of statements. */
export async function previewPromotion(
  em: EntityManager,
  catalogue: Catalogue,
  input: WhatToPromote,
  viewer: Viewer,
): Promise<PromotionPreview> {
  requirePromoter(viewer)
  if (!input.everything && (input.actualItemIds?.length ?? 0) > LOOKED_AT) {
    throw new BadInput(`At most ${LOOKED_AT} chosen items can be looked at in advance.`, {
      field: ['input', 'actualItemIds'],
      rule: 'list size',
    })
  }
  const { scope, chosen, along, isComplete } = await planOf(em, catalogue, input, LOOKED_AT)
  const all = [...chosen, ...along]
  const linked = await linkedAmong(
    em,
    all.map(({ uuid }) => uuid),
  )
  const fresh = all.filter(({ uuid }) => !linked.has(uuid))
  const candidates = await candidatesFor(em, fresh, fittingClasses(catalogue, await allMappings(em)))
  const claims = claimsOf(candidates)
  const fateOf = ({ uuid }: ActualItem): { fate: PromotionFate; itemId: string | null } => {
    if (linked.has(uuid)) return { fate: 'AUTHORIZED', itemId: linked.get(uuid)! }
    const found = candidates.get(uuid) ?? []
    if (found.length === 0) return { fate: 'CREATE', itemId: null }
    return isOnly(found, claims) ? { fate: 'LINK', itemId: found[0]! } : { fate: 'AMBIGUOUS', itemId: null }
  }
  const fates = new Map(all.map((actual) => [actual, fateOf(actual)]))
  const standing = [...fates.values()].flatMap(({ itemId }) => itemId ?? [])
  const itemOf = new Map((await itemsByUuid(em, standing, null)).map((item) => [item.uuid, item]))
  const isChosen = new Set(chosen)
  const items = all.map((actual): PromotionPreviewItem => {
    const { fate, itemId } = fates.get(actual)!
    const { className, state, attributes, notCopied } = becomes(catalogue, actual, scope)
    const isNew = fate === 'CREATE'
    return {
      actualItem: actual,
      fate,
      isAlong: !isChosen.has(actual),
      className: (itemId && itemOf.get(itemId)?.className) ?? className,
      state: isNew ? state : null,
      copied: isNew ? Object.keys(attributes).sort() : [],
      notCopied: isNew ? notCopied.map((one) => ({ ...one, count: 1 })) : [],
      configurationItemId: itemId,
    }
  })
  const coming = items.flatMap(({ actualItem, fate, className, state, configurationItemId }): End[] => {
    const actualId = actualItem.uuid
    const planned = fate === 'LINK' ? itemOf.get(configurationItemId!) : undefined
    if (planned) {
      const { uuid, name, scopeIds } = planned
      return [{ uuid, name, className, state: planned.state, scopeIds, actualId }]
    }
    // It has no UUID yet, so that of what was seen stands for it.
    const facts = { uuid: actualId, name: actualItem.name, className, scopeIds: [], actualId }
    return fate === 'CREATE' ? [{ ...facts, state: state! }] : []
  })
  const relating = await previewRelationships(
    em,
    catalogue,
    all.map(({ uuid }) => uuid),
    coming,
  )
  return { scope, looked: all.length, isComplete, classes: byClass(items), items: items.slice(0, TOLD), ...relating }
}

function byClass(items: readonly PromotionPreviewItem[]): PromotionPreviewClass[] {
  const groups = Map.groupBy(items, ({ actualItem, className }) => `${actualItem.className} ${className}`)
  return [...groups.values()]
    .sort((one, other) => other.length - one.length)
    .map((all) => {
      const number = (fate: PromotionFate) => all.filter((one) => one.fate === fate).length
      const [first] = all
      return {
        actualClass: first!.actualItem.className,
        authorizedClass: first!.className,
        state: all.find(({ state }) => state !== null)?.state ?? null,
        created: number('CREATE'),
        linked: number('LINK'),
        authorized: number('AUTHORIZED'),
        ambiguous: number('AMBIGUOUS'),
        notCopied: counted(all.flatMap(({ notCopied }) => notCopied)),
      }
    })
}

function counted(all: readonly NotCopied[]): NotCopied[] {
  const groups = Map.groupBy(all, ({ attribute, why }) => `${attribute} ${why}`)
  return [...groups.values()]
    .map((same) => ({ ...same[0]!, count: same.length }))
    .sort((one, other) => other.count - one.count || one.attribute.localeCompare(other.attribute))
}
