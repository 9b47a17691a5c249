import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { Choice } from '../../components/lasso.ts'
import type { MenuItem } from '../../components/Menu.vue'
import { outcomes } from './outcomes.ts'
import type { TargetGrid } from './useTargetGrid.ts'

type Outcome = (typeof outcomes)[number]
/** From which outcomes a target can be tried again or left out; the server has the last word. */
const RETRY: readonly Outcome[] = ['FAILED', 'TIMED_OUT', 'CONTRADICTED']
const EXCLUDE: readonly Outcome[] = ['PENDING', 'DEFERRED', 'FAILED', 'TIMED_OUT']
/** The grid's word for a target out of the reader's reach. */
const UNSEEN = 'not visible to you'

export interface Chosen {
  /** Indexes in the grid, so that what changes there changes nothing here; a new set each time. */
  indexes: Readonly<ShallowRef<ReadonlySet<number>>>
  keys: ComputedRef<ReadonlySet<string>>
  choose(indexes: readonly number[], how: Choice): void
  /** Ids of those of the chosen that can be tried again, and of those that can be left out. */
  retry: ComputedRef<string[]>
  exclude: ComputedRef<string[]>
  /** The same without a pointer: what ended badly, and all of a site. */
  menu: ComputedRef<MenuItem[]>
}

/** The targets that somebody has chosen to do something to all of them. */
export function useChosen(
  grid: TargetGrid,
  groups: ComputedRef<readonly { site: string; order: readonly number[] }[]>,
): Chosen {
  const indexes = shallowRef<ReadonlySet<number>>(new Set())
  const ids = (some: Iterable<number>) => [...some].map((index) => grid.targets.value!.ids[index]!)
  const outcomeAt = (index: number) => outcomes[grid.cells.state[index]!]!
  const choose = (some: readonly number[], how: Choice) => {
    const seen = some.filter((index) => grid.targets.value?.names[index] !== UNSEEN)
    if (how === 'only') return void (indexes.value = new Set(seen))
    const now = new Set(indexes.value)
    for (const index of seen) {
      if (how === 'toggle' && now.has(index)) now.delete(index)
      else now.add(index)
    }
    indexes.value = now
  }
  const possible = (from: readonly Outcome[]) =>
    computed(() => {
      void grid.pulse.value
      return ids([...indexes.value].filter((index) => from.includes(outcomeAt(index))))
    })
  const all = (label: string, some: readonly number[]): MenuItem => ({
    label,
    note: String(some.length),
    disabled: some.length === 0,
    run: () => choose(some, 'only'),
  })
  const menu = computed(() => {
    void grid.pulse.value
    const every = groups.value.flatMap(({ order }) => order)
    const of = (...wanted: Outcome[]) => every.filter((index) => wanted.includes(outcomeAt(index)))
    const states = [
      all('All failed', of('FAILED')),
      all('All timed out', of('TIMED_OUT')),
      all('All contradicted', of('CONTRADICTED')),
      all('All pending', of('PENDING', 'DEFERRED')),
    ]
    return [
      ...states.filter(({ disabled }) => !disabled),
      ...groups.value.map(({ site, order }) =>
        all(site === 'No site' ? 'All without a site' : `All in ${site}`, order),
      ),
      all('All', every),
    ]
  })
  return {
    indexes,
    keys: computed(() => new Set(grid.targets.value ? ids(indexes.value) : [])),
    choose,
    retry: possible(RETRY),
    exclude: possible(EXCLUDE),
    menu,
  }
}
