import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import DataTable from '../../dashboard/src/components/DataTable.vue'

type Row = { id: string; name: string; size: number }
const rows: Row[] = ['beta', 'alpha', 'gamma'].map((name, at) => ({ id: `ci_${at}`, name, size: at }))
const columns = [
  { key: 'name', label: 'Name', text: ({ name }: Row) => name, sort: ({ name }: Row) => name },
  { key: 'size', label: 'Size', text: ({ size }: Row) => size },
]
const table = (more = {}) =>
  mount(DataTable<Row>, {
    attachTo: document.body,
    props: { label: 'Items', columns, rows, rowKey: ({ id }: Row) => id, opens: true, ...more },
  })
const names = (wrapper: ReturnType<typeof table>) =>
  wrapper.findAll('[data-row] [role=gridcell]:first-child').map((cell) => cell.text())

describe('the table', () => {
  it('says how many rows there are on the server and which one each is', () => {
    const wrapper = table({ total: 512 })
    expect(wrapper.attributes('aria-rowcount')).toBe('513')
    expect(wrapper.findAll('[data-row]').map((row) => row.attributes('aria-rowindex'))).toEqual(['2', '3', '4'])
  })

  it('walks by arrows and by j and k, with one row in the tab order, and opens with Enter', async () => {
    const wrapper = table()
    const row = (at: number) => wrapper.get(`[data-row="${at}"]`)
    await row(0).trigger('focus')
    await row(0).trigger('keydown', { key: 'ArrowDown' })
    await nextTick()
    await row(1).trigger('keydown', { key: 'j' })
    await nextTick()
    expect(wrapper.findAll('[data-row][tabindex="0"]').map((each) => each.attributes('data-row'))).toEqual(['2'])
    expect(document.activeElement).toBe(row(2).element)
    await row(2).trigger('keydown', { key: 'Enter' })
    expect(wrapper.emitted('open')).toEqual([[rows[2]]])
  })

  it('sorts up, down, and back to the order of the server', async () => {
    const wrapper = table()
    const head = wrapper.get('[role=columnheader] button')
    await head.trigger('click')
    expect([names(wrapper), wrapper.get('[role=columnheader]').attributes('aria-sort')]).toEqual([
      ['alpha', 'beta', 'gamma'],
      'ascending',
    ])
    await head.trigger('click')
    expect(names(wrapper)).toEqual(['gamma', 'beta', 'alpha'])
    await head.trigger('click')
    expect(names(wrapper)).toEqual(['beta', 'alpha', 'gamma'])
  })

  it('asks the server for another order where the server sorts, and leaves the rows as they came', async () => {
    const wrapper = table({ order: { key: 'name', down: false } })
    const head = wrapper.get('[role=columnheader]')
    expect([names(wrapper), head.attributes('aria-sort')]).toEqual([['beta', 'alpha', 'gamma'], 'ascending'])
    await head.get('button').trigger('click')
    await wrapper.setProps({ order: { key: 'name', down: true } })
    expect(head.attributes('aria-sort')).toBe('descending')
    await head.get('button').trigger('click')
    await wrapper.setProps({ order: null })
    await head.get('button').trigger('click')
    expect([names(wrapper), head.attributes('aria-sort')]).toEqual([['beta', 'alpha', 'gamma'], 'none'])
    expect(wrapper.emitted('sort')).toEqual([[{ key: 'name', down: true }], [null], [{ key: 'name', down: false }]])
  })

  it('ticks rows one by one, as a range with Shift, all that are shown, and with Space', async () => {
    const wrapper = table({ marked: [], rowName: ({ name }: Row) => name })
    const marked = () => wrapper.emitted<[string[]]>('update:marked')!.at(-1)![0]
    expect(wrapper.get('[data-row="0"] input').attributes('aria-label')).toBe('Select beta')
    await wrapper.get('[data-row="0"]').trigger('keydown', { key: ' ' })
    expect(marked()).toEqual(['ci_0'])
    await wrapper.setProps({ marked: marked() })
    const head = wrapper.get<HTMLInputElement>('[role=columnheader] input')
    expect(head.element.indeterminate).toBe(true)
    await wrapper.get('[data-row="2"]').trigger('keydown', { key: ' ', shiftKey: true })
    expect(marked()).toEqual(['ci_0', 'ci_1', 'ci_2'])
    await wrapper.setProps({ marked: marked() })
    expect([head.element.checked, wrapper.get('[data-row="1"]').attributes('aria-selected')]).toEqual([true, 'true'])
    await head.setValue(false)
    expect(marked()).toEqual([])
    await head.setValue(true)
    expect(marked()).toEqual(['ci_0', 'ci_1', 'ci_2'])
    await wrapper.get('[data-row="1"] input').trigger('click')
    expect(wrapper.emitted('open')).toBeUndefined()
  })
})

describe('a row that stands out', () => {
  it('keeps its tint under the mouse, which only tints the others', () => {
    const wrapper = table({ selected: 'ci_1' })
    const [plain, chosen] = [0, 1].map((at) => wrapper.get(`[data-row="${at}"]`).classes())
    expect([chosen!.includes('bg-accent-soft'), chosen!.some((each) => each.startsWith('hover:bg'))]).toEqual([
      true,
      false,
    ])
    expect(plain).toContain('hover:bg-raised')
  })

  it('says which row the mouse or the focus is on, and marks the one pointed at elsewhere', async () => {
    const wrapper = table({ pointed: 'ci_2' })
    expect(wrapper.findAll('[class*="inset_2px"]').map((row) => row.attributes('data-row'))).toEqual(['2'])
    await wrapper.get('[data-row="0"]').trigger('mouseenter')
    await wrapper.get('[data-row="0"]').trigger('mouseleave')
    await wrapper.get('[data-row="1"]').trigger('focus')
    expect(wrapper.emitted('point')).toEqual([[rows[0]], [null], [rows[1]]])
  })
})
