import { Client, fetchExchange } from '@urql/core'
import { pipe, subscribe } from 'wonka'
import { expect, test } from 'vitest'
import { createCache } from '../../dashboard/src/graphql/cache.ts'
import { renewing } from '../../dashboard/src/graphql/renewing.ts'

const release = /* GraphQL */ `
  query Release($id: ID!, $after: String) {
    release(id: $id, after: $after) {
      id
      title
    }
  }
`
const rename = /* GraphQL */ `
  mutation Rename($title: String!) {
    rename(title: $title) {
      id
      title
    }
  }
`

/** A client whose cache is begun anew after three answers, and a server that names the release and holds back on demand. */
function aClient() {
  const state = { caches: 0, asked: [] as string[], title: 'first', hold: Promise.resolve() }
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { query, variables } = JSON.parse(String(init!.body)) as { query: string; variables: Record<string, string> }
    state.asked.push(variables.id ?? 'rename')
    await state.hold
    if (query.includes('mutation')) state.title = variables.title!
    const one = { __typename: 'Release', id: variables.id ?? 'rls_shown', title: state.title }
    return Response.json({ data: query.includes('mutation') ? { rename: one } : { release: one } })
  }
  const make = () => (state.caches++, createCache())
  const client = new Client({
    url: 'http://nowhere',
    preferGetMethod: false,
    exchanges: [renewing(make, 3), fetchExchange],
    fetch: fetch as typeof globalThis.fetch,
  })
  const show = (variables: { id: string; after?: string }) => {
    const titles: string[] = []
    const shown = pipe(
      client.query<{ release: { title: string } }>(release, variables),
      subscribe(({ data }) => void (data && titles.at(-1) !== data.release.title && titles.push(data.release.title))),
    )
    return { titles, close: () => shown.unsubscribe() }
  }
  const ask = (id: string) => client.query(release, { id }, { requestPolicy: 'network-only' }).toPromise()
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20))
  return { client, state, show, ask, settle }
}

test('a cache is begun anew after so many answers, and what is shown is asked again and stays true', async () => {
  const { client, state, show, ask, settle } = aClient()
  const { titles } = show({ id: 'rls_shown' })
  await ask('rls_1')
  expect(state.caches).toBe(1)
  state.title = 'second'
  await ask('rls_2')
  await settle()
  expect(state.caches).toBe(2)
  expect(state.asked).toEqual(['rls_shown', 'rls_1', 'rls_2', 'rls_shown'])
  expect(titles).toEqual(['first', 'second'])
  // The new cache knows what is shown: what a mutation answers reaches it.
  await client.mutation(rename, { title: 'third' }).toPromise()
  await settle()
  expect(titles).toEqual(['first', 'second', 'third'])
})

test('a page that was left is not asked again', async () => {
  const { state, show, ask, settle } = aClient()
  const { close } = show({ id: 'rls_shown' })
  await settle()
  close()
  await ask('rls_1')
  await ask('rls_2')
  await settle()
  expect(state.caches).toBe(2)
  expect(state.asked).toEqual(['rls_shown', 'rls_1', 'rls_2'])
})

test('nothing is begun anew while a request is under way, whose answer would be lost', async () => {
  const { client, state, ask, settle } = aClient()
  let release = () => {}
  for (const id of ['rls_1', 'rls_2']) await ask(id)
  state.hold = new Promise((resolve) => (release = resolve))
  const held = client.mutation(rename, { title: 'held' }).toPromise()
  await settle()
  const hold = state.hold
  state.hold = Promise.resolve()
  await ask('rls_3')
  expect(state.caches).toBe(1)
  release()
  await hold
  expect((await held).data).toMatchObject({ rename: { title: 'held' } })
  await settle()
  expect(state.caches).toBe(2)
})

test('a list that went on by a cursor keeps its earlier pages: the cache stays until the list is left', async () => {
  const { state, show, ask, settle } = aClient()
  const { close } = show({ id: 'rls_shown', after: 'page 2' })
  for (const id of ['rls_1', 'rls_2', 'rls_3', 'rls_4']) await ask(id)
  await settle()
  expect(state.caches).toBe(1)
  close()
  await ask('rls_5')
  await settle()
  expect(state.caches).toBe(2)
})
