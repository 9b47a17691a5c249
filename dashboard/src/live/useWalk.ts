import { createRequest, type AnyVariables, type Client, type DocumentInput } from '@urql/core'
import type { SelectionSetNode } from 'graphql'
import { computed, ref, toValue, watch, type MaybeRefOrGetter } from 'vue'

/** A list of a document that goes on by a cursor: `field(after: $variable)`, with the fields above it. */
interface Growing {
  path: string[]
  variable: string
}
interface PageInfo {
  hasNextPage: boolean
  endCursor?: string | null
}

/**
 * Pages of a list that were read one after the other. To read it again is to walk it anew from its beginning: what came
 * in or left moved the ends of the pages, so that an old cursor would leave a gap or show what is gone. `variables` are
 * those given, with the cursor that the latest walk came to.
 */
export function useWalk<Data, Variables extends AnyVariables>(
  client: Client,
  query: DocumentInput<Data, Variables>,
  given: MaybeRefOrGetter<Variables>,
) {
  const growing = growingOf(query)
  const read = () => ({ ...toValue(given) }) as Record<string, unknown>
  /** Cursors of earlier walks, and where the latest one stands instead. */
  const moved = ref(new Map<string, string | null>())
  const variables = computed(() => {
    const now = read()
    for (const { variable } of growing) {
      const cursor = now[variable]
      if (typeof cursor === 'string' && moved.value.has(cursor)) now[variable] = moved.value.get(cursor)
    }
    return now as Variables
  })
  const goneOn = () => growing.find(({ variable }) => typeof read()[variable] === 'string')
  const listOf = (all: Record<string, unknown>) =>
    JSON.stringify({ ...all, ...Object.fromEntries(growing.map(({ variable }) => [variable, null])) })

  let list = ''
  let cursors: (string | null)[] = [null]
  watch(
    variables,
    () => {
      const now = variables.value as Record<string, unknown>
      const of = listOf(now)
      const on = goneOn()
      if (of !== list || !on) {
        cursors = [null]
        if (moved.value.size) moved.value = new Map()
      }
      list = of
      const cursor = on ? (now[on.variable] as string | null) : null
      if (!cursors.includes(cursor)) cursors.push(cursor)
    },
    { immediate: true, flush: 'sync' },
  )

  /** Reads all pages again, one after the other; false when something else has to be asked. */
  async function again(): Promise<boolean> {
    const on = goneOn()
    const [of, before, start] = [list, cursors, read()]
    if (!on || before.length < 2) return false
    const fresh: (string | null)[] = [null]
    for (let page = 0; page < before.length; page++) {
      const asked = { ...start, [on.variable]: fresh[page] } as Variables
      const { data, error } = await client.query(query, asked, { requestPolicy: 'network-only' }).toPromise()
      if (list !== of) return true
      const info = (listIn(data, on.path) as { pageInfo: PageInfo } | null | undefined)?.pageInfo
      if (error || !info) return false
      if (page === before.length - 1 || !info.hasNextPage || !info.endCursor) break
      fresh.push(info.endCursor)
    }
    const reached = read()[on.variable]
    // The reader may have gone back to the beginning meanwhile.
    if (cursors !== before || typeof reached !== 'string') return true
    cursors = fresh
    moved.value = new Map([[reached, fresh.at(-1)!]])
    return true
  }
  return { variables, again }
}

const listIn = (data: unknown, path: readonly string[]): unknown =>
  path.reduce((at: unknown, field) => (at as Record<string, unknown> | null | undefined)?.[field], data)

/** Fields of a query that take their cursor from a variable, also within the fields of one thing. */
function growingOf<Data, Variables extends AnyVariables>(query: DocumentInput<Data, Variables>): Growing[] {
  const document = createRequest(query, {} as Variables).query
  return document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition' ? growingIn(definition.selectionSet, []) : [],
  )
}

function growingIn(selections: SelectionSetNode | undefined, above: string[]): Growing[] {
  return (selections?.selections ?? []).flatMap((field) => {
    if (field.kind !== 'Field') return []
    const path = [...above, (field.alias ?? field.name).value]
    const after = field.arguments?.find(({ name }) => name.value === 'after')?.value
    return after?.kind === 'Variable'
      ? [{ path, variable: after.name.value }]
      : growingIn(field.selectionSet as SelectionSetNode | undefined, path)
  })
}
