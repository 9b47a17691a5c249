import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { h, nextTick, ref, shallowRef, type Component } from 'vue'
import { createRouter, createMemoryHistory } from 'vue-router'
import { createPinia } from 'pinia'
import DataTable from '../../dashboard/src/components/DataTable.vue'
import NewRows from '../../dashboard/src/components/NewRows.vue'
import { liveKey, type Live } from '../../dashboard/src/live/live.ts'
import { useCalmList } from '../../dashboard/src/live/useCalmList.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A page with a list, for the time being with these rows; half a minute after it was opened. */
async function aPage(ids: string, { address = '/' } = {}) {
  const of = (now: string) => ({
    totalCount: now.length,
    nodes: [...now].map((id) => ({ id })),
    pageInfo: { hasNextPage: false, endCursor: null },
  })
  const answer = shallowRef(of(ids))
  const filter = ref('all')
  const activity = { actedAt: 0 }
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: {} }] })
  await router.push(address)
  const wrapper = mount(
    {
      setup() {
        const { list, news, renew } = useCalmList(
          () => answer.value,
          () => filter.value,
        )
        return () =>
          h('section', [
            h(NewRows, { news: news.value, onRenew: renew }),
            h(DataTable as Component, {
              label: 'Things',
              columns: [{ key: 'id', label: 'Id', text: ({ id }: { id: string }) => id }],
              rows: list.value!.nodes,
              rowKey: ({ id }: { id: string }) => id,
              total: list.value!.totalCount,
            }),
          ])
      },
    },
    {
      attachTo: document.body,
      global: {
        plugins: [router, createPinia()],
        provide: { [liveKey as symbol]: { activity } as unknown as Live },
      },
    },
  )
  const later = async () => {
    vi.advanceTimersByTime(30_000)
    await nextTick()
  }
  const becomes = async (now: string) => {
    answer.value = of(now)
    await nextTick()
    await nextTick()
  }
  await later()
  return {
    wrapper,
    filter,
    activity,
    later,
    becomes,
    rows: () => wrapper.findAll('[data-row]').map((row) => row.text()),
    button: () => wrapper.find('button'),
    count: () => wrapper.get('[role=grid]').attributes('aria-rowcount'),
  }
}

test('a row that comes in waits behind a button, which is said, and is shown when it is pressed', async () => {
  const { wrapper, becomes, rows, button, count, later } = await aPage('abc')
  expect(button().exists()).toBe(false)
  await becomes('xabc')
  expect(rows()).toEqual(['a', 'b', 'c'])
  expect(count()).toBe('4')
  expect(button().text()).toBe('Show what is new: 1 new')
  await later()
  expect(wrapper.get('[role=status]').text()).toContain('1 new')
  button().element.focus()
  await button().trigger('click')
  await nextTick()
  expect(rows()).toEqual(['x', 'a', 'b', 'c'])
  expect(button().exists()).toBe(false)
  expect(document.activeElement!.getAttribute('data-row')).toBe('0')
})

test('the key . does the same', async () => {
  const { becomes, rows } = await aPage('ab')
  await becomes('xab')
  window.dispatchEvent(new KeyboardEvent('keydown', { key: '.' }))
  await nextTick()
  expect(rows()).toEqual(['x', 'a', 'b'])
})

test('a row that has left stays, marked and said, until the list is renewed', async () => {
  const { wrapper, becomes, rows, button } = await aPage('abc')
  await becomes('ac')
  expect(rows()).toEqual(['a', 'Not in this list any more:b', 'c'])
  expect(wrapper.get('[data-row="1"]').classes()).toContain('line-through')
  expect(wrapper.get('[data-row="0"]').classes()).not.toContain('line-through')
  expect(button().text()).toContain('1 gone')
  await button().trigger('click')
  expect(rows()).toEqual(['a', 'c'])
})

test('what one did oneself is shown as it comes', async () => {
  const { activity, becomes, rows, later } = await aPage('ab')
  activity.actedAt = Date.now()
  await becomes('xa')
  expect(rows()).toEqual(['x', 'a'])
  await later()
  await becomes('yxa')
  expect(rows()).toEqual(['x', 'a'])
})

test('another list begins anew, and so does an empty one', async () => {
  const { filter, becomes, rows, later } = await aPage('ab')
  filter.value = 'other'
  await becomes('xya')
  expect(rows()).toEqual(['x', 'y', 'a'])
  await later()
  filter.value = 'none'
  await becomes('')
  await later()
  await becomes('zx')
  expect(rows()).toEqual(['z', 'x'])
})

test('on a wall, where nobody could ask for them, rows come at once', async () => {
  const { becomes, rows, button } = await aPage('ab', { address: '/?wall=1' })
  await becomes('xb')
  expect(rows()).toEqual(['x', 'b'])
  expect(button().exists()).toBe(false)
})
