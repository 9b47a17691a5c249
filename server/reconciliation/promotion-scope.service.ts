import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { checkedName } from '../kernel/checked-text.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion, type Because } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { usableClass } from '../item/item.service.ts'
import { lockPromotion } from './promote.ts'
import { checkedMappings } from './promotion-mapping.checks.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'
import { PromotionScope } from './promotion-scope.entity.ts'

export interface PromotionScopeInput {
  name: string
  className: string
  includesRelated?: boolean | null
  attributes?: string[] | null
  mappings?: PromotionMapping[] | null
}

export interface PromotionScopeChange {
  id: string
  expectedVersion?: number | null
  name?: string | null
  includesRelated?: boolean | null
  attributes?: string[] | null
  mappings?: PromotionMapping[] | null
}

/** Adds a promotion scope for a class of the catalogue; refuses attributes that the class has not, and twins by name. */
export async function createPromotionScope(
  em: EntityManager,
  catalogue: Catalogue,
  input: PromotionScopeInput,
  because: Because,
): Promise<PromotionScope> {
  const { className, includesRelated, attributes, mappings } = input
  refuseUnknownAttributes(catalogue, className, attributes)
  const name = checkedName(input.name, 'name')
  await refuseTwin(em, name, null)
  const scope = Object.assign(new PromotionScope(), {
    name,
    className,
    includesRelated: includesRelated ?? true,
    attributes: attributes ?? [],
    mappings: checkedMappings(catalogue, mappings ?? []),
  })
  await changed(em, scope, 'create', because)
  return scope
}

/** Changes what is given; what was promoted through it before stays as it is. */
export async function updatePromotionScope(
  em: EntityManager,
  catalogue: Catalogue,
  input: PromotionScopeChange,
  because: Because,
): Promise<PromotionScope> {
  const scope = await lockScope(em, input.id)
  expectVersion(scope, input.expectedVersion)
  refuseUnknownAttributes(catalogue, scope.className, input.attributes)
  const name = input.name == null ? scope.name : checkedName(input.name, 'name')
  await refuseTwin(em, name, scope.uuid)
  const changes = {
    name,
    includesRelated: input.includesRelated ?? scope.includesRelated,
    attributes: input.attributes ?? scope.attributes,
    mappings: input.mappings ? checkedMappings(catalogue, input.mappings) : scope.mappings,
  }
  Object.assign(scope, changes)
  await changed(em, scope, 'update', because, { changes })
  return scope
}

/** Removes a scope; what was promoted through it stays. The last one stays too: every promotion goes through one. */
export async function removePromotionScope(
  em: EntityManager,
  input: Pick<PromotionScopeChange, 'id' | 'expectedVersion'>,
  because: Because,
): Promise<PromotionScope> {
  // Two who remove one each would leave none.
  await lockPromotion(em)
  const scope = await lockScope(em, input.id)
  expectVersion(scope, input.expectedVersion)
  if (!(await row(em, 'select uuid from promotion_scope where uuid <> $1 limit 1', [scope.uuid]))) {
    throw new BadInput(`${scope.name} is the only promotion scope, and every promotion goes through one.`, {
      field: ['id'],
      itemId: scope.id,
      rule: 'one scope stays',
    })
  }
  await changed(em, scope, 'remove', because)
  await em.remove(scope).flush()
  return scope
}

async function lockScope(em: EntityManager, id: string): Promise<PromotionScope> {
  const uuid = uuidOf(id, 'psc')
  const scope = await em.findOne(PromotionScope, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (!scope) throw new NotFound('promotion scope', id)
  return scope
}

function refuseUnknownAttributes(catalogue: Catalogue, className: string, attributes?: string[] | null): void {
  const rule = usableClass(catalogue, className)
  const unknown = attributes?.find((name) => !rule.attributes.some((attribute) => attribute.name === name))
  if (unknown === undefined) return
  throw new BadInput(`A ${rule.name} has no attribute "${unknown}".`, {
    field: ['attributes'],
    rule: 'attribute of the class',
  })
}

async function refuseTwin(em: EntityManager, name: string, but: string | null): Promise<void> {
  const twin = await row(em, 'select uuid from promotion_scope where name = $1 and uuid is distinct from $2::uuid', [
    name,
    but,
  ])
  if (twin) {
    throw new BadInput(`There is already a promotion scope called ${name}.`, { field: ['name'], rule: 'no twins' })
  }
}
