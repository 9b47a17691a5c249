import { describe, expect, test } from 'vitest'
import { nodeSize, placeGraph, walk } from '../../dashboard/src/components/graph-layout.ts'

const node = (id: string) => ({ id, label: id, tone: 'confirmed' as const })
const edge = (source: string, target: string) => ({ source, target })
/** cache ← api ← two webs: what suffers when the cache changes, from left to right. */
const nodes = ['cache', 'api', 'web-1', 'web-2'].map(node)
const edges = [edge('cache', 'api'), edge('api', 'web-1'), edge('api', 'web-2')]
const placed = placeGraph(nodes, edges)
const at = (id: string) => placed.nodes.find((each) => each.id === id)!

describe('the layout of the item graph', () => {
  test('places what is affected to the right of what affects it', () => {
    expect(at('api').x).toBeGreaterThanOrEqual(at('cache').x + nodeSize.width)
    expect(at('web-1').x).toBeGreaterThanOrEqual(at('api').x + nodeSize.width)
    expect(at('web-1').x).toBe(at('web-2').x)
  })

  test('lets no two nodes overlap and keeps all of them inside the picture', () => {
    expect(Math.abs(at('web-1').y - at('web-2').y)).toBeGreaterThanOrEqual(nodeSize.height)
    for (const { x, y } of placed.nodes) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(y).toBeGreaterThanOrEqual(0)
      expect(x + nodeSize.width).toBeLessThanOrEqual(placed.width)
      expect(y + nodeSize.height).toBeLessThanOrEqual(placed.height)
    }
  })

  test('gives the same picture for the same graph', () => {
    expect(placeGraph(nodes, edges)).toEqual(placed)
  })

  test('draws no edge to a node that is not listed', () => {
    expect(placeGraph(nodes, [...edges, edge('web-1', 'unlisted')]).edges).toHaveLength(edges.length)
  })

  test('draws an edge from the middle of the right side to the middle of the left one', () => {
    const { path } = placed.edges.find(({ source }) => source === 'cache')!
    const from = at('cache')
    const to = at('api')
    expect(path.startsWith(`M${from.x + nodeSize.width} ${from.y + nodeSize.height / 2} `)).toBe(true)
    expect(path.endsWith(` ${to.x} ${to.y + nodeSize.height / 2}`)).toBe(true)
  })

  test('keeps two relationships between the same items apart', () => {
    expect(placeGraph(nodes, [...edges, edge('cache', 'api')]).edges).toHaveLength(edges.length + 1)
  })

  test('leads a long edge through the columns between, past the nodes that stand there', () => {
    const { path } = placeGraph(nodes, [...edges, edge('cache', 'web-1')]).edges.at(-1)!
    expect(path.split(' C')).toHaveLength(3)
  })

  test('crosses no edges where it need not', () => {
    const crossed = ['root', 'a', 'b', 'of-b', 'of-a'].map(node)
    const picture = placeGraph(crossed, [edge('root', 'a'), edge('root', 'b'), edge('b', 'of-b'), edge('a', 'of-a')])
    const y = (id: string) => picture.nodes.find((each) => each.id === id)!.y
    expect(Math.sign(y('a') - y('b'))).toBe(Math.sign(y('of-a') - y('of-b')))
  })

  test('draws a ring, and every node of it once', () => {
    const { nodes: drawn, edges: ways } = placeGraph(nodes, [...edges, edge('web-1', 'cache')])
    expect([drawn.length, ways.length]).toEqual([4, 4])
    expect(new Set(drawn.map(({ x, y }) => `${x} ${y}`)).size).toBe(4)
  })

  test('puts what was reached by a way that is not drawn behind the nearest node of that way', () => {
    const { nodes: drawn } = placeGraph([...nodes, { ...node('behind'), via: 'api' }], edges)
    expect(drawn.at(-1)!.x).toBe(at('web-1').x)
  })

  test('places 400 nodes within a second on a busy machine', () => {
    const many = Array.from({ length: 400 }, (_, i) => node(`n${i}`))
    const tree = many.slice(1).map(({ id }, i) => edge(`n${Math.floor(i / 4)}`, id))
    const started = performance.now()
    expect(placeGraph(many, tree).nodes).toHaveLength(400)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('the arrow keys on the item graph', () => {
  test('walk along the edges to the right and to the left', () => {
    expect(walk('ArrowRight', 'cache', placed)).toBe('api')
    expect(walk('ArrowLeft', 'api', placed)).toBe('cache')
    expect(walk('ArrowLeft', 'cache', placed)).toBeNull()
  })

  test('walk up and down among the nodes of one layer', () => {
    const [upper, lower] = ['web-1', 'web-2'].sort((a, b) => at(a).y - at(b).y)
    expect(walk('ArrowDown', upper!, placed)).toBe(lower)
    expect(walk('ArrowUp', lower!, placed)).toBe(upper)
    expect(walk('ArrowUp', upper!, placed)).toBeNull()
  })

  test('leave other keys to others', () => {
    expect(walk('Enter', 'cache', placed)).toBeNull()
  })
})
