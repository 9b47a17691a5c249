import { refThrottled } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { tones } from '../../components/tones.ts'
import { wordsOf } from '../../graphql/states.ts'
import { outcomes, toneAt } from './outcomes.ts'
import type { TargetGrid } from './useTargetGrid.ts'

/** Targets that stand together: of a site, or those that were in one state when they were put in groups. */
export interface TargetGroup {
  key: string
  title: string
  order: readonly number[]
  /** Of a state: its place in `outcomes`. */
  outcome: number | null
}

export interface TargetGroups {
  bySite: ComputedRef<readonly TargetGroup[]>
  /** Those of the way that is chosen. */
  groups: ComputedRef<readonly TargetGroup[]>
  /** Whether targets have another state by now than their group says. */
  stale: ComputedRef<boolean>
  /** Set while the reader points into the groups or walks them: no cell goes elsewhere under their eyes. */
  held: Ref<boolean>
  regroup(): void
}

const calm = 2_000 // ms between two groupings by state while targets change

/** The targets of a deployment by their site, or by their state, the worst first. */
export function useTargetGroups(grid: TargetGrid, by: () => 'site' | 'state'): TargetGroups {
  const { cells, targets } = grid
  /** Trouble first, all else where it always was, so that nothing jumps under the reader's eyes. */
  const bySite = computed<readonly TargetGroup[]>(() => {
    const all = targets.value
    if (!all) return []
    const bad = new Set(grid.trouble.value)
    const map = new Map<string, number[]>()
    const indexes = [...grid.trouble.value, ...[...all.ids.keys()].filter((index) => !bad.has(index))]
    for (const index of indexes) {
      const site = all.sites[index] || 'No site'
      const group = map.get(site)
      if (group) group.push(index)
      else map.set(site, [index])
    }
    return [...map]
      .map(([site, order]) => ({ key: site, title: site, order, outcome: null }))
      .sort((a, b) => a.title.localeCompare(b.title))
  })

  const byState = shallowRef<readonly TargetGroup[]>([])
  const held = ref(false)
  const regroup = () => (byState.value = groupByState(cells.state, byState.value))
  const beat = refThrottled(cells.version, calm)
  watch([beat, held], () => by() === 'state' && !held.value && regroup())
  // What is loaded anew, such as another moment of the replay, has nothing to do with what stood there.
  watch(grid.changed, (changed) => changed === 'all' && by() === 'state' && regroup())
  watch(by, (way) => way === 'state' && regroup(), { immediate: true })
  const stale = computed(() => {
    void grid.pulse.value
    return by() === 'state' && isStale(byState.value, cells.counts)
  })
  return { bySite, groups: computed(() => (by() === 'state' ? byState.value : bySite.value)), stale, held, regroup }
}

const worstFirst = [...outcomes.keys()].sort((a, b) => tones.indexOf(toneAt(a)) - tones.indexOf(toneAt(b)) || a - b)

/** Groups that are as before are the same objects, so that nobody draws them again. */
export function groupByState(state: Uint8Array, before: readonly TargetGroup[]): readonly TargetGroup[] {
  const members: number[][] = outcomes.map(() => [])
  state.forEach((place, index) => members[place]!.push(index))
  return worstFirst
    .filter((place) => members[place]!.length > 0)
    .map((place) => {
      const order = members[place]!
      const old = before.find(({ outcome }) => outcome === place)
      if (old?.order.length === order.length && old.order.every((index, at) => index === order[at])) return old
      return { key: outcomes[place]!, title: wordsOf(outcomes[place]!), order, outcome: place }
    })
}

/** By the numbers alone, so that it may be asked five times a second. */
const isStale = (groups: readonly TargetGroup[], counts: Uint32Array) =>
  counts.some((count, place) => count !== (groups.find(({ outcome }) => outcome === place)?.order.length ?? 0))
