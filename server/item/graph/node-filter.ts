/** What of a graph somebody sees, and what of it an answer lists. */
import type { Reach } from '../../kernel/context.ts'
import type { Graph } from './graph.ts'

/** What an answer lists and counts; the way may lead through everything. */
export interface NodeFilter {
  classNames?: readonly string[] | null
  states?: readonly string[] | null
  /** UUIDs of sites. */
  siteIds?: readonly string[] | null
}

/** Whether the asker sees a node: asked once for every set of scopes, not for every node. */
export function seeing(graph: Graph, reach: Reach): (node: number) => boolean {
  if (reach === 'estate') return () => true
  const seen = graph.nodes.scopes.values.map((scopes) => scopes.some((scope) => reach.includes(scope)))
  return (node) => seen[graph.nodes.scopesOf[node]!]!
}

export function passing(graph: Graph, filter: NodeFilter | null | undefined): (node: number) => boolean {
  const { nodes } = graph
  const wanted = (values: readonly string[], names: readonly string[] | null | undefined) =>
    names && values.map((value) => names.includes(value))
  const classes = wanted(nodes.classes.values, filter?.classNames)
  const states = wanted(nodes.states.values, filter?.states)
  const sites = wanted(nodes.sites.values, filter?.siteIds)
  if (!classes && !states && !sites) return () => true
  return (node) =>
    (!classes || classes[nodes.classOf[node]!]!) &&
    (!states || states[nodes.stateOf[node]!]!) &&
    (!sites || sites[nodes.siteOf[node]!]!)
}
