import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Graph } from '../../server/item/graph/graph.ts'
import { components } from '../../server/item/graph/cycles.ts'
import { pathBetween, ringThrough } from '../../server/item/graph/path.ts'
import { stepsOf } from '../../server/item/graph/impact.ts'
import { neighbourhoodOf } from '../../server/item/graph/neighbourhood.ts'
import type { Steps } from '../../server/item/graph/walk.ts'

interface Drawn {
  graph: Graph
  uuids: string[]
  edge(source: number, target: number, type?: string): string
}

/** A graph of `count` computers without relationships. */
function drawn(count: number, facts: Record<number, { state?: string; minimum?: number }> = {}): Drawn {
  const graph = new Graph()
  const uuids = Array.from({ length: count }, () => randomUUID())
  uuids.forEach((uuid, ordinal) =>
    graph.setNode(ordinal, { uuid, className: 'ComputerSystem', scopeIds: [], ...facts[ordinal] }),
  )
  return {
    graph,
    uuids,
    edge(source, target, type = 'dependsOn') {
      const uuid = randomUUID()
      graph.addEdge(uuid, source, target, type)
      return uuid
    },
  }
}

const all = () => true
/** Whoever points at something suffers from it. */
const rules = { relationshipType: () => ({ impact: 'TARGET_TO_SOURCE' as const }) }

function reached(graph: Graph, roots: number[], steps: Steps): number[] {
  return graph.withWalk((walk) => {
    walk.run(graph, roots, steps, Infinity)
    return [...walk.queue.subarray(walk.roots, walk.length)].sort((a, b) => a - b)
  })
}

const pair = fc.tuple(fc.nat(9), fc.nat(9)).filter(([a, b]) => a !== b)

test('what is added, removed and merged in any order is found from both ends', () => {
  const deed = fc.oneof(
    pair,
    fc.constant('merge' as const),
    fc.nat(40).map((drop) => ({ drop })),
  )
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
      const { graph, uuids, edge } = drawn(10)
      const there = new Map<string, [number, number]>()
      for (const one of deeds) {
        if (one === 'merge') graph.build()
        else if (Array.isArray(one)) there.set(edge(...one), one)
        else {
          const [uuid, ends] = [...there][one.drop] ?? []
          if (!uuid || !ends) continue
          graph.edges.remove(uuid, ends[0])
          there.delete(uuid)
        }
      }
      const found = uuids.flatMap((_, node) => {
        const lines: string[] = []
        graph.edges.each(node, (other, _type, isOut, at) => {
          lines.push(
            isOut
              ? `${graph.edges.uuid(at)} ${node} ${other} from its source`
              : `${graph.edges.uuid(at)} ${other} ${node} from its target`,
          )
        })
        return lines
      })
      const wanted = [...there].flatMap(([uuid, [source, target]]) =>
        ['source', 'target'].map((end) => `${uuid} ${source} ${target} from its ${end}`),
      )
      expect(found.sort()).toEqual(wanted.sort())
      expect(graph.edges.count).toBe(there.size)
    }),
  )
})

test('one of three members of a group is fine, two are not, and what is behind the group is affected only then', () => {
  const { graph, edge } = drawn(6, { 3: { minimum: 2 } })
  for (const member of [0, 1, 2]) edge(member, 3, 'memberOf')
  edge(3, 4, 'serves')
  edge(5, 0, 'serves')
  const type = (name: string) => graph.typeNumber(name)
  const steps: Steps = { out: new Uint8Array(256), into: new Uint8Array(256), membership: type('memberOf') }
  steps.out[type('memberOf')] = steps.out[type('serves')] = 1
  for (const merged of [false, true]) {
    if (merged) graph.build()
    expect(reached(graph, [0], steps)).toEqual([])
    expect(reached(graph, [0, 1], steps)).toEqual([3, 4])
    const held = graph.withWalk((walk) => walk.run(graph, [5], steps, Infinity).held(graph))
    expect(held).toEqual([{ node: 3, members: 3, affected: 1, minimum: 2 }])
  }
})

test('a decommissioned item is not affected, and nothing behind it is', () => {
  const { graph, edge } = drawn(3, { 1: { state: 'DECOMMISSIONED' } })
  edge(1, 0)
  edge(2, 1)
  expect(reached(graph, [0], stepsOf(graph, rules, 'DEPENDANTS'))).toEqual([])
})

test('the shortest path is found through what the asker sees, with its relationships and their directions', () => {
  const { graph, uuids, edge } = drawn(5)
  const first = edge(1, 0)
  const second = edge(1, 2)
  edge(3, 0)
  edge(4, 3)
  edge(4, 2)
  const any = stepsOf(graph, rules, 'ANY')
  expect(pathBetween(graph, 0, 2, any, 20, all)).toEqual([
    { uuid: uuids[0], relationship: null },
    { uuid: uuids[1], relationship: { uuid: first, direction: 'IN' } },
    { uuid: uuids[2], relationship: { uuid: second, direction: 'OUT' } },
  ])
  expect(pathBetween(graph, 0, 2, any, 20, (node) => node !== 1)).toHaveLength(4)
  expect(pathBetween(graph, 0, 2, any, 1, all)).toBeNull()
  expect(pathBetween(graph, 0, 2, stepsOf(graph, rules, 'DEPENDANTS'), 20, all)).toBeNull()
})

test('rings are found, the largest set first, merged or not', () => {
  const { graph, edge } = drawn(8)
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 0],
    [2, 3],
    [4, 5],
    [5, 4],
    [6, 7],
  ] as const)
    edge(a, b)
  const steps = stepsOf(graph, rules, 'DEPENDENCIES')
  for (const merged of [false, true]) {
    if (merged) graph.build()
    const walk = components(graph, steps, all)
    const found = walk.next().value as number[][]
    expect(found.map((one) => one.toSorted((a, b) => a - b))).toEqual([
      [0, 1, 2],
      [4, 5],
    ])
    expect(ringThrough(graph, 0, steps, new Set([0, 1, 2]))).toEqual([0, 1, 2])
  }
})

test('narrowed, an answer lists what passes and, if asked, the way to it, together no more than were asked for', () => {
  const passing = Array.from({ length: 38 }, (_, n) => [n + 2, { state: 'BUILD' }] as const)
  const { graph, uuids, edge } = drawn(40, Object.fromEntries(passing))
  // Everything hangs on 0 by way of 1, but for 2, which hangs on it itself.
  edge(1, 0)
  edge(2, 0)
  for (let node = 3; node < 40; node++) edge(node, 1)
  const question = { depth: 2, limit: 10, reach: 'estate' as const, filter: { states: ['BUILD'] } }
  const answer = neighbourhoodOf(graph, rules, 0, { ...question, withWay: true })
  expect(answer).toMatchObject({ total: 38, truncated: true, hidden: 0 })
  expect(answer.between).toEqual([{ uuid: uuids[1], distance: 1, via: uuids[0], hidden: 29 }])
  expect(answer.nodes).toHaveLength(9)
  expect(answer.nodes.slice(1).every(({ via }) => via === uuids[1])).toBe(true)
  expect(answer.edges).toHaveLength(10)
  const without = neighbourhoodOf(graph, rules, 0, question)
  expect([without.nodes.length, without.between, without.edges.length]).toEqual([10, [], 1])
  const one = neighbourhoodOf(graph, rules, 0, { ...question, limit: 1, withWay: true })
  expect([one.nodes.map(({ uuid }) => uuid), one.between]).toEqual([[uuids[2]], []])
})

test('a neighbourhood counts what it leaves out', () => {
  const { graph, uuids, edge } = drawn(12)
  for (let node = 1; node < 12; node++) edge(node, 0)
  edge(1, 2)
  const answer = neighbourhoodOf(graph, rules, 0, { depth: 1, limit: 3, reach: 'estate' })
  expect(answer).toMatchObject({ total: 11, truncated: true, hidden: 8 })
  expect(answer.nodes).toHaveLength(3)
  expect(neighbourhoodOf(graph, rules, 1, { depth: 1, limit: 9, reach: 'estate' }).nodes).toMatchObject([
    { uuid: uuids[0], distance: 1, hidden: 9 },
    { uuid: uuids[2], distance: 1, hidden: 0 },
  ])
})
