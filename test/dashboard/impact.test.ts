import { expect, test } from 'vitest'
import { graphOf, leftOutWords, narrow, reachedOf, type Impact } from '../../dashboard/src/features/item/impact.ts'

const item = (id: string) => ({ id, name: id, className: 'ComputerSystem', state: 'PRODUCTION' as const })
/** web dependsOn api dependsOn cache, asked from the cache: every edge points towards the root. */
const impact: Impact = {
  total: 3,
  truncated: true,
  seq: 7,
  root: item('cache'),
  groups: [{ className: 'ComputerSystem', count: 3 }],
  services: [],
  held: [],
  nodes: [
    { item: item('api'), distance: 1, hiddenCount: 0, viaId: 'cache' },
    { item: item('web'), distance: 2, hiddenCount: 4, viaId: 'api' },
  ],
  edges: [
    { sourceId: 'api', targetId: 'cache', type: 'dependsOn' },
    { sourceId: 'web', targetId: 'api', type: 'dependsOn' },
    { sourceId: 'unlisted', targetId: 'api', type: 'dependsOn' },
  ],
}

test('the root stands first, at no distance', () => {
  expect(reachedOf(impact).map((node) => [node.item.id, node.distance])).toEqual([
    ['cache', 0],
    ['api', 1],
    ['web', 2],
  ])
})

test('edges lead away from the root, whichever end the relationship calls its source', () => {
  const { edges } = graphOf(impact, () => 'Computer system')
  expect(edges).toEqual([
    { source: 'cache', target: 'api', label: 'dependsOn' },
    { source: 'api', target: 'web', label: 'dependsOn' },
  ])
})

test('a node says what class it is of, how it is, and how many neighbours are not drawn', () => {
  const { nodes } = graphOf(impact, () => 'Computer system')
  expect(nodes[2]).toEqual({
    id: 'web',
    label: 'web',
    note: 'Computer system',
    tone: 'confirmed',
    state: 'production',
    hidden: 4,
    via: 'api',
  })
})

test('narrowed to a class, it keeps pale what stands on the way and invents no edge', () => {
  const mixed: Impact = {
    ...impact,
    nodes: [
      { item: { ...item('api'), className: 'Application' }, distance: 1, hiddenCount: 0, viaId: 'cache' },
      { item: { ...item('jobs'), className: 'Application' }, distance: 1, hiddenCount: 0, viaId: 'cache' },
      { item: item('web'), distance: 2, hiddenCount: 0, viaId: 'api' },
    ],
  }
  const narrowed = narrow(mixed, ['ComputerSystem'])
  const { nodes, edges } = graphOf(mixed, () => 'Some class', narrowed)
  expect(nodes.map(({ id, pale }) => [id, pale ?? false])).toEqual([
    ['cache', false],
    ['api', true],
    ['web', false],
  ])
  expect(edges.map(({ source, target }) => [source, target])).toEqual([
    ['cache', 'api'],
    ['api', 'web'],
  ])
  expect(leftOutWords(narrowed)).toBe(
    '2 of 3 hidden by filter; one of them stays, pale, because the way to others leads through it.',
  )
  expect(leftOutWords(narrow(mixed, ['Application']))).toBe('1 of 3 hidden by filter.')
  expect(leftOutWords(narrow(mixed, []))).toBeNull()
})
