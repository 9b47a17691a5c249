import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import FacetList from '../../dashboard/src/components/FacetList.vue'

const value = (label: string, count: number) => ({ value: label.toLowerCase(), label, count })
const many = Array.from({ length: 12 }, (_, n) => value(`Site ${n}`, 100 - n))
const list = (props: object) =>
  mount(FacetList, { props: { label: 'Site', values: many, modelValue: [], ...props }, attachTo: document.body })
const labels = (wrapper: ReturnType<typeof list>) => wrapper.findAll('label').map((each) => each.text())

describe('a facet', () => {
  it('shows the greatest values with their counts, and the rest when asked', async () => {
    const wrapper = list({ others: 3 })
    expect(labels(wrapper)).toHaveLength(7)
    expect(labels(wrapper)[0]).toBe('Site 0100')
    const more = wrapper.get('button')
    expect([more.text(), more.attributes('aria-expanded')]).toEqual(['5 more', 'false'])
    await more.trigger('click')
    expect(labels(wrapper)).toHaveLength(12)
    expect(wrapper.text()).toContain('and 3 others')
  })

  it('lets several values be chosen, and all of them be let go', async () => {
    const wrapper = list({ modelValue: ['site 1'] })
    await wrapper.findAll('input')[0]!.setValue(true)
    await wrapper.findAll('input')[1]!.setValue(false)
    await wrapper.get('button[aria-label="Site: any"]').trigger('click')
    expect(wrapper.emitted('update:modelValue')).toEqual([[['site 1', 'site 0']], [['site 0']], [[]]])
  })

  it('keeps what is chosen in sight, far down or with nothing left of it', async () => {
    const wrapper = list({ modelValue: ['site 11'] })
    expect(labels(wrapper).at(-1)).toBe('Site 1189')
    await wrapper.setProps({ values: [value('Other', 1)] })
    expect(labels(wrapper)).toEqual(['Other1', 'Site 110'])
  })
})
