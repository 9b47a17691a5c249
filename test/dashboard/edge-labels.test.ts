import { expect, test } from 'vitest'
import { CALM, placeLabels, widthOf, type EdgeLabel } from '../../dashboard/src/components/edge-labels.ts'
import { nodeSize, placeGraph } from '../../dashboard/src/components/graph-layout.ts'

const node = (id: string) => ({ id, label: id, tone: 'confirmed' as const })
const edge = (source: string, target: string, label = 'is depended on by', back = 'depends on') => ({
  source,
  target,
  label,
  back,
})
const fan = (many: number) => {
  const leaves = Array.from({ length: many }, (_, n) => `leaf-${n}`)
  return placeGraph(
    [node('root'), ...leaves.map(node)],
    leaves.map((leaf) => edge('root', leaf)),
  )
}
const labelsOf = ({ edges, nodes }: ReturnType<typeof placeGraph>) => placeLabels(edges, nodes)
const meet = (a: EdgeLabel, b: EdgeLabel) =>
  Math.abs(a.x - b.x) < (widthOf(a.text) + widthOf(b.text)) / 2 && Math.abs(a.y - b.y) < 14
/** No node is under it. */
const isClear = (one: EdgeLabel, { nodes }: ReturnType<typeof placeGraph>) => {
  const [left, right] = [one.x - widthOf(one.text) / 2, one.x + widthOf(one.text) / 2]
  return nodes.every(
    ({ x, y }) => right <= x || left >= x + nodeSize.width || one.y + 7 <= y || one.y - 7 >= y + nodeSize.height,
  )
}

test('each edge of a fan has its name, none on another, and all of them between the columns', () => {
  const picture = fan(CALM)
  const labels = labelsOf(picture)
  expect(labels).toHaveLength(CALM)
  for (const [at, one] of labels.entries()) {
    expect(labels.slice(at + 1).filter((other) => meet(one, other))).toEqual([])
    expect(isClear(one, picture)).toBe(true)
  }
})

test('a second relationship between the same two is named beside the first, and what finds no room is left out', () => {
  const two = [edge('root', 'leaf', 'contains', 'is in'), edge('root', 'leaf', 'runs on', 'runs')]
  const labels = labelsOf(placeGraph([node('root'), node('leaf')], two))
  expect(labels.map(({ text }) => text)).toEqual(['contains', 'runs on'])
  expect(meet(labels[0]!, labels[1]!)).toBe(false)
  const crowd = Array.from({ length: 30 }, () => edge('root', 'leaf'))
  expect(labelsOf(placeGraph([node('root'), node('leaf')], crowd)).length).toBeLessThan(10)
})

test('names read from left to right, also on an edge that leads back, and a long one is cut short', () => {
  const ring = placeGraph(
    [node('a'), node('b')],
    [edge('a', 'b', 'contains', 'is in'), edge('b', 'a', 'runs on', 'carries')],
  )
  expect(labelsOf(ring).map(({ text }) => text)).toEqual(['contains', 'carries'])
  const long = edge('a', 'b', 'is configured through the settings of')
  expect(labelsOf(placeGraph([node('a'), node('b')], [long]))[0]!.text).toBe('is configured through t…')
})

test('the name of an edge that passes behind a node does not stand under it', () => {
  const picture = placeGraph(['web', 'api', 'shop', 'site'].map(node), [
    edge('web', 'api'),
    edge('web', 'shop'),
    edge('api', 'site'),
    edge('web', 'site', 'is located in', 'holds'),
  ])
  for (const one of labelsOf(picture)) expect(isClear(one, picture)).toBe(true)
})
