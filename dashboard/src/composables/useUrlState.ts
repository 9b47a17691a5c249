import { parse, type BaseIssue, type BaseSchema, type InferOutput } from 'valibot'
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

type Shape = Record<string, BaseSchema<unknown, string | null | undefined, BaseIssue<unknown>>>
type State<S extends Shape> = { [K in keyof S]: InferOutput<S[K]> }

/**
 * The URL is the state: one writable ref per query parameter. Each schema must accept anything and fall back to its
 * default (`v.fallback(v.picklist([...]), 'all')`); a default is left out of the address. Setting replaces the entry in
 * the history; pass `push` for what the back button should undo.
 */
export function useUrlState<S extends Shape>(shape: S, { push = false } = {}) {
  const route = useRoute()
  const router = useRouter()
  const refs = {} as { [K in keyof S]: WritableComputedRef<State<S>[K]> }
  let pending: LocationQuery | null = null
  /** Several parameters set in one tick make one navigation. */
  const set = (key: string, value: unknown, fallback: unknown) => {
    if (!pending) {
      queueMicrotask(() => {
        const query = pending!
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
