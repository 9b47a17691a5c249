import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import type { Choice } from '../../components/lasso.ts'
import type { MenuItem } from '../../components/Menu.vue'
import { outcomes } from './outcomes.ts'
import type { TargetGrid } from './useTargetGrid.ts'

type Outcome = (typeof outcomes)[number]
/** From which outcomes something can be done to a target; the server has the last word. */
const FROM = {
  retry: ['FAILED', 'TIMED_OUT', 'CONTRADICTED'],
  exclude: ['PENDING', 'DEFERRED', 'FAILED', 'TIMED_OUT'],
  resolve: ['IN_DOUBT'],
  sign: ['PENDING'],
} as const satisfies Record<string, readonly Outcome[]>
export type Possible = keyof typeof FROM
/** The grid's word for a target out of the reader's reach. */
const UNSEEN = 'not visible to you'

export interface Chosen {
  /** Indexes in the grid, so that what changes there changes nothing here; a new set each time. */
  indexes: Readonly<ShallowRef<ReadonlySet<number>>>
  keys: ComputedRef<ReadonlySet<string>>
  choose(indexes: readonly number[], how: Choice): void
  /** Ids of those of the chosen that each of these can be done to. */
  possible: ComputedRef<Record<Possible, string[]>>
  /** The same without a pointer: what ended badly, and all of a site. */
  menu: ComputedRef<MenuItem[]>
}

/** The targets that somebody has chosen to do something to all of them; `may` says what the reader may do here at all. */
export function useChosen(
  grid: TargetGrid,
  sites: ComputedRef<readonly { title: string; order: readonly number[] }[]>,
  may: ComputedRef<ReadonlySet<Possible>>,
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
  const possible = computed(() => {
    void grid.pulse.value
    const of = (what: Possible) => {
      const from: readonly Outcome[] = may.value.has(what) ? FROM[what] : []
      return ids([...indexes.value].filter((index) => from.includes(outcomeAt(index))))
    }
    return { retry: of('retry'), exclude: of('exclude'), resolve: of('resolve'), sign: of('sign') }
  })
  const all = (label: string, some: readonly number[]): MenuItem => ({
    label,
    note: String(some.length),
    disabled: some.length === 0,
    run: () => choose(some, 'only'),
  })
  const menu = computed(() => {
    void grid.pulse.value
    const every = sites.value.flatMap(({ order }) => order)
    const of = (...wanted: Outcome[]) => every.filter((index) => wanted.includes(outcomeAt(index)))
    const states = [
      all('All failed', of('FAILED')),
      all('All timed out', of('TIMED_OUT')),
      all('All in doubt', of('IN_DOUBT')),
      all('All contradicted', of('CONTRADICTED')),
      all('All pending', of('PENDING', 'DEFERRED')),
    ]
    return [
      ...states.filter(({ disabled }) => !disabled),
      ...sites.value.map(({ title, order }) =>
        all(title === 'No site' ? 'All without a site' : `All in ${title}`, order),
      ),
      all('All', every),
    ]
  })
  return {
    indexes,
    keys: computed(() => new Set(grid.targets.value ? ids(indexes.value) : [])),
    choose,
    possible,
    menu,
  }
}
