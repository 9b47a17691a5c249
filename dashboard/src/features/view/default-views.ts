import type { Client } from '@urql/core'
import { inject, type InjectionKey } from 'vue'
import type { RouteLocationNormalized } from 'vue-router'
import type { WriteQuery } from '../../composables/useUrlState.ts'
import { graphql } from '../../gql/gql.ts'
import { isSamePlace, pageOf, withoutView } from './view-path.ts'

const DefaultViewDocument = graphql(`
  query DefaultView($path: String!) {
    defaultView(path: $path) {
      id
      view {
        id
        path
      }
    }
  }
`)

/** A page that opens late is worse than one that opens without its view. */
const patience = 1_500 // 1.5 s

export interface DefaultViews {
  /** For the router: leads on from a list whose address says nothing to the view that it opens with. */
  open(to: RouteLocationNormalized): Promise<string | undefined>
  /** Whoever takes the last filter away wants the page as it is; the address then says so, and a reload shows the same. */
  write: WriteQuery
  /** Where a saved path leads: to what it shows, also where nothing is filtered. */
  addressOf(path: string): string
  /** What is known of a page by now. */
  learn(page: string, view: { path: string } | null): void
}

/** Knows with which saved view each list opens. The address that one then sees is the view's own. */
export function createDefaultViews(client: Client, patienceInMs = patience): DefaultViews {
  /** Where each list opens; null: as it is; undefined: not answered yet, because its address said something. */
  const known = new Map<string, string | null | undefined>()
  const learn: DefaultViews['learn'] = (page, view) =>
    void known.set(page, view && !isSamePlace(view.path, page) ? view.path : null)
  /** Before the answer is there, it may. */
  const mayOpenElsewhere = (page: string) => known.has(page) && known.get(page) !== null
  const ask = async (page: string) => {
    const { data } = await client.query(DefaultViewDocument, { path: page }).toPromise()
    if (data) learn(page, data.defaultView?.view ?? null)
  }
  return {
    learn,
    async open({ meta, path, query }) {
      if (!meta.views) return undefined
      if (Object.keys(query).length > 0) {
        if (!known.has(path)) known.set(path, undefined)
        return undefined
      }
      await Promise.race([ask(path), new Promise((go) => setTimeout(go, patienceInMs))])
      return known.get(path) ?? undefined
    },
    write({ without: _, ...query }, page) {
      return Object.keys(query).length === 0 && mayOpenElsewhere(page) ? withoutView : query
    },
    addressOf: (path) =>
      isSamePlace(path, pageOf(path)) && mayOpenElsewhere(pageOf(path))
        ? `${pageOf(path)}?${new URLSearchParams(withoutView).toString()}`
        : path,
  }
}

/** main.ts provides it. */
export const defaultViewsKey: InjectionKey<DefaultViews> = Symbol('defaultViews')

export function useDefaultViews(): DefaultViews {
  const views = inject(defaultViewsKey)
  if (!views) throw new Error('createDefaultViews() was not provided to this application.')
  return views
}
