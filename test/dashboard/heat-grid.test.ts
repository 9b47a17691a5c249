import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import HeatGrid from '../../dashboard/src/components/HeatGrid.vue'

// Nothing is laid out here, so the grid is told how wide it is.
vi.mock('@vueuse/core', async (original) => ({
  ...(await original<object>()),
  useElementSize: () => ({ width: ref(148), height: ref(0) }),
}))

/** 100 cells that stand for the indexes 1000 to 1099, 10 in a row. */
function grid(chosen: ReadonlySet<number> = new Set()) {
  const wrapper = mount(HeatGrid, {
    attachTo: document.body,
    global: { plugins: [createPinia()] },
    props: {
      label: 'Targets',
      order: Array.from({ length: 100 }, (_, at) => 1000 + at),
      tone: () => 'failed' as const,
      percent: () => 0,
      name: (index: number) => `host ${index}: failed`,
      changed: [],
      selected: null,
      chosen,
    },
  })
  const point = (type: string, x: number, y: number, more: PointerEventInit = {}) =>
    wrapper
      .find('canvas')
      .element.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: x, clientY: y, button: 0, ...more }))
  wrapper.element.setPointerCapture = () => {}
  return { wrapper, point }
}

test('a rectangle over cells chooses them, and opens none', async () => {
  const { wrapper, point } = grid()
  point('pointerdown', 2, 2, { pointerType: 'mouse' })
  point('pointermove', 25, 20, { pointerType: 'mouse' })
  await nextTick()
  expect(wrapper.find('.border-accent').exists()).toBe(true)
  point('pointerup', 25, 20, { pointerType: 'mouse' })
  await wrapper.find('canvas').trigger('click')
  expect(wrapper.emitted('choose')).toEqual([[[1000, 1001, 1010, 1011], 'only']])
  expect(wrapper.emitted('open')).toBeUndefined()
  await wrapper.find('canvas').trigger('click')
  expect(wrapper.emitted('open')).toHaveLength(1)
  wrapper.unmount()
})

test('with shift held a rectangle adds to the choice', async () => {
  const { wrapper, point } = grid()
  point('pointerdown', 2, 2)
  point('pointermove', 2, 20)
  point('pointerup', 2, 20, { shiftKey: true })
  expect(wrapper.emitted('choose')).toEqual([[[1000, 1010], 'add']])
  wrapper.unmount()
})

test('a finger that is held chooses one cell; one that moves scrolls', async () => {
  const { wrapper, point } = grid()
  point('pointerdown', 20, 5, { pointerType: 'touch' })
  point('pointermove', 20, 40, { pointerType: 'touch' })
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(wrapper.emitted('choose')).toBeUndefined()
  point('pointerup', 20, 40, { pointerType: 'touch' })
  point('pointerdown', 20, 5, { pointerType: 'touch' })
  await expect.poll(() => wrapper.emitted('choose')).toEqual([[[1001], 'toggle']])
  wrapper.unmount()
})

test('shift and arrows span a rectangle, x takes one in or out, and the cell says that it is chosen', async () => {
  const { wrapper } = grid(new Set([1011]))
  const proxy = wrapper.find('button')
  await proxy.trigger('keydown', { key: 'ArrowRight', shiftKey: true })
  await proxy.trigger('keydown', { key: 'ArrowDown', shiftKey: true })
  expect(wrapper.emitted('choose')!.at(-1)).toEqual([[1000, 1001, 1010, 1011], 'only'])
  expect(proxy.attributes('aria-label')).toBe('host 1011: failed, chosen')
  expect(wrapper.find('[role=gridcell]').attributes('aria-selected')).toBe('true')
  await proxy.trigger('keydown', { key: 'x' })
  expect(wrapper.emitted('choose')!.at(-1)).toEqual([[1011], 'toggle'])
  wrapper.unmount()
})
