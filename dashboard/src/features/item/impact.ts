import type { GraphEdge, GraphNode } from '../../components/graph-layout.ts'
import type { ImpactViewQuery } from '../../gql/graphql.ts'
import { toneOf, wordsOf } from '../../graphql/states.ts'

export type Impact = NonNullable<ImpactViewQuery['configurationItem']>['impact']

/** What an impact and the surroundings of an item have in common. */
export type Reached = Pick<Impact, 'root' | 'nodes' | 'between' | 'edges'>

/** A relationship type, by how it is read from either end. */
export type RelationWords = ReadonlyMap<string, { title: string; inverseTitle: string }>

/** The root with everything listed, the root first at distance 0. */
export function reachedOf(impact: Reached) {
  const listed = impact.nodes.filter(({ item }) => item.id !== impact.root.id)
  return [{ item: impact.root, distance: 0, hiddenCount: 0, viaId: null }, ...listed]
}

/** Asks only for items of these classes, named with commas; with none of them for all. */
export function filterOfClasses(classes: string): { filter: { classNames: string[] } | null; narrowed: boolean } {
  const classNames = classes.split(',').filter(Boolean)
  return { filter: classNames.length ? { classNames } : null, narrowed: classNames.length > 0 }
}

/**
 * The answer as a graph from left to right: edges lead away from the root, whichever end the relationship calls source.
 * What is not wanted is drawn only where the way leads through it, and pale: no edge is there that no relationship is.
 */
export function graphOf(
  impact: Reached,
  titleOf: (className: string) => string,
  words: RelationWords,
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const pale = new Set(impact.between.map(({ item }) => item.id))
  const reached = [...reachedOf(impact), ...impact.between].toSorted((a, b) => a.distance - b.distance)
  const distance = new Map(reached.map((node) => [node.item.id, node.distance]))
  const nodes = reached.map(({ item, hiddenCount, viaId }) => ({
    id: item.id,
    label: item.name,
    note: titleOf(item.className),
    tone: toneOf(item.state),
    state: wordsOf(item.state),
    hidden: hiddenCount,
    via: viaId,
    ...(pale.has(item.id) && { pale: true }),
  }))
  const drawn = impact.edges.filter(({ sourceId, targetId }) => distance.has(sourceId) && distance.has(targetId))
  const edges = drawn.map(({ sourceId, targetId, type }) => {
    const [there, back] = [words.get(type)?.title ?? type, words.get(type)?.inverseTitle ?? type]
    return distance.get(sourceId)! <= distance.get(targetId)!
      ? { source: sourceId, target: targetId, label: there, back }
      : { source: targetId, target: sourceId, label: back, back: there }
  })
  return { nodes, edges }
}

/** By what each listed item hangs together with the one before it on the way: "depends on api", by its id. */
export function relationsOf(impact: Reached, words: RelationWords): Map<string, string> {
  const names = new Map([...reachedOf(impact), ...impact.between].map(({ item }) => [item.id, item.name]))
  const titles = new Map<string, Set<string>>()
  const add = (from: string, to: string, title: string) => {
    const key = `${from} ${to}`
    titles.set(key, (titles.get(key) ?? new Set()).add(title))
  }
  for (const { sourceId, targetId, type } of impact.edges) {
    add(sourceId, targetId, words.get(type)?.title ?? type)
    add(targetId, sourceId, words.get(type)?.inverseTitle ?? type)
  }
  return new Map(
    impact.nodes.map(({ item, viaId }) => {
      const read = viaId && titles.get(`${item.id} ${viaId}`)
      return [item.id, viaId ? `${read ? [...read].join(', ') : 'through'} ${names.get(viaId) ?? ''}` : '']
    }),
  )
}

/** How much a filter leaves out of `all`, in words; null when it leaves out nothing. */
export function leftOutWords(
  { total, between }: { total: number; between: readonly unknown[] },
  all: number,
): string | null {
  if (total >= all) return null
  const hidden = `${all - total} of ${all} hidden by filter`
  if (!between.length) return `${hidden}.`
  return between.length === 1
    ? `${hidden}; one of them stays, pale, because the way to others leads through it.`
    : `${hidden}; ${between.length} of them stay, pale, because the way to others leads through them.`
}
