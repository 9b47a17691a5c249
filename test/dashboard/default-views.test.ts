import type { Client } from '@urql/core'
import { describe, expect, it } from 'vitest'
import { createDefaultViews } from '../../dashboard/src/features/view/default-views.ts'
import { plainPath } from '../../dashboard/src/features/view/view-path.ts'

/** A server that says `path` is what the page opens with; null: nothing is said. */
function views(path: string | null, answers: Promise<void> = Promise.resolve()) {
  const asked: string[] = []
  const client = {
    query: (_: unknown, variables: { path: string }) => ({
      async toPromise() {
        asked.push(variables.path)
        await answers
        return { data: { defaultView: path === null ? null : { id: 'dfv_1', view: { id: 'sav_1', path } } } }
      },
    }),
  } as unknown as Client
  return { asked, ...createDefaultViews(client, 20) }
}
const list = (query: Record<string, string> = {}, meta: object = { views: true }) =>
  ({ path: '/items', query, meta }) as unknown as Parameters<ReturnType<typeof views>['open']>[0]

describe('a list whose address says nothing', () => {
  it('opens with its default view, and as it is where nothing is said', async () => {
    expect(await views('/items?class=Host').open(list())).toBe('/items?class=Host')
    expect(await views(null).open(list())).toBeUndefined()
  })

  it('opens as it is where the default view filters nothing, and does not lead to itself for ever', async () => {
    expect(await views('/items').open(list())).toBeUndefined()
    expect(await views('/items?without=view').open(list())).toBeUndefined()
  })

  it('opens as it is where the server takes too long to answer', async () => {
    expect(await views('/items?class=Host', new Promise(() => {})).open(list())).toBeUndefined()
  })
})

it('asks about no page that has no views, and no address that says something', async () => {
  const { asked, open } = views('/items?class=Host')
  expect(await open(list({ site: 'ci_1' }))).toBeUndefined()
  expect(await open(list({ without: 'view' }))).toBeUndefined()
  expect(await open(list({}, {}))).toBeUndefined()
  expect(asked).toEqual([])
})

describe('the address of a list with a default view', () => {
  it('says so when the last filter was taken away, and not beside other filters', async () => {
    const { open, write } = views('/items?class=Host')
    expect(write({}, '/items')).toEqual({})
    await open(list())
    expect(write({}, '/items')).toEqual({ without: 'view' })
    expect(write({}, '/releases')).toEqual({})
    expect(write({ without: 'view', site: 'ci_1' }, '/items')).toEqual({ site: 'ci_1' })
  })

  it('says so too where the last filter goes before anybody said with what the list opens', async () => {
    const { open, write, learn } = views(null)
    await open(list({ site: 'ci_1' }))
    expect(write({}, '/items')).toEqual({ without: 'view' })
    learn('/items', null)
    expect(write({}, '/items')).toEqual({})
    await open(list({ site: 'ci_1' }))
    expect(write({}, '/items')).toEqual({})
  })

  it('leads to a saved view without filters too', () => {
    const { learn, addressOf } = views(null)
    expect(addressOf('/items')).toBe('/items')
    learn('/items', { path: '/items?class=Host' })
    expect(addressOf('/items')).toBe('/items?without=view')
    expect(addressOf('/items?site=ci_1')).toBe('/items?site=ci_1')
    learn('/items', null)
    expect(addressOf('/items')).toBe('/items')
  })

  it('is saved without the words that keep the default away', () => {
    expect(plainPath('/items?without=view')).toBe('/items')
    expect(plainPath('/items?a=1&without=view')).toBe('/items?a=1')
    expect(plainPath('/items?search=a%20b')).toBe('/items?search=a%20b')
  })
})
