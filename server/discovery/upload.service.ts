/** Files that people hand in for a run: their bytes go into the content store, a row says whose they are. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { row, rows } from '../kernel/sql.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import type { DiscoveryAdapter } from './adapters/adapter.ts'

export interface Upload {
  uuid: string
  productId: string
  name: string
  digest: string
  /** Bytes. */
  size: number
}

/** Refuses a file that the product's adapter does not take, before its bytes are read. */
export function checkUpload(product: ManagementProduct, adapter: DiscoveryAdapter, name: string): void {
  if (!adapter.upload) {
    throw new BadInput(`${product.name} is read where its settings say; it takes no files.`, {
      itemId: product.id,
      rule: 'upload',
      evidence: { kind: product.kind },
    })
  }
  const { endings } = adapter.upload
  if (endings.some((ending) => name.toLowerCase().endsWith(ending))) return
  throw new BadInput(
    `"${name.slice(0, 200)}" is no file for ${adapter.title}: its name has to end in ${endings.join(' or ')}.`,
    {
      itemId: product.id,
      field: ['name'],
      rule: 'upload',
      evidence: { endings },
    },
  )
}

export async function keepUpload(
  em: EntityManager,
  product: ManagementProduct,
  file: { name: string; digest: string; size: number },
  by: string,
): Promise<string> {
  const uuid = uuidv7()
  await rows(
    em,
    `insert into discovery_upload (uuid, product_id, name, digest, size, uploaded_by) values ($1, $2, $3, $4, $5, $6)`,
    [uuid, product.uuid, file.name, file.digest, file.size, by],
  )
  return toNodeId('upl', uuid)
}

/** The file that a run names; it belongs to one product, and its bytes are still there. */
export async function usableUpload(
  em: EntityManager,
  id: string,
  product: ManagementProduct,
  adapter: DiscoveryAdapter,
  { contentStore }: Partial<Pick<Services, 'contentStore'>>,
): Promise<Upload> {
  const upload = await row<Upload>(
    em,
    `select uuid, product_id as "productId", name, digest, size::float8 as size from discovery_upload where uuid = $1`,
    [uuidOf(id, 'upl', ['uploadId'])],
  )
  if (!upload || upload.productId !== product.uuid) throw new NotFound('file for this product', id, ['uploadId'])
  checkUpload(product, adapter, upload.name)
  if (contentStore && !(await contentStore.has(upload.digest))) throw new UploadGone(product, upload, ['uploadId'])
  return upload
}

export class UploadGone extends BadInput {
  constructor(product: ManagementProduct, { name, digest }: Pick<Upload, 'name' | 'digest'>, field: string[]) {
    super(`The file ${name} that was handed in is not here any more. Hand it in again.`, {
      itemId: product.id,
      field,
      rule: 'upload',
      evidence: { digest },
    })
  }
}
