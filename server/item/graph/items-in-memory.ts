/**
 * The list of items by name out of the graph in memory, for selections that ask for no more than it knows: the same order
 * and cursors as the list from PostgreSQL (item.reads.ts), without a statement for the page.
 */
import type { GraphQLResolveInfo } from 'graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import { pageRequest, toPage, type Page } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { asksOnlyFor } from '../../kernel/selection.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import type { ItemListArgs } from '../item.inputs.ts'
import { orderNameOf } from '../item-order.ts'
import { seeing } from './node-filter.ts'
import { FIELDS_IN_MEMORY, fromMemory, itemsOf } from './in-memory.ts'

const OF_CONNECTION = new Set(['__typename', 'nodes', 'pageInfo'])
/** Of more items that the caller does not see PostgreSQL finds its way round by an index. */
const MOST = 2_000

/** One item that the caller sees; null when the graph in memory does not know it, is not current, or lacks what is asked for. */
export function itemInMemory(
  context: Context,
  uuid: string,
  info: GraphQLResolveInfo,
): ConfigurationItem | null | Promise<ConfigurationItem | null> {
  if (!asksOnlyFor(info, [], FIELDS_IN_MEMORY)) return null
  return fromMemory(context, info, () =>
    context.services.topology.ask((graph) => {
      const node = graph.ordinalOf(uuid)
      if (node === undefined || graph.nodes.live[node] !== 1) return null
      return seeing(graph, viewerOf(context).reach('estate.read'))(node) ? itemsOf(context)(graph, node) : null
    }),
  )
}

/** Null when the graph in memory cannot answer: not there, not current, or asked for what it does not know. */
export function itemsInMemory(
  context: Context,
  { at, filter, orderBy, ...args }: ItemListArgs,
  info: GraphQLResolveInfo,
): Page<ConfigurationItem> | null | Promise<Page<ConfigurationItem> | null> {
  const order = orderBy ?? { field: 'NAME', direction: 'ASC' }
  if (at || Object.values(filter ?? {}).some((value) => value != null) || order.field !== 'NAME') return null
  if (!asksOnlyFor(info, [], OF_CONNECTION) || !asksOnlyFor(info, ['nodes'], FIELDS_IN_MEMORY)) return null
  const request = pageRequest(args)
  const orderName = orderNameOf(order)
  const { from, forward, limit } = request
  // A cursor of another order is refused by who reads from PostgreSQL.
  if (from && (from.length !== 3 || from[0] !== orderName)) return null
  const onwards = forward === (order.direction === 'ASC')
  return fromMemory(context, info, () =>
    context.services.topology.ask((graph) => {
      if (!graph.isBytewise) return null
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      const itemOf = itemsOf(context)
      const found: ConfigurationItem[] = []
      let looked = 0
      for (const node of graph.order.walk(from && [from[1]!, from[2]!], onwards)) {
        if (++looked > MOST) return null
        if (sees(node) && found.push(itemOf(graph, node)) > limit) break
      }
      const total = () => Promise.reject(new Error('The total is not known here'))
      return toPage(found, request, (item) => [orderName, item.name, item.uuid], total)
    }),
  )
}
