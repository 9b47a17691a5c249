/**
 * The relationships of an item out of the graph in memory, for selections that ask for no more than it knows: the same
 * order, cursors and counts as the list from PostgreSQL (item.reads.ts), without a statement and without entities.
 */
import type { GraphQLResolveInfo } from 'graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import { batch } from '../../kernel/batch.ts'
import { pageRequest, toPage, type Page } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { leanFrom } from '../../kernel/lean.ts'
import { asksOnlyFor } from '../../kernel/selection.ts'
import type { Graph } from './graph.ts'
import { seeing } from './impact.ts'
import { ConfigurationItem } from '../item.entity.ts'
import type { RelationshipListArgs } from '../item.inputs.ts'
import type { ItemState } from '../item.lifecycle.ts'
import { Relationship, type RelationDirection } from '../relationship.entity.ts'

/** What can be asked of a relationship, and of the item at its other end, without a statement. */
const OF_RELATIONSHIP = new Set(['__typename', 'id', 'type', 'direction', 'other', 'source', 'target'])
const OF_ITEM = new Set([
  ...['__typename', 'id', 'ordinal', 'name', 'className', 'state', 'authorized'],
  ...['relationships', 'impact', 'neighbourhood', 'site'],
])
/** More are sorted by PostgreSQL, so that nobody waits for this process. */
const MOST = 5_000

/** Null when the graph in memory cannot answer: not there, not current, or asked for what it does not know. */
export async function relationshipsInMemory(
  context: Context,
  item: ConfigurationItem,
  { types, direction, ...args }: RelationshipListArgs,
  info: GraphQLResolveInfo,
): Promise<Page<Relationship> | null> {
  if (item.asOf || context.em.isInTransaction() || context.reached !== undefined) return null
  if (!asksOnlyFor(info, ['nodes'], OF_RELATIONSHIP)) return null
  const request = pageRequest(args)
  if (!(await currentGraph(context))) return null
  const { topology } = context.services
  const make = { item: leanFrom(context.em, ConfigurationItem), relationship: leanFrom(context.em, Relationship) }
  const found = topology.ask((graph) => {
    const node = graph.ordinalOf(item.uuid)
    if (!graph.isBytewise || node === undefined || graph.edges.degree(node) > MOST) return null
    const sees = seeing(graph, viewerOf(context).reach('estate.read'))
    const lines: Line[] = []
    graph.edges.each(node, (other, type, isOut, uuid) => {
      const typeName = graph.types[type]!
      if (types && !types.includes(typeName)) return
      if ((direction && direction !== (isOut ? 'OUT' : 'IN')) || !sees(other)) return
      lines.push({ other, type: typeName, name: graph.nodes.names[other]!, isOut, uuid })
    })
    const sign = request.forward ? 1 : -1
    lines.sort((a, b) => sign * order(a, [b.type, b.name, b.uuid]))
    const { from } = request
    const begin = from ? lines.findIndex((line) => sign * order(line, [from[0]!, from[1]!, () => from[2]!]) > 0) : 0
    const shown = begin < 0 ? [] : lines.slice(begin, begin + request.limit + 1)
    return { count: lines.length, shown: shown.map((line) => relationshipOf(make, graph, item, line)) }
  })
  if (!found) return null
  const cursor = (one: Relationship) => [one.typeName, one.otherInMemory!.name, one.uuid]
  return toPage(found.shown, request, cursor, async () => found.count)
}

/** The item at the other end as memory knows it, when no more is asked of it. */
export function otherInMemory(relationship: Relationship, info: GraphQLResolveInfo): ConfigurationItem | null {
  const { otherInMemory: other } = relationship
  return other && asksOnlyFor(info, [], OF_ITEM) ? other : null
}

/** Once for a request: its answers are of one moment, as far as that is to be had without a transaction. */
async function currentGraph(context: Context): Promise<boolean> {
  const load = async () => new Map([['now', await context.services.topology.isCurrent()]])
  return (await batch(context, 'graphIsCurrent', 'now', load)) ?? false
}

interface Line {
  other: number
  type: string
  name: string
  isOut: boolean
  uuid: () => string
}

function order(line: Line, [type, name, uuid]: readonly [string, string, () => string]): number {
  return compare(line.type, type) || compare(line.name, name) || compare(line.uuid(), uuid())
}

/** As PostgreSQL compares bytes: by code point, not by the halves of UTF-16. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x === y) continue
    if (x >= 0xd800 && y >= 0xd800) return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

const isHalf = (unit: number) => unit >= 0xd800 && unit <= 0xdfff

interface Makers {
  item: (values: Partial<ConfigurationItem>) => ConfigurationItem
  relationship: (values: Partial<Relationship>) => Relationship
}

function relationshipOf(
  make: Makers,
  graph: Graph,
  item: ConfigurationItem,
  { other, type, name, isOut, uuid }: Line,
): Relationship {
  const { nodes } = graph
  const otherId = nodes.uuid(other)
  const end = make.item({
    uuid: otherId,
    ordinal: other,
    name,
    className: nodes.className(other),
    state: nodes.state(other) as ItemState,
    siteId: nodes.site(other),
    scopeIds: nodes.scopeIds(other) as string[],
  })
  const direction: RelationDirection = isOut ? 'OUT' : 'IN'
  return make.relationship({
    uuid: uuid(),
    typeName: type,
    sourceId: isOut ? item.uuid : otherId,
    targetId: isOut ? otherId : item.uuid,
    seenFrom: direction,
    otherInMemory: end,
  })
}
