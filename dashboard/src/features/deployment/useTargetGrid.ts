import { refThrottled } from '@vueuse/core'
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { DeploymentProgressSubscription } from '../../gql/graphql.ts'
import { useUncached } from '../../graphql/uncached.ts'
import { textOf } from '../../graphql/text.ts'
import { createCells, type Cells } from '../../live/cells.ts'
import { useStream } from '../../live/live.ts'
import { outcomes, placeOf, troubleAt } from './outcomes.ts'

const GridDocument = graphql(`
  query DeploymentGrid($id: ID!) {
    deployment(id: $id) {
      id
      grid {
        ids
        names
        sites
        steps
        state
        confirmation
        percent
        step
        position
      }
    }
  }
`)
const ProgressDocument = graphql(`
  subscription DeploymentProgress($id: ID!, $after: Position) {
    deploymentProgress(id: $id, after: $after) {
      seq
      position
      resync
      idx
      state
      confirmation
      percent
      step
    }
  }
`)

export interface TargetGrid {
  cells: Cells
  /** Names and ids by index; null until the snapshot is there. */
  targets: Readonly<ShallowRef<{ ids: string[]; names: string[]; sites: string[]; steps: string[] } | null>>
  /** Moves with the cells, but at most five times a second: for figures and words, which nobody reads faster. */
  pulse: Readonly<Ref<number>>
  /** What the last frame changed. */
  changed: Readonly<ShallowRef<readonly number[] | 'all'>>
  /** Indexes of the targets in trouble, worst first; a new list only when it is another one. */
  trouble: ComputedRef<readonly number[]>
}

/** All targets of a deployment, live: a snapshot in columns, then the stream from its position, past the cache. */
export function useTargetGrid(id: string): TargetGrid {
  const client = useUncached()
  const cells = createCells(outcomes.length)
  const targets: TargetGrid['targets'] = shallowRef(null)

  const snapshot = async () => {
    const { data, error } = await client.query(GridDocument, { id }).toPromise()
    const grid = data?.deployment?.grid
    if (!grid) throw error ?? new Error(`The targets of ${id} did not come.`)
    const state = grid.state.map((each, at) => placeOf(each, grid.confirmation[at]!))
    ;(targets as ShallowRef).value = { ids: grid.ids, names: grid.names, sites: grid.sites, steps: grid.steps }
    cells.load({ state, percent: grid.percent, step: grid.step })
    return grid.position
  }
  // No place yet: the stream's first act is the snapshot itself.
  useStream<DeploymentProgressSubscription>({
    query: textOf(ProgressDocument),
    variables: { id },
    after: snapshot,
    position: ({ deploymentProgress }) => deploymentProgress,
    apply: ({ deploymentProgress: batch }) =>
      cells.apply({ ...batch, state: batch.state.map((each, at) => placeOf(each, batch.confirmation[at]!)) }),
    resync: snapshot,
  })
  return gridOver(cells, targets)
}

/** What is to be read of these cells, live or of another moment; call it in a setup. */
export function gridOver(cells: Cells, targets: TargetGrid['targets']): TargetGrid {
  const changed = shallowRef<readonly number[] | 'all'>('all')
  onScopeDispose(watch(cells.version, () => (changed.value = cells.takeDirty())))
  const pulse = refThrottled(cells.version, 200)
  const trouble = computed<readonly number[]>((before) => {
    void pulse.value
    const ranked: [rank: number, index: number][] = []
    cells.state.forEach((place, index) => {
      const rank = troubleAt(place)
      if (rank !== null) ranked.push([rank, index])
    })
    const now = ranked.sort(([a, i], [b, j]) => a - b || i - j).map(([, index]) => index)
    return before && String(before) === String(now) ? before : now
  })
  return { cells, targets, pulse, changed, trouble }
}
