import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { pageOf } from '../kernel/page.ts'
import { ManagementProduct } from './product.entity.ts'
import { productsByUuid } from './product.service.ts'

/** One product, batched over a level of the query. */
export function productOf(context: Context, uuid: string): Promise<ManagementProduct | null> {
  return batch(context, 'product', uuid, async (uuids) =>
    byKey(await productsByUuid(context.em, uuids), (one) => one.uuid),
  )
}

export function productPage(context: Context, page: PageArgs): Promise<Page<ManagementProduct>> {
  const query = {
    select: 'x.*',
    from: 'management_product x',
    order: [
      { column: 'x.name', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return pageOf(context.em, query, page, (found) => lean(context.em, ManagementProduct, found))
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const productNodeLoaders = {
  prd: async (context: Context, uuids: string[]) =>
    context.viewer && somewhere(context.viewer.reach('estate.read'))
      ? byKey(await productsByUuid(context.em, uuids), (one) => one.uuid)
      : new Map<string, object>(),
}

const somewhere = (reach: 'estate' | readonly string[]) => reach === 'estate' || reach.length > 0
