import type { EntityManager } from '@mikro-orm/postgresql'
import { viewerOf } from '../kernel/authorize.ts'
import { byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { DefaultView } from './default-view.entity.ts'

/** The caller's own, or one of a team that they are of: who holds that role, there. `$1` is their account. */
const CONCERNS = `(d.account_id = $1::uuid or (d.account_id is null and (
  (d.role is null and d.scope_id is null) or exists (select from account_grant g where g.account_id = $1::uuid
    and (d.role is null or g.role = d.role) and (d.scope_id is null or g.scope_id = d.scope_id)))))`
/** One's own goes before that of a role at a place, of a role, of a place, and of everybody. */
const CLOSENESS = `case when d.account_id is not null then 0 when d.role is not null and d.scope_id is not null then 1
  when d.role is not null then 2 when d.scope_id is not null then 3 else 4 end`
/** A view that its owner has kept to themselves again leads nobody else anywhere. */
const SEEN = `(d.view_id is null or exists (select from saved_view v where v.uuid = d.view_id
  and (v.shared or v.account_id = $1::uuid)))`

/** What a page opens with for the caller: the closest to them; of several teams that are as close, what was said last. */
export async function defaultViewOf(context: Context, page: string): Promise<DefaultView | null> {
  const found = await rows<object>(
    context.em,
    `select d.* from default_view d where d.page = $2 and ${CONCERNS} and ${SEEN}
     order by ${CLOSENESS}, d.set_at desc, d.uuid limit 1`,
    [viewerOf(context).accountId, page],
  )
  return lean(context.em, DefaultView, found)[0] ?? null
}

/** Everything that is said of a page, as far as the caller is concerned or may change it, the closest first. */
export function defaultViewPage(context: Context, path: string, page: PageArgs): Promise<Page<DefaultView>> {
  const values: unknown[] = []
  const where = [visible(viewerOf(context), values), SEEN, `d.page = $${values.push(path)}`]
  const order = [
    { column: CLOSENESS, cast: 'integer' },
    { column: 'd.set_at', cast: 'timestamptz', descending: true },
    { column: 'd.uuid', cast: 'uuid' },
  ]
  return pageOf(context.em, { select: 'd.*', from: 'default_view d', where, values, order }, page, (found) =>
    lean(context.em, DefaultView, found),
  )
}

/** For `node(id)`: as much as the list shows. */
export async function defaultViewsByUuid(context: Context, uuids: string[]): Promise<Map<string, DefaultView>> {
  const viewer = viewerOf(context)
  if (viewer.reach('view.own').length === 0) return new Map()
  const values: unknown[] = []
  const where = [visible(viewer, values), SEEN, `d.uuid = any($${values.push(uuids)}::uuid[])`]
  return byKey(await read(context.em, where, values), ({ uuid }) => uuid)
}

/** Adds the account as `$1`, which the conditions above count on. */
function visible(viewer: Viewer, values: unknown[]): string {
  values.push(viewer.accountId)
  const reach = viewer.reach('account.manage')
  if (reach === 'estate') return `(d.account_id is null or d.account_id = $1::uuid)`
  return reach.length ? `(${CONCERNS} or d.scope_id = any($${values.push(reach)}::uuid[]))` : CONCERNS
}

const read = async (em: EntityManager, where: string[], values: unknown[]) =>
  lean(em, DefaultView, await rows<object>(em, `select d.* from default_view d where ${where.join(' and ')}`, values))
