import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { lightAround, lightThrough } from '../../dashboard/src/components/graph-light.ts'
import GraphView from '../../dashboard/src/components/GraphView.vue'

const node = (id: string, via: string | null) => ({ id, label: id, tone: 'confirmed' as const, via })
const edge = (source: string, target: string) => ({ source, target })
/** cache → api → two webs, and cache → jobs → web-2 as a second way. */
const nodes = [
  node('cache', null),
  node('api', 'cache'),
  node('jobs', 'cache'),
  node('web-1', 'api'),
  node('web-2', 'api'),
]
const edges = [
  edge('cache', 'api'),
  edge('cache', 'jobs'),
  edge('api', 'web-1'),
  edge('api', 'web-2'),
  edge('jobs', 'web-2'),
]
const named = (lit: Iterable<{ source: string; target: string }>) =>
  [...lit].map(({ source, target }) => `${source}-${target}`)

test('the light on a node falls on its own edges and on its way from the root, not on the rest', () => {
  const light = lightAround('web-2', nodes, edges)
  expect([...light.nodes].sort()).toEqual(['api', 'cache', 'jobs', 'web-2'])
  expect(named(light.edges)).toEqual(['cache-api', 'api-web-2', 'jobs-web-2'])
  expect(named(lightAround('cache', nodes, edges).edges)).toEqual(['cache-api', 'cache-jobs'])
})

test('the light through a chosen node falls on everything before and behind it', () => {
  const light = lightThrough('api', edges)
  expect([...light.nodes].sort()).toEqual(['api', 'cache', 'web-1', 'web-2'])
  expect(named(light.edges)).toEqual(['api-web-1', 'api-web-2', 'cache-api'])
})

const view = (more = {}) =>
  mount(GraphView, { attachTo: document.body, props: { label: 'Graph', nodes, edges, selected: null, ...more } })
const faded = (wrapper: ReturnType<typeof view>) =>
  wrapper.findAll('[data-node].opacity-35').map((each) => each.attributes('data-node'))

test('under the mouse a node, its edges and its way stay strong, and the rest fades until the mouse leaves', async () => {
  const wrapper = view()
  await wrapper.get('[data-node="web-1"]').trigger('mouseenter')
  expect(wrapper.emitted('update:pointed')).toEqual([['web-1']])
  expect(faded(wrapper)).toEqual(['jobs', 'web-2'])
  expect(wrapper.findAll('path.stroke-accent')).toHaveLength(2)
  await wrapper.get('[data-node="web-1"]').trigger('mouseleave')
  expect(faded(wrapper)).toEqual([])
})

test('few edges are named, many only where the light falls', async () => {
  const named = edges.map((one) => ({ ...one, label: `${one.source} to ${one.target}` }))
  const texts = (wrapper: ReturnType<typeof view>) => wrapper.findAll('svg text').map((each) => each.text())
  const few = view({ edges: named })
  expect(texts(few)).toHaveLength(5)
  const leaves = Array.from({ length: 50 }, (_, n) => node(`leaf-${n}`, 'jobs'))
  const many = view({
    nodes: [...nodes, ...leaves],
    edges: [...named, ...leaves.map(({ id }) => ({ source: 'jobs', target: id, label: 'feeds' }))],
  })
  expect(texts(many)).toEqual([])
  await many.setProps({ pointed: 'api' })
  expect(texts(many).sort()).toEqual(['api to web-1', 'api to web-2', 'cache to api'])
  await many.setProps({ pointed: null })
  expect(texts(many)).toEqual([])
})

test('what is pointed at in the table stands out in the graph too', async () => {
  const wrapper = view({ pointed: 'jobs' })
  expect(faded(wrapper)).toEqual(['api', 'web-1'])
  await wrapper.setProps({ pointed: 'not in this picture' })
  expect(faded(wrapper)).toEqual([])
})

test('what stands only on the way is drawn dashed and says so', () => {
  const wrapper = view({ nodes: nodes.map((each) => (each.id === 'api' ? { ...each, pale: true } : each)) })
  expect(wrapper.findAll('rect[stroke-dasharray]')).toHaveLength(1)
  expect(wrapper.get('[data-node="api"]').attributes('aria-label')).toBe('api, on the way only')
})

test('a chosen node that is no longer drawn leaves one node in the tab order', () => {
  expect(view({ selected: 'gone' }).findAll('[data-node][tabindex="0"]')).toHaveLength(1)
})
