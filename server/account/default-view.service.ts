import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import type { IdInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { DefaultView } from './default-view.entity.ts'
import type { DefaultViewSetInput } from './default-view.inputs.ts'
import { SavedView } from './saved-view.entity.ts'
import { checkedPath } from './saved-view.rules.ts'

/** Says with which view a page opens, for the caller or for others; what was said for the same ones before is replaced. */
export async function setDefaultView(
  em: EntityManager,
  services: Services,
  input: DefaultViewSetInput,
  viewer: Viewer,
): Promise<DefaultView> {
  if (viewer.via === 'system') throw new Forbidden('Waybill itself looks at no pages.')
  const page = checkedPath(input.path).split('?', 1)[0]!
  const audience = audienceOf(input, viewer)
  if (!mayChange(audience, viewer)) throw notYours()
  const { scopeId } = audience
  if (scopeId && !(await services.accounts.knownScopes(em, [scopeId])).includes(scopeId)) {
    throw new NotFound('item', input.scopeId!, ['scopeId'])
  }
  const view = input.viewId == null ? null : await viewOf(em, input.viewId, viewer)
  if (view) requireFitting(view, page, audience.accountId)
  // Two who say something for the same ones at once: the later one counts.
  await rows(em, `select pg_advisory_xact_lock(hashtextextended('default view ' || $1, 0))`, [page])
  const said =
    (await em.findOne(DefaultView, { page, ...audience })) ?? Object.assign(new DefaultView(), { page, ...audience })
  Object.assign(said, { viewId: view?.uuid ?? null, setById: viewer.accountId, setAt: new Date() })
  em.persist(said)
  await em.flush()
  return said
}

/** Takes back what was said: the page opens with what is said for more people, or as it is. */
export async function removeDefaultView(em: EntityManager, { id }: IdInput, viewer: Viewer): Promise<DefaultView> {
  const said = await em.findOne(DefaultView, uuidOf(id, 'dfv'))
  if (!said || (said.accountId && said.accountId !== viewer.accountId)) throw new NotFound('default view', id)
  if (!mayChange(said, viewer)) throw notYours()
  await em.remove(said).flush()
  return said
}

/**
 * After a view was changed: what is not shared any more is no default of others, and one that shows another page now is
 * none of the old page.
 */
export async function letGoOfDefaults(em: EntityManager, view: SavedView): Promise<void> {
  await rows(
    em,
    `delete from default_view where view_id = $1 and (page <> $2 or ($3 = false and account_id is distinct from $4::uuid))`,
    [view.uuid, view.path.split('?', 1)[0], view.shared, view.accountId],
  )
}

/** Whether the caller may set and remove it: their own, and those of all whose accounts they manage. */
export function mayChange({ accountId, scopeId }: Pick<DefaultView, 'accountId' | 'scopeId'>, viewer: Viewer): boolean {
  if (accountId) return accountId === viewer.accountId
  const reach = viewer.reach('account.manage')
  return reach === 'estate' || (scopeId !== null && reach.includes(scopeId))
}

type Whom = Pick<DefaultView, 'accountId' | 'role' | 'scopeId'>

function audienceOf({ audience, role = null, scopeId = null }: DefaultViewSetInput, viewer: Viewer): Whom {
  const named = role !== null || scopeId !== null
  if (audience === 'TEAM' && !named) {
    throw new BadInput('A team is who holds a role, or who holds one in a place: give role, scopeId or both.', {
      field: ['role'],
      rule: 'team',
    })
  }
  if (audience !== 'TEAM' && named) {
    throw new BadInput('Only a team has a role or a scope; take the audience TEAM, or leave both out.', {
      field: ['audience'],
      rule: 'team',
    })
  }
  return {
    accountId: audience === 'ME' ? viewer.accountId : null,
    role,
    scopeId: scopeId && uuidOf(scopeId, 'ci', ['scopeId']),
  }
}

async function viewOf(em: EntityManager, id: string, viewer: Viewer): Promise<SavedView> {
  const view = await em.findOne(SavedView, uuidOf(id, 'sav', ['viewId']))
  if (view && (view.shared || view.accountId === viewer.accountId)) return view
  throw new NotFound('saved view', id, ['viewId'])
}

function requireFitting(view: SavedView, page: string, accountId: string | null) {
  const shows = view.path.split('?', 1)[0]!
  if (shows !== page) {
    throw new BadInput(`${view.displayName} shows ${shows}; ${page} can only open with a view of its own.`, {
      field: ['viewId'],
      itemId: view.id,
      rule: 'view of the page',
      evidence: { shows },
    })
  }
  if (!accountId && !view.shared) {
    throw new BadInput(`${view.displayName} is not shared, so others cannot see it. Share it first.`, {
      field: ['viewId'],
      itemId: view.id,
      rule: 'shared view',
    })
  }
}

const notYours = () =>
  new Forbidden(
    'What a page opens with for others is said by who manages their accounts: of the whole estate for a role or everybody, of a place for those with a role there. Choose one for yourself instead.',
    { field: ['audience'], rule: 'account.manage' },
  )
