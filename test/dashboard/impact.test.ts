import { expect, test } from 'vitest'
import {
  filterOfClasses,
  graphOf,
  leftOutWords,
  reachedOf,
  relationsOf,
  type Reached,
} from '../../dashboard/src/features/item/impact.ts'

const item = (id: string) => ({ id, name: id, className: 'ComputerSystem', state: 'PRODUCTION' as const })
/** web dependsOn api dependsOn cache, asked from the cache: every edge points towards the root. */
const impact: Reached = {
  root: item('cache'),
  between: [],
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

const words = new Map([['dependsOn', { title: 'depends on', inverseTitle: 'is depended on by' }]])

test('the root stands first, at no distance', () => {
  expect(reachedOf(impact).map((node) => [node.item.id, node.distance])).toEqual([
    ['cache', 0],
    ['api', 1],
    ['web', 2],
  ])
})

test('edges lead away from the root, whichever end the relationship calls its source, and are named as they lead', () => {
  const { edges } = graphOf(impact, () => 'Computer system', words)
  expect(edges).toEqual([
    { source: 'cache', target: 'api', label: 'is depended on by', back: 'depends on' },
    { source: 'api', target: 'web', label: 'is depended on by', back: 'depends on' },
  ])
})

test('a node says what class it is of, how it is, and how many neighbours are not drawn', () => {
  const { nodes } = graphOf(impact, () => 'Computer system', words)
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

test('narrowed to a class, it draws pale what stands on the way and invents no edge', () => {
  const narrowed: Reached & { total: number } = {
    ...impact,
    total: 1,
    nodes: [{ item: item('web'), distance: 2, hiddenCount: 0, viaId: 'api' }],
    between: [{ item: { ...item('api'), className: 'Application' }, distance: 1, hiddenCount: 0, viaId: 'cache' }],
  }
  const { nodes, edges } = graphOf(narrowed, () => 'Some class', words)
  expect(nodes.map(({ id, pale }) => [id, pale ?? false])).toEqual([
    ['cache', false],
    ['api', true],
    ['web', false],
  ])
  expect(edges.map(({ source, target }) => [source, target])).toEqual([
    ['cache', 'api'],
    ['api', 'web'],
  ])
  expect(leftOutWords(narrowed, 3)).toBe(
    '2 of 3 hidden by filter; one of them stays, pale, because the way to others leads through it.',
  )
  expect(leftOutWords({ ...narrowed, between: [] }, 3)).toBe('2 of 3 hidden by filter.')
  expect(leftOutWords(narrowed, 1)).toBeNull()
  expect(filterOfClasses('')).toEqual({ filter: null, narrowed: false })
  expect(filterOfClasses('Application,Site')).toEqual({
    filter: { classNames: ['Application', 'Site'] },
    narrowed: true,
  })
})

test('the twin reads each relationship from the row to the item before it', () => {
  expect([...relationsOf(impact, words)]).toEqual([
    ['api', 'depends on cache'],
    ['web', 'depends on api'],
  ])
})
