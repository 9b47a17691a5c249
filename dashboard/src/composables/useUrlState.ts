import { parse, type BaseIssue, type BaseSchema, type InferOutput } from 'valibot'
import { computed, inject, type InjectionKey, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

type Shape = Record<string, BaseSchema<unknown, string | null | undefined, BaseIssue<unknown>>>
export type State<S extends Shape> = { [K in keyof S]: InferOutput<S[K]> }

/** How a page's parameters are written into its address, for who gives some of them a meaning beyond the page's own. */
export type WriteQuery = (query: LocationQuery, page: string) => LocationQuery
/** main.ts provides it. */
export const writeQueryKey: InjectionKey<WriteQuery> = Symbol('writeQuery')

/**
 * The URL is the state: one writable ref per query parameter. Each schema must accept anything and fall back to its
 * default (`v.fallback(v.picklist([...]), 'all')`); a default is left out of the address. Setting replaces the entry in
 * the history; pass `push` for what the back button should undo.
 */
export function useUrlState<S extends Shape>(shape: S, { push = false } = {}) {
  const route = useRoute()
  const router = useRouter()
  const write = inject(writeQueryKey, (query) => query)
  const refs = {} as { [K in keyof S]: WritableComputedRef<State<S>[K]> }
  let pending: LocationQuery | null = null
  /** Several parameters set in one tick make one navigation. */
  const set = (key: string, value: unknown, fallback: unknown) => {
    if (!pending) {
      queueMicrotask(() => {
        const query = write(pending!, route.path)
        pending = null
        void router[push ? 'push' : 'replace']({ query, hash: route.hash })
      })
    }
    pending = withParameter(pending ?? route.query, key, value, fallback)
  }
  for (const key of Object.keys(shape) as (keyof S & string)[]) {
    refs[key] = computed({
      get: () => read(shape[key]!, route.query, key),
      set: (value) => set(key, value, read(shape[key]!, {}, key)),
    }) as (typeof refs)[typeof key]
  }
  return refs
}

/** What an address says of the page, such as one that is not open. */
export function stateOf<S extends Shape>(shape: S, query: LocationQuery): State<S> {
  return Object.fromEntries(Object.keys(shape).map((key) => [key, read(shape[key]!, query, key)])) as State<S>
}

/** The value of one parameter, checked. */
export function read<S extends Shape[string]>(schema: S, query: LocationQuery, key: string): InferOutput<S> {
  const raw = query[key]
  return parse(schema, Array.isArray(raw) ? raw[0] : raw)
}

/** The query with one parameter set; null, '' and the default take it out. */
export function withParameter(query: LocationQuery, key: string, value: unknown, fallback: unknown): LocationQuery {
  const { [key]: _old, ...rest } = query
  return value === fallback || value === null || value === undefined || value === ''
    ? rest
    : { ...rest, [key]: String(value) }
}
