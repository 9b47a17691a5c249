import { mount } from '@vue/test-utils'
import { fallback, nullable, picklist, string } from 'valibot'
import { describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useUrlState } from '../../dashboard/src/composables/useUrlState.ts'

const shape = {
  tab: fallback(picklist(['targets', 'log', 'audit']), 'targets'),
  target: fallback(nullable(string()), null),
}

async function at(address: string) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: { render: () => null } }],
  })
  await router.push(address)
  let state!: ReturnType<typeof useUrlState<typeof shape>>
  const page = defineComponent({ setup: () => ((state = useUrlState(shape)), () => h('i')) })
  mount(page, { global: { plugins: [router] } })
  /** The address once the pending navigation is over. */
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve))
    return router.currentRoute.value.fullPath
  }
  return { state, settled, router }
}

describe('state in the address', () => {
  it('is read from the address, with the default where it says nothing or nonsense', async () => {
    const { state } = await at('/?tab=log&target=tgt_7')
    expect([state.tab.value, state.target.value]).toEqual(['log', 'tgt_7'])
    expect((await at('/?tab=nonsense')).state.tab.value).toBe('targets')
  })

  it('is written to the address, and a default is left out of it', async () => {
    const { state, settled } = await at('/?tab=log')
    state.target.value = 'tgt_2'
    expect(await settled()).toBe('/?tab=log&target=tgt_2')
    state.tab.value = 'targets'
    expect(await settled()).toBe('/?target=tgt_2')
  })

  it('takes two changes of one moment together', async () => {
    const { state, settled } = await at('/?other=kept')
    state.tab.value = 'audit'
    state.target.value = 'tgt_1'
    expect(await settled()).toBe('/?other=kept&tab=audit&target=tgt_1')
  })

  it('follows the back button', async () => {
    const { state, router } = await at('/?tab=log')
    await router.push('/?tab=audit')
    expect(state.tab.value).toBe('audit')
  })
})
