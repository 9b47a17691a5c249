import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { changed, expectVersion, move, type Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { becauseOf } from '../item/item.service.ts'
import { configFaults, kindOf, type Kinds } from './kinds.ts'
import { ManagementProduct } from './product.entity.ts'
import type { ProductRegisterInput, ProductUpdateInput } from './product.inputs.ts'
import { productLifecycle } from './product.lifecycle.ts'

/** Products for reading, in no order. Whoever may see the estate anywhere sees all of them. */
export async function productsByUuid(em: EntityManager, uuids: readonly string[]): Promise<ManagementProduct[]> {
  const found = await rows<object>(em, 'select x.* from management_product x where x.uuid = any($1::uuid[])', [uuids])
  return lean(em, ManagementProduct, found)
}

/** The product that a mutation names, locked. */
export async function lockProduct(em: EntityManager, id: string, field: string[] = ['id']): Promise<ManagementProduct> {
  const uuid = uuidOf(id, 'prd', field)
  const product = await em.findOne(ManagementProduct, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!product) throw new NotFound('management product', id, field)
  return product
}

/** Refuses work through a retired product. */
export function requireActive(product: ManagementProduct): void {
  if (product.state === 'ACTIVE') return
  throw new BadInput(`${product.name} is retired; nothing goes through it any more.`, {
    itemId: product.id,
    rule: 'product in use',
  })
}

/** Registers a product. A kind without a module is allowed: its distribution is manual (D16). */
export async function registerProduct(
  em: EntityManager,
  input: ProductRegisterInput,
  services: Kinds,
  because: Because,
): Promise<ManagementProduct> {
  const product = new ManagementProduct()
  product.kind = input.kind.trim()
  if (!/^[a-z][a-z0-9-]{0,49}$/.test(product.kind)) {
    throw new BadInput('A kind is a word of small letters, digits and hyphens, e.g. local.', { field: ['kind'] })
  }
  product.endpoint = input.endpoint?.trim() || null
  await rename(em, product, input.name)
  configure(product, input.config ?? {}, services)
  await changed(em, product, 'register', because)
  return product
}

export async function updateProduct(
  em: EntityManager,
  input: ProductUpdateInput,
  services: Kinds,
  viewer: Viewer,
): Promise<ManagementProduct> {
  const product = await lockProduct(em, input.id)
  expectVersion(product, input.expectedVersion)
  requireActive(product)
  if (input.name != null) await rename(em, product, input.name)
  if (input.endpoint !== undefined) product.endpoint = input.endpoint?.trim() || null
  if (input.config != null) configure(product, input.config, services)
  const { name, endpoint, config } = product
  await changed(em, product, 'update', becauseOf(viewer, input.reason), { changes: { name, endpoint, config } })
  return product
}

/** Takes a product out of use; what was discovered and deployed through it stays. */
export async function retireProduct(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<ManagementProduct> {
  const product = await lockProduct(em, input.id)
  expectVersion(product, input.expectedVersion)
  await move(em, product, productLifecycle, 'retire', becauseOf(viewer, input.reason))
  return product
}

async function rename(em: EntityManager, product: ManagementProduct, name: string): Promise<void> {
  product.name = name.trim()
  if (product.name.length < 1 || product.name.length > 200) {
    throw new BadInput('A name has 1 to 200 characters.', { field: ['name'] })
  }
  const twin = await row<{ uuid: string }>(
    em,
    `select uuid from management_product where lower(name) = lower($1) and state = 'ACTIVE' and uuid <> $2`,
    [product.name, product.uuid],
  )
  if (!twin) return
  throw new BadInput(`There is already a management product called ${product.name}.`, {
    field: ['name'],
    itemId: toNodeId('prd', twin.uuid),
    rule: 'no twins',
  })
}

/** Takes the settings over, secrets apart, once module and adapter (if there are any) find no fault with them. */
function configure(product: ManagementProduct, given: unknown, services: Kinds): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new BadInput('config must be an object: setting and value.', { field: ['config'] })
  }
  const known = kindOf(services, product.kind)
  const isSecret = (name: string) =>
    known?.configFields.find((field) => field.name === name)?.secret ?? soundsSecret(name)
  const entries = Object.entries(given)
  const config = Object.fromEntries(entries.filter(([name, value]) => value !== null && !isSecret(name)))
  const changedSecrets = entries.filter(([name]) => isSecret(name))
  const secrets = Object.fromEntries(
    Object.entries({ ...product.secrets, ...Object.fromEntries(changedSecrets) }).filter(([, value]) => value !== null),
  )
  const faults = known ? configFaults(known, { ...config, ...secrets }) : []
  if (faults.length > 0) {
    throw new BadInput(faults.join(' '), {
      field: ['config'],
      rule: `settings of ${known!.title}`,
      evidence: { faults },
    })
  }
  product.config = config
  product.secrets = secrets
}

/** For kinds that nothing here serves, so that nothing says which settings are secret. */
const soundsSecret = (name: string) => (withoutSecrets({ [name]: 'x' }) as Record<string, unknown>)[name] !== 'x'
