import type { Cache, Resolver, ResolveInfo } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

type Arguments = Record<string, unknown>

const wholeList = relayPagination()

/**
 * For lists that grow by cursor: the list up to the page that is asked for, when its pages follow each other without a gap: the first one, the one
 * after its end, and so on. What was read on an earlier walk and is no longer on this one is left out. While a walk is
 * under way, everything known is shown, so that the list does not shrink for a moment.
 */
export const pagesInARow: Resolver = (parent, args, cache, info) => {
  const pages = walkTo(args, cache, info)
  if (!pages) return wholeList(parent, args, cache, info)
  const last = pages.at(-1)!
  const seen = new Set<unknown>()
  const nodes = pages.flatMap((page) => (cache.resolve(page, 'nodes') as unknown[] | null) ?? [])
  return {
    __typename: cache.resolve(last, '__typename') as string,
    nodes: nodes.filter((node) => !seen.has(node) && seen.add(node)),
    pageInfo: cache.resolve(last, 'pageInfo'),
  }
}

/** Keys of the pages from the first to the asked one; null when one of them is missing. */
function walkTo({ after = null, ...list }: Arguments, cache: Cache, { parentKey, fieldName }: ResolveInfo) {
  const wanted = sameness(list)
  const byCursor = new Map<unknown, string>()
  for (const { fieldName: name, fieldKey, arguments: its } of cache.inspectFields(parentKey)) {
    if (name !== fieldName || sameness(its ?? {}) !== wanted) continue
    const page = cache.resolve(parentKey, fieldKey)
    if (typeof page === 'string') byCursor.set((its?.after as string | undefined) ?? null, page)
  }
  const pages: string[] = []
  for (let cursor: unknown = null; pages.length <= byCursor.size;) {
    const page = byCursor.get(cursor)
    if (!page) return null
    pages.push(page)
    if (cursor === after) return pages
    const pageInfo = cache.resolve(page, 'pageInfo')
    cursor = typeof pageInfo === 'string' ? cache.resolve(pageInfo, 'endCursor') : null
  }
  return null
}

/** The arguments apart from the cursor, in one order. */
const sameness = ({ after: _, first: __, ...list }: Arguments) =>
  JSON.stringify(list, (_key, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : (value ?? undefined),
  )
