/** What answers from the graph in memory have in common: which fields it knows, whether it is current, its items. */
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../../kernel/context.ts'
import { ConfigurationItem } from '../item.entity.ts'
import type { ItemState } from '../item.lifecycle.ts'
import type { Graph } from './graph.ts'
import type {} from './topology.ts'

declare module '../../kernel/context.ts' {
  interface Context {
    /** Whether the graph in memory holds what was committed when a query first asked; the answers after it are of that moment. */
    graphIsCurrent?: boolean | Promise<boolean>
  }
}

/** What can be asked of an item that came from memory, without a statement or with one for all. */
export const FIELDS_IN_MEMORY: ReadonlySet<string> = new Set([
  ...['__typename', 'id', 'ordinal', 'name', 'className', 'state', 'authorized'],
  ...['relationships', 'impact', 'neighbourhood', 'site'],
])

/** What of that is known without the item's UUID. */
export const FIELDS_WITHOUT_UUID: ReadonlySet<string> = new Set([
  ...['__typename', 'ordinal', 'name', 'className', 'state', 'authorized', 'site'],
])

/** What `read` answers when the graph in memory is current, and null when it is not. */
export function fromMemory<T>(
  context: Context,
  info: GraphQLResolveInfo,
  read: () => T | null,
): T | null | Promise<T | null> {
  // Inside a transaction, and in a message about a number of the log, PostgreSQL knows more or less than memory.
  if (context.reached !== undefined) return null
  if (info.operation.operation === 'mutation' && context.em.isInTransaction()) return null
  const current = isCurrent(context, info)
  if (current instanceof Promise) return current.then((is) => (is ? read() : null))
  return current ? read() : null
}

function isCurrent(context: Context, info: GraphQLResolveInfo): boolean | Promise<boolean> {
  const { topology } = context.services
  // Between two mutations of a request much can change.
  if (info.operation.operation !== 'query') return topology.isCurrent()
  if (context.graphIsCurrent !== undefined) return context.graphIsCurrent
  const current = topology.isCurrent(context.log)
  context.graphIsCurrent = current instanceof Promise ? current.then((is) => (context.graphIsCurrent = is)) : current
  return context.graphIsCurrent
}

/** Makes items of what the graph knows of them; without their UUIDs, which cost more than the rest, where nobody asks. */
export function itemsOf(context: Context, withUuid = true): (graph: Graph, node: number) => ConfigurationItem {
  const Item = context.services.topology.leanClass(ConfigurationItem)
  return ({ nodes }, node) => {
    const item = new Item()
    if (withUuid) item.uuid = nodes.uuid(node)
    item.ordinal = node
    item.name = nodes.names[node]!
    item.className = nodes.className(node)
    item.state = nodes.state(node) as ItemState
    item.siteId = nodes.site(node)
    item.scopeIds = nodes.scopeIds(node) as string[]
    return item
  }
}
