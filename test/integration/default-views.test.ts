/** With which saved view a list opens: for one person, for a team, for everybody. */
import { beforeAll, describe, expect, test } from 'vitest'
import { anApp, type Person } from '../support/app.ts'
import { countStatementsMeanwhile } from '../support/statements.ts'

const app = anApp()
let austin: string
let tokyo: string
let vera: Person
let amy: Person
let abe: Person
let dana: Person

beforeAll(async () => {
  austin = await aSite('Austin')
  tokyo = await aSite('Tokyo')
  vera = await app.person('VIEWER', undefined, 'Vera')
  amy = await app.person('ADMIN', austin, 'Amy')
  abe = await app.person('VIEWER', austin, 'Abe')
  dana = await app.person('DEPLOYER', undefined, 'Dana')
}, 120_000)

async function aSite(name: string): Promise<string> {
  const { item } = await app.admin.does<{ item: { id: string } }>(
    'itemCreate',
    { className: 'Site', name },
    'item { id }',
  )
  return item.id
}
async function saved(who: Person, name: string, path: string, shared = true): Promise<string> {
  const input = { name, path, shared }
  return (await who.does<{ savedView: { id: string } }>('savedViewCreate', input, 'savedView { id }')).savedView.id
}
/** Sets what `page` opens with; the id of what was said. */
async function said(who: Person, page: string, viewId: string | null, whom: object = { audience: 'ME' }) {
  const input = { path: page, viewId, ...whom }
  const answer = await who.does<{ defaultView: { id: string } }>('defaultViewSet', input, 'defaultView { id }')
  return answer.defaultView.id
}
interface Opens {
  audience: string
  role: string | null
  scope: { name: string } | null
  view: { name: string } | null
}
const FIELDS = 'id page audience role scope { name } view { name path } allowedActions'
const opens = async (who: Person, path: string) =>
  (await who.query<{ defaultView: Opens | null }>(`{ defaultView(path: "${path}") { ${FIELDS} } }`)).defaultView
const viewOf = async (who: Person, path: string) => (await opens(who, path))?.view?.name ?? null
const listed = async (who: Person, path: string) =>
  (
    await who.query<{ defaultViews: { nodes: Opens[] } }>(
      `{ defaultViews(first: 200, path: "${path}") { totalCount nodes { ${FIELDS} } } }`,
    )
  ).defaultViews.nodes

describe('what a list opens with', () => {
  test('is nothing, until somebody says it for themselves, also with a view that is not shared', async () => {
    const own = await saved(vera, 'Hosts', '/items?class=Host', false)
    expect(await opens(vera, '/items')).toBeNull()
    await said(vera, '/items?search=x', own)
    expect(await opens(vera, '/items')).toMatchObject({
      page: '/items',
      audience: 'ME',
      view: { name: 'Hosts', path: '/items?class=Host' },
      allowedActions: ['remove'],
    })
    expect(await opens(vera, '/releases')).toBeNull()
    expect(await opens(abe, '/items')).toBeNull()
  })

  test('is what is said for a role at a place, else for the role, the place, or everybody, and one’s own before all', async () => {
    const page = '/deployments'
    const named = async (name: string) => saved(app.admin, name, `${page}?search=${encodeURIComponent(name)}`)
    await said(app.admin, page, await named('all'), { audience: 'EVERYBODY' })
    await said(app.admin, page, await named('in Austin'), { audience: 'TEAM', scopeId: austin })
    expect(await Promise.all([vera, abe, dana].map((who) => viewOf(who, page)))).toEqual(['all', 'in Austin', 'all'])
    await said(app.admin, page, await named('viewers'), { audience: 'TEAM', role: 'VIEWER' })
    expect(await Promise.all([vera, abe, dana].map((who) => viewOf(who, page)))).toEqual(['viewers', 'viewers', 'all'])
    const closest = await said(app.admin, page, await named('viewers in Austin'), {
      audience: 'TEAM',
      role: 'VIEWER',
      scopeId: austin,
    })
    expect(await Promise.all([vera, abe, amy].map((who) => viewOf(who, page)))).toEqual([
      'viewers',
      'viewers in Austin',
      'in Austin',
    ])
    const own = await said(abe, page, await saved(abe, 'mine', `${page}?show=active`, false))
    expect(await viewOf(abe, page)).toBe('mine')
    expect((await listed(abe, page)).map(({ audience, role, scope }) => [audience, role, scope?.name])).toEqual([
      ['ME', null, undefined],
      ['TEAM', 'VIEWER', 'Austin'],
      ['TEAM', 'VIEWER', undefined],
      ['TEAM', null, 'Austin'],
      ['EVERYBODY', null, undefined],
    ])
    await abe.does('defaultViewRemove', { id: own })
    await app.admin.does('defaultViewRemove', { id: closest })
    expect(await viewOf(abe, page)).toBe('viewers')
  })

  test('can be the page itself, for who wants no view though others have one', async () => {
    await said(app.admin, '/audit', await saved(app.admin, 'Refused', '/audit?show=refused'), { audience: 'EVERYBODY' })
    expect(await viewOf(dana, '/audit')).toBe('Refused')
    await said(dana, '/audit', null)
    expect(await opens(dana, '/audit')).toMatchObject({ audience: 'ME', view: null })
  })

  test('of two roles of one person is what was said last', async () => {
    const both = await app.person(['APPROVER', 'INTEGRATOR'], undefined, 'Bea')
    const one = await saved(app.admin, 'one', '/tasks?show=all')
    const other = await saved(app.admin, 'other', '/tasks?over=yes')
    await said(app.admin, '/tasks', one, { audience: 'TEAM', role: 'INTEGRATOR' })
    await said(app.admin, '/tasks', other, { audience: 'TEAM', role: 'APPROVER' })
    expect(await viewOf(both, '/tasks')).toBe('other')
    await said(app.admin, '/tasks', one, { audience: 'TEAM', role: 'INTEGRATOR' })
    expect(await viewOf(both, '/tasks')).toBe('one')
    expect(await listed(app.admin, '/tasks')).toHaveLength(2)
  })

  test('is said for others by who manages their accounts only', async () => {
    const view = await saved(vera, 'Everyone’s', '/releases?show=open')
    const input = { path: '/releases', viewId: view }
    const refused = [{ code: 'FORBIDDEN', field: ['audience'], rule: 'account.manage' }]
    for (const whom of [{ audience: 'EVERYBODY' }, { audience: 'TEAM', role: 'VIEWER' }]) {
      expect(await vera.tries('defaultViewSet', { ...input, ...whom })).toMatchObject(refused)
      expect(await amy.tries('defaultViewSet', { ...input, ...whom })).toMatchObject(refused)
    }
    expect(await amy.tries('defaultViewSet', { ...input, audience: 'TEAM', scopeId: tokyo })).toMatchObject(refused)
    const id = await said(amy, '/releases', view, { audience: 'TEAM', role: 'VIEWER', scopeId: austin })
    expect(await viewOf(abe, '/releases')).toBe('Everyone’s')
    expect(await listed(vera, '/releases')).toEqual([])
    expect(await listed(amy, '/releases')).toMatchObject([{ allowedActions: ['remove'] }])
    expect(await listed(abe, '/releases')).toMatchObject([{ allowedActions: [] }])
    expect(await abe.tries('defaultViewRemove', { id })).toMatchObject([{ code: 'FORBIDDEN' }])
    const own = await said(vera, '/releases', view)
    expect(await app.admin.tries('defaultViewRemove', { id: own })).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  test('goes with the view: when it is removed, shows another page, or is kept to its owner again', async () => {
    const page = '/graph'
    const change = (id: string, to: object) => abe.does('savedViewUpdate', { id, ...to })
    const [kept, moved, removed] = await Promise.all(
      ['kept', 'moved', 'removed'].map((name) => saved(abe, name, `${page}?by=${name}`)),
    )
    const everybody = { audience: 'EVERYBODY' }
    await said(app.admin, page, kept!, everybody)
    await said(abe, page, kept!)
    await change(kept!, { shared: false })
    expect(await opens(vera, page)).toBeNull()
    expect(await viewOf(abe, page)).toBe('kept')
    await change(kept!, { shared: true })
    expect(await opens(vera, page)).toBeNull()

    await said(vera, page, moved!)
    await change(moved!, { path: '/classes?show=types' })
    expect(await opens(vera, page)).toBeNull()
    await said(vera, page, removed!)
    expect(await viewOf(vera, page)).toBe('removed')
    await abe.does('savedViewRemove', { id: removed! })
    expect(await opens(vera, page)).toBeNull()
  })

  test('is refused in words where it does not fit', async () => {
    const own = await saved(app.admin, 'Own', '/library?show=packages', false)
    const hidden = await saved(vera, 'Hidden', '/library?search=x', false)
    const tries = (input: object) => app.admin.tries('defaultViewSet', { path: '/library', viewId: own, ...input })
    expect(await tries({ audience: 'EVERYBODY' })).toMatchObject([
      {
        code: 'BAD_INPUT',
        field: ['viewId'],
        rule: 'shared view',
        itemId: own,
        message: 'The view "Own" is not shared, so others cannot see it. Share it first.',
      },
    ])
    expect(await tries({ audience: 'ME', path: '/items' })).toMatchObject([
      { code: 'BAD_INPUT', rule: 'view of the page', evidence: { shows: '/library' } },
    ])
    expect(await tries({ audience: 'TEAM' })).toMatchObject([{ code: 'BAD_INPUT', rule: 'team' }])
    expect(await tries({ audience: 'ME', role: 'VIEWER' })).toMatchObject([{ code: 'BAD_INPUT', rule: 'team' }])
    expect(await tries({ audience: 'ME', path: 'library' })).toMatchObject([{ code: 'BAD_INPUT', field: ['path'] }])
    expect(await tries({ audience: 'ME', viewId: hidden })).toMatchObject([{ code: 'NOT_FOUND', field: ['viewId'] }])
    const nowhere = 'ci_00000000000000000000000000'
    const [said] = await tries({ audience: 'TEAM', scopeId: nowhere })
    expect(said).toMatchObject({ field: ['scopeId'] })
    expect(await app.admin.tries('defaultViewRemove', { id: own })).toMatchObject([{ code: 'BAD_INPUT' }])
  })

  test('answers by id to whom it concerns', async () => {
    const view = await saved(dana, 'By id', '/products?search=a', false)
    const id = await said(dana, '/products', view)
    const NODE = `{ node(id: "${id}") { ... on DefaultView { page } } }`
    expect(await dana.query(NODE)).toEqual({ node: { page: '/products' } })
    expect(await vera.query(NODE)).toEqual({ node: null })
  })

  test('is listed in as many statements for many teams as for one', async () => {
    const say = (role: string, scopeId?: string) =>
      said(app.admin, '/discovery', null, { audience: 'TEAM', role, scopeId })
    const look = async () =>
      (await countStatementsMeanwhile(() => listed(app.admin, '/discovery'))).filter((text) =>
        /default_view|saved_view|configuration_item/.test(text),
      )
    await say('VIEWER', austin)
    const one = (await look()).length
    expect(one).toBeGreaterThan(1)
    for (const role of ['ADMIN', 'APPROVER', 'DEPLOYER', 'INTEGRATOR', 'VIEWER']) {
      await say(role)
      await say(role, tokyo)
    }
    expect(await listed(app.admin, '/discovery')).toHaveLength(11)
    expect((await look()).length).toBe(one)
  })
})
