/**
 * The relationships of an item out of the graph in memory, for selections that ask for no more than it knows: the same
 * order, cursors and counts as the list from PostgreSQL (item.reads.ts), without a statement and without entities.
 */
import { viewerOf } from '../../kernel/authorize.ts'
import { pageRequest, toPage, type PageRequest } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { asksOnlyFor, perSelection } from '../../kernel/selection.ts'
import type { Shortcut } from '../../kernel/shortcut.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import type { RelationshipListArgs } from '../item.inputs.ts'
import { Relationship } from '../relationship.entity.ts'
import { bytewise } from './bytewise.ts'
import type { Graph } from './graph.ts'
import { seeing } from './node-filter.ts'
import { FIELDS_IN_MEMORY, FIELDS_WITHOUT_UUID, fromMemory, itemsOf } from './in-memory.ts'

/** What can be asked of a relationship without a statement, and what of that without its UUIDs. */
const OF_RELATIONSHIP = new Set(['__typename', 'id', 'type', 'direction', 'other', 'source', 'target'])
const WITHOUT_UUID = new Set(['__typename', 'type', 'direction', 'other'])
const OF_CONNECTION_WITHOUT_CURSOR = new Set(['__typename', 'nodes', 'totalCount'])
/** More are sorted by PostgreSQL, so that nobody waits for this process. */
const MOST = 5_000

/** What is to be made for a selection: nothing that nobody asked for. */
interface Wanted {
  /** Memory knows all that is asked of a relationship itself. */
  isKnown: boolean
  uuids: boolean
  other: 'nothing' | 'without UUID' | 'all'
}

/** Null when the graph in memory cannot answer: not there, not current, or asked for what it does not know. */
export const relationshipsInMemory: Shortcut<ConfigurationItem, RelationshipListArgs> = {
  type: 'ConfigurationItem',
  field: 'relationships',
  answer(item, args, context, info) {
    const wanted = wantedOf(info)
    if (item.asOf || !wanted.isKnown) return null
    const request = pageRequest(args)
    return fromMemory(context, info, () => {
      const make = relationshipsOf(context, wanted)
      return context.services.topology.ask((graph) => {
        const node = item.ordinal
        if (!graph.isBytewise || graph.nodes.names[node] === undefined || graph.edges.degree(node, sideOf(args)) > MOST)
          return null
        const sees = seeing(graph, viewerOf(context).reach('estate.read'))
        const lines = linesOf(graph, node, args, sees)
        const shown = cut(lines, request, (at) => graph.edges.uuid(at)).map((line) => make(graph, item, line))
        const nameOf = ({ otherId }: Relationship) => graph.nodes.names[graph.ordinalOf(otherId)!]!
        return toPage(
          shown,
          request,
          (one) => [one.typeName, nameOf(one), one.uuid],
          () => lines.length,
        )
      })
    })
  },
}

const wantedOf = perSelection((asked): Wanted => {
  const isKnown = asksOnlyFor(asked, ['nodes'], OF_RELATIONSHIP)
  const needsUuids =
    !asksOnlyFor(asked, ['nodes'], WITHOUT_UUID) || !asksOnlyFor(asked, [], OF_CONNECTION_WITHOUT_CURSOR)
  const knowsOther = asksOnlyFor(asked, ['nodes', 'other'], FIELDS_IN_MEMORY)
  if (!knowsOther) return { isKnown, uuids: true, other: 'nothing' }
  const isLean = asksOnlyFor(asked, ['nodes', 'other'], FIELDS_WITHOUT_UUID)
  return { isKnown, uuids: needsUuids, other: isLean ? 'without UUID' : 'all' }
})

/** The item at the other end as memory knows it, when no more is asked of it. */
export const otherInMemory: Shortcut<Relationship> = {
  type: 'Relationship',
  field: 'other',
  answer: ({ otherInMemory: other }) => other ?? null,
}

interface Line {
  other: number
  type: string
  name: string
  isOut: boolean
  /** Where its UUID is; see GraphEdges. */
  at: number
}

function linesOf(graph: Graph, node: number, args: RelationshipListArgs, sees: (node: number) => boolean): Line[] {
  const lines: Line[] = []
  graph.edges.each(
    node,
    (other, typeNumber, isOut, at) => {
      const type = graph.types[typeNumber]!
      if (args.types && !args.types.includes(type)) return
      if (sees(other)) lines.push({ other, type, name: graph.nodes.names[other]!, isOut, at })
    },
    sideOf(args),
  )
  const uuid = ({ at }: Line) => graph.edges.uuid(at)
  return lines.sort((a, b) => bytewise(a.type, b.type) || bytewise(a.name, b.name) || bytewise(uuid(a), uuid(b)))
}

const sideOf = ({ direction }: RelationshipListArgs) =>
  direction === 'OUT' ? 'leaving' : direction === 'IN' ? 'arriving' : undefined

/** The lines of the page and one more, in the order of its direction. */
function cut(lines: Line[], { from, forward, limit }: PageRequest, uuid: (at: number) => string): Line[] {
  if (!forward) lines.reverse()
  const sign = forward ? 1 : -1
  const isBehind = ({ type, name, at }: Line) =>
    sign * (bytewise(type, from![0]!) || bytewise(name, from![1]!) || bytewise(uuid(at), from![2]!)) > 0
  const begin = from ? lines.findIndex(isBehind) : 0
  return begin < 0 ? [] : lines.slice(begin, begin + limit + 1)
}

function relationshipsOf(context: Context, { uuids, other: wanted }: Wanted) {
  const Lean = context.services.topology.leanClass(Relationship)
  const itemOf = itemsOf(context, wanted === 'all')
  return (graph: Graph, item: ConfigurationItem, { other, type, isOut, at }: Line): Relationship => {
    const relationship = new Lean()
    relationship.typeName = type
    relationship.seenFrom = isOut ? 'OUT' : 'IN'
    if (uuids) {
      const otherId = graph.nodes.uuid(other)
      relationship.uuid = graph.edges.uuid(at)
      relationship.sourceId = isOut ? item.uuid : otherId
      relationship.targetId = isOut ? otherId : item.uuid
    }
    if (wanted !== 'nothing') relationship.otherInMemory = itemOf(graph, other)
    return relationship
  }
}
