import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, ref, shallowRef } from 'vue'
import { outcomes, placeOf } from '../../dashboard/src/features/deployment/outcomes.ts'
import { groupByState, useTargetGroups } from '../../dashboard/src/features/deployment/useTargetGroups.ts'
import { gridOver } from '../../dashboard/src/features/deployment/useTargetGrid.ts'
import { createCells } from '../../dashboard/src/live/cells.ts'

const place = (state: string) => placeOf(state, 'PENDING')
const words = (groups: readonly { key: string; order: readonly number[] }[]) =>
  groups.map(({ key, order }) => `${key} ${order.join(' ')}`)

describe('targets by their state', () => {
  const state = Uint8Array.from(['PENDING', 'RUNNING', 'FAILED', 'PENDING', 'TIMED_OUT', 'FAILED'].map(place))

  it('stand with the worst state first, and in their own order within one', () => {
    const groups = groupByState(state, [])
    expect(words(groups)[0]).toBe('FAILED 2 5')
    expect(words(groups).toSorted()).toEqual(['FAILED 2 5', 'PENDING 0 3', 'RUNNING 1', 'TIMED_OUT 4'])
    expect(words(groups).findIndex((each) => each.startsWith('TIMED_OUT'))).toBeLessThan(
      words(groups).findIndex((each) => each.startsWith('RUNNING')),
    )
  })

  it('stay the same objects where nothing changed, so that they are not drawn again', () => {
    const before = groupByState(state, [])
    state[1] = place('FAILED')
    const now = groupByState(state, before)
    const of = (groups: typeof now, key: string) => groups.find((group) => group.key === key)
    expect(of(now, 'PENDING')).toBe(of(before, 'PENDING'))
    expect(of(now, 'FAILED')!.order).toEqual([1, 2, 5])
    expect(of(now, 'RUNNING')).toBeUndefined()
  })
})

describe('while they change', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Four pending targets, by state. */
  async function aGrid() {
    const cells = createCells(outcomes.length, (run) => void setTimeout(run, 16))
    const targets = shallowRef({ ids: ['a', 'b', 'c', 'd'], names: [], sites: ['X', 'X', 'Y', 'Y'], steps: [] })
    const by = ref<'site' | 'state'>('state')
    let made!: ReturnType<typeof useTargetGroups>
    mount({
      setup() {
        made = useTargetGroups(gridOver(cells, targets), () => by.value)
        return () => null
      },
    })
    const wait = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      await nextTick()
    }
    cells.load({ state: [0, 0, 0, 0], percent: [0, 0, 0, 0], step: [0, 0, 0, 0] })
    await wait(3_000)
    const fail = (idx: number) => cells.apply({ idx: [idx], state: [place('FAILED')], percent: [0], step: [0] })
    return { ...made, by, wait, fail }
  }

  it('are put in groups again every two seconds at most, however often they change', async () => {
    const { groups, wait, fail } = await aGrid()
    expect(words(groups.value)).toEqual(['PENDING 0 1 2 3'])
    fail(0)
    await wait(100)
    const first = groups.value
    fail(1)
    await wait(500)
    fail(2)
    await wait(500)
    expect(groups.value).toBe(first)
    await wait(2_000)
    expect(words(groups.value)).toEqual(['FAILED 0 1 2', 'PENDING 3'])
  })

  it('stay where they are while somebody points at them, who can ask for it and has it on leaving', async () => {
    const { groups, held, stale, regroup, wait, fail } = await aGrid()
    held.value = true
    fail(3)
    await wait(5_000)
    expect(words(groups.value)).toEqual(['PENDING 0 1 2 3'])
    expect(stale.value).toBe(true)
    regroup()
    expect(words(groups.value)).toEqual(['FAILED 3', 'PENDING 0 1 2'])
    expect(stale.value).toBe(false)
    fail(0)
    await wait(5_000)
    held.value = false
    await nextTick()
    expect(words(groups.value)).toEqual(['FAILED 0 3', 'PENDING 1 2'])
  })

  it('stand by site as before, and by state as they are by now', async () => {
    const { groups, stale, by, wait, fail } = await aGrid()
    by.value = 'site'
    fail(2)
    await wait(5_000)
    expect(words(groups.value)).toEqual(['X 0 1', 'Y 2 3'])
    expect(stale.value).toBe(false)
    by.value = 'state'
    await nextTick()
    expect(words(groups.value)).toEqual(['FAILED 2', 'PENDING 0 1 3'])
  })
})
