import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import { expectVersion } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { ViewNameTaken } from './refusals.ts'
import { letGoOfDefaults } from './default-view.service.ts'
import { SavedView } from './saved-view.entity.ts'
import type { SavedViewCreateInput, SavedViewUpdateInput } from './saved-view.inputs.ts'
import { checkedPath, checkedViewName } from './saved-view.rules.ts'

const MOST_VIEWS = 100 // of one account

/** Keeps a page with its filters under a name, for the caller or for everybody. */
export async function createSavedView(
  em: EntityManager,
  input: SavedViewCreateInput,
  viewer: Viewer,
): Promise<SavedView> {
  if (viewer.via === 'system') throw new Forbidden('Waybill itself looks at no pages.')
  const view = Object.assign(new SavedView(), {
    accountId: viewer.accountId,
    name: checkedViewName(input.name),
    path: checkedPath(input.path),
    shared: input.shared ?? false,
  })
  await lockViewsOf(em, viewer.accountId)
  if ((await em.count(SavedView, { accountId: viewer.accountId })) >= MOST_VIEWS) {
    throw new BadInput(`An account has at most ${MOST_VIEWS} views. Remove one that is not used.`, {
      rule: 'number of views',
      evidence: { most: MOST_VIEWS },
    })
  }
  await requireFreeName(em, view)
  em.persist(view)
  await em.flush()
  return view
}

/** Renames a view, shares it or keeps it to its owner, or has it show something else. */
export async function updateSavedView(
  em: EntityManager,
  input: SavedViewUpdateInput,
  viewer: Viewer,
): Promise<SavedView> {
  const name = input.name == null ? null : checkedViewName(input.name)
  const path = input.path == null ? null : checkedPath(input.path)
  await lockViewsOf(em, viewer.accountId)
  const view = await lockView(em, input, viewer)
  if (!isOwn(view, viewer)) throw await notYours(em, view, 'change')
  expectVersion(view, input.expectedVersion)
  view.name = name ?? view.name
  view.path = path ?? view.path
  view.shared = input.shared ?? view.shared
  await requireFreeName(em, view)
  await em.flush()
  await letGoOfDefaults(em, view)
  return view
}

/** Removes a view of one's own, or, with the right to manage accounts of the whole estate, one that is shared. */
export async function removeSavedView(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<SavedView> {
  const view = await lockView(em, input, viewer)
  if (!mayRemove(view, viewer)) throw await notYours(em, view, 'remove')
  expectVersion(view, input.expectedVersion)
  await em.remove(view).flush()
  return view
}

/** What the caller may do with a view that they see. */
export function actionsOf(view: SavedView, viewer: Viewer): string[] {
  return [...(isOwn(view, viewer) ? ['update'] : []), ...(mayRemove(view, viewer) ? ['remove'] : [])]
}

const isOwn = (view: SavedView, viewer: Viewer) => view.accountId === viewer.accountId
const mayRemove = (view: SavedView, viewer: Viewer) =>
  isOwn(view, viewer) || viewer.reach('account.manage') === 'estate'

/** What is neither one's own nor shared does not exist for the caller. */
async function lockView(em: EntityManager, { id }: MoveInput, viewer: Viewer): Promise<SavedView> {
  const view = await em.findOne(SavedView, uuidOf(id, 'sav'), { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (!view || !(view.shared || isOwn(view, viewer))) throw new NotFound('saved view', id)
  return view
}

async function notYours(em: EntityManager, view: SavedView, what: string): Promise<Forbidden> {
  const owner = await row<{ name: string }>(em, `select name from account where uuid = $1`, [view.accountId])
  const instead = what === 'change' ? ' Save a view of your own instead.' : ''
  return new Forbidden(`${view.displayName} belongs to ${owner!.name}; only they ${what} it.${instead}`, {
    field: ['id'],
    itemId: view.id,
    rule: 'owner of the view',
  })
}

async function requireFreeName(em: EntityManager, view: SavedView): Promise<void> {
  const page = view.path.split('?', 1)[0]!
  const other = await row<{ uuid: string; name: string }>(
    em,
    `select uuid, name from saved_view where account_id = $1 and page = $2 and lower(name) = lower($3) and uuid <> $4`,
    [view.accountId, page, view.name, view.uuid],
  )
  if (other) throw new ViewNameTaken(other.name, page, toNodeId('sav', other.uuid))
}

/** Names and number of an account's views are looked at by one change after the other. */
const lockViewsOf = (em: EntityManager, accountId: string) =>
  rows(em, `select pg_advisory_xact_lock(hashtextextended('saved views ' || $1, 0))`, [accountId])
