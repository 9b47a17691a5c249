import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { checkedName } from '../kernel/checked-text.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion, type Because } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { usableClass } from '../item/item.service.ts'
import { PromotionScope } from './promotion-scope.entity.ts'

export interface PromotionScopeInput {
  name: string
  className: string
  includesRelated?: boolean | null
  attributes?: string[] | null
}

export interface PromotionScopeChange {
  id: string
  expectedVersion?: number | null
  name?: string | null
  includesRelated?: boolean | null
  attributes?: string[] | null
}

/** Adds a promotion scope for a class of the catalogue; refuses attributes that the class has not, and twins by name. */
export async function createPromotionScope(
  em: EntityManager,
  catalogue: Catalogue,
  input: PromotionScopeInput,
  because: Because,
): Promise<PromotionScope> {
  const { className, includesRelated, attributes } = input
  refuseUnknownAttributes(catalogue, className, attributes)
  const name = checkedName(input.name, 'name')
  await refuseTwin(em, name, null)
  const scope = Object.assign(new PromotionScope(), {
    name,
    className,
    includesRelated: includesRelated ?? true,
    attributes: attributes ?? [],
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
  const uuid = uuidOf(input.id, 'psc')
  const scope = await em.findOne(PromotionScope, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (!scope) throw new NotFound('promotion scope', input.id)
  expectVersion(scope, input.expectedVersion)
  refuseUnknownAttributes(catalogue, scope.className, input.attributes)
  const name = input.name == null ? scope.name : checkedName(input.name, 'name')
  await refuseTwin(em, name, uuid)
  const changes = {
    name,
    includesRelated: input.includesRelated ?? scope.includesRelated,
    attributes: input.attributes ?? scope.attributes,
  }
  Object.assign(scope, changes)
  await changed(em, scope, 'update', because, { changes })
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
