import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { childPage } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { HostKey } from './host-key.entity.ts'
import type { HostKeyState } from './host-key.lifecycle.ts'

/** Those that wait for a person first, then by host. */
export function keysOf(
  context: Context,
  productId: string,
  states: readonly HostKeyState[] | null,
  page: PageArgs,
): Promise<Page<HostKey>> {
  const query = {
    select: 'x.*',
    from: 'host_key x',
    where: states ? ['x.state = any($1::text[])'] : [],
    values: states ? [states] : [],
    order: [
      {
        column: `(case x.state when 'CHANGED' then 0 when 'PENDING' then 1 when 'APPROVED' then 2 else 3 end)`,
        cast: 'int',
      },
      { column: 'x.host', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return childPage(context, 'hostKeys', productId, 'x.product_id', query, page, (found) =>
    lean(context.em, HostKey, found),
  )
}

/** The fingerprint by which the host of a key is trusted, all of a level in one statement. */
export function approvedKeyOf(context: Context, { productId, host }: HostKey): Promise<string | null> {
  const nameOf = (product: string, host: string) => JSON.stringify([product, host])
  return batch(context, 'approvedHostKey', nameOf(productId, host), async (names) => {
    const wanted = names.map((name) => JSON.parse(name) as [string, string])
    const found = await rows<{ product_id: string; host: string; fingerprint: string }>(
      context.em,
      `select k.product_id, k.host, k.fingerprint from host_key k
       join unnest($1::uuid[], $2::text[]) as w(product_id, host) on w.product_id = k.product_id and w.host = k.host
       where k.state = 'APPROVED'`,
      [wanted.map(([product]) => product), wanted.map(([, host]) => host)],
    )
    return new Map(found.map(({ product_id, host, fingerprint }) => [nameOf(product_id, host), fingerprint]))
  })
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const hostKeyNodeLoaders = {
  hky: async (context: Context, uuids: string[]): Promise<Map<string, object>> => {
    if (reachAnywhere(viewerOf(context), 'estate.read') !== 'estate') return new Map()
    const found = await rows<object>(context.em, 'select x.* from host_key x where x.uuid = any($1::uuid[])', [uuids])
    return byKey(lean(context.em, HostKey, found), (one) => one.uuid)
  },
}
