import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import HeatGrid from '../../dashboard/src/components/HeatGrid.vue'

// As in a browser before its first frame: nobody has told yet how wide the grid is.
vi.mock('@vueuse/core', async (original) => ({
  ...(await original<object>()),
  useElementSize: () => ({ width: ref(0), height: ref(0) }),
}))

test('a grid is as high as its rows from the first frame, and pushes nothing below it away for a moment', async () => {
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(148)
  const wrapper = mount(HeatGrid, {
    attachTo: document.body,
    global: { plugins: [createPinia()] },
    props: {
      label: 'Targets',
      order: Array.from({ length: 100 }, (_, at) => at),
      tone: () => 'failed' as const,
      percent: () => 0,
      name: (index: number) => `host ${index}: failed`,
      changed: [],
      selected: null,
    },
  })
  await nextTick()
  expect(wrapper.attributes()).toMatchObject({ 'aria-rowcount': '10', 'aria-colcount': '10' })
  expect(wrapper.find('canvas').attributes('style')).toContain('height: 152px')
  wrapper.unmount()
})
