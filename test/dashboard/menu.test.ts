import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'
import Menu from '../../dashboard/src/components/Menu.vue'
import { useShortcuts } from '../../dashboard/src/composables/useKeys.ts'

test('what a menu offers stands in the palette for as long as it does, without what cannot be done now', async () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  const { list } = useShortcuts()
  let done = ''
  const item = (label: string, disabled = false) => ({ label, disabled, run: () => (done = label) })
  const menu = mount(Menu, {
    props: { parts: [{ title: 'Choose targets', items: [item('All failed'), item('All', true)] }] },
    slots: { default: '<button>Choose…</button>' },
    global: { plugins: [pinia] },
  })
  expect([...list].map(({ label, note }) => [label, note])).toEqual([['All failed', 'Choose targets']])
  ;[...list][0]!.run()
  expect(done).toBe('All failed')

  await menu.setProps({ parts: [{ title: '', items: [item('All in Austin')] }] })
  await nextTick()
  expect([...list].map(({ label }) => label)).toEqual(['All in Austin'])

  await menu.setProps({ inPalette: false })
  await nextTick()
  expect(list.size).toBe(0)
  menu.unmount()
})
