import { refDebounced, watchThrottled } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type WritableComputedRef } from 'vue'
import type { RailMark } from '../../components/time-rail.ts'
import { useUncached } from '../../graphql/uncached.ts'
import { graphql } from '../../gql/gql.ts'
import { toneOf, wordsOf } from '../../graphql/states.ts'
import { createCells } from '../../live/cells.ts'
import { outcomes, toneAt } from './outcomes.ts'
import { createReplay, stepsOf } from './replay.ts'
import { gridOver, type TargetGrid } from './useTargetGrid.ts'

const ReplayDocument = graphql(`
  query DeploymentReplay($id: ID!, $since: DateTime, $after: Seq) {
    deployment(id: $id) {
      id
      history(first: 200) {
        nodes {
          id
          at
          to
        }
      }
      targetMoves(since: $since, after: $after) {
        id
        idx
        at
        state
        confirmation
        percent
        hasMore
      }
    }
  }
`)
/** Up to here the moves are read with the page; of larger ones when somebody reaches for the rail. */
const SMALL = 2_000 // targets
/** A transaction that began earlier may commit so much later. */
const OVERLAP = 30_000 // ms
const settleAfter = 300 // ms that a drag rests before it is in the address

export interface DeploymentReplay {
  /** Null: live. Milliseconds since 1970. */
  moment: Ref<number | null>
  /** What is shown: the live grid, or the one of the moment. */
  grid: ComputedRef<TargetGrid>
  /** The state of the deployment at the moment; null while live. */
  stateThen: ComputedRef<string | null>
  range: ComputedRef<{ from: number; to: number }>
  steps: ComputedRef<number[]>
  marks: ComputedRef<RailMark[]>
  failure: Ref<string | null>
  /** Reads the moves, if that was not done yet. */
  wake(): void
}

interface Options {
  id: string
  live: TargetGrid
  /** The moment in the address. */
  at: WritableComputedRef<string | null>
  deployment: ComputedRef<
    { targetTotal: number; startedAt?: string | null; finishedAt?: string | null } | null | undefined
  >
}

/** Any moment of a deployment from its kept moves; what is live goes on behind it. */
export function useReplay({ id, live, at, deployment }: Options): DeploymentReplay {
  const client = useUncached()
  const replay = createReplay()
  const version = ref(0)
  const failure = ref<string | null>(null)
  const states = shallowRef<{ at: number; to: string }[]>([])
  const cells = createCells(outcomes.length)
  const past = gridOver(cells, live.targets)
  const moment = ref<number | null>(at.value ? Date.parse(at.value) : null)

  // The address follows a rest and leads after a jump, so that a drag writes no hundred addresses.
  const rested = refDebounced(moment, settleAfter)
  watch(rested, (now) => now === moment.value && (at.value = now === null ? null : new Date(now).toISOString()))
  watch(at, (now) => {
    if (rested.value === moment.value) moment.value = now ? Date.parse(now) : null
  })

  let asleep = true
  let reading = false
  const read = async () => {
    if (reading) return
    reading = true
    try {
      const last = replay.moves.at(-1)
      let variables: { since?: string; after?: number } = last
        ? { since: new Date(last.at - OVERLAP).toISOString() }
        : {}
      for (;;) {
        const answer = await client.query(ReplayDocument, { id, ...variables }).toPromise()
        const found = answer.data?.deployment
        if (!found) throw answer.error ?? new Error('The deployment did not come.')
        failure.value = null
        states.value = found.history.nodes
          .flatMap(({ at, to }) => (to ? [{ at: Date.parse(at), to }] : []))
          .sort((a, b) => a.at - b.at)
        const more = found.targetMoves
        if (replay.add(more)) version.value++
        if (!more.hasMore) break
        variables = { ...variables, after: more.id.at(-1) }
      }
    } catch (error) {
      asleep = true
      failure.value = error instanceof Error ? error.message : String(error)
    } finally {
      reading = false
    }
  }
  const wake = () => {
    if (!asleep) return
    asleep = false
    void read()
  }
  watch(
    () => deployment.value?.startedAt && (moment.value !== null || deployment.value.targetTotal <= SMALL),
    (wanted) => wanted && wake(),
    { immediate: true },
  )
  watchThrottled([live.pulse, () => deployment.value?.finishedAt], () => asleep || void read(), { throttle: 3_000 })

  watch([moment, version, live.targets], () => {
    const size = live.targets.value?.ids.length ?? 0
    if (moment.value === null || size === 0) return
    const then = replay.foldTo(moment.value, size)
    const step = new Uint16Array(size)
    if (cells.size !== size) {
      return cells.load({ state: [...then.state], percent: [...then.percent], step: [...step] })
    }
    const idx: number[] = []
    then.state.forEach((place, i) => {
      if (place !== cells.state[i] || then.percent[i] !== cells.percent[i]) idx.push(i)
    })
    const of = (column: Uint8Array) => idx.map((i) => column[i]!)
    cells.apply({ idx, state: of(then.state), percent: of(then.percent), step: idx.map(() => 0) })
  })

  const moves = computed(() => (void version.value, replay.moves))
  const from = computed(() => {
    const began = Date.parse(deployment.value?.startedAt ?? '') || Date.now()
    return Math.floor(Math.min(began, moves.value[0]?.at ?? began))
  })
  const to = computed(() => {
    // Read at each move, so that the end of what runs goes with it.
    void live.pulse.value
    const { finishedAt } = deployment.value ?? {}
    const end = finishedAt ? Date.parse(finishedAt) : Date.now()
    return Math.max(from.value + 1_000, Math.ceil(Math.max(end, moves.value.at(-1)?.at ?? 0)))
  })
  const own = computed(() => states.value.filter(({ at }) => at >= from.value && at <= to.value))
  const worth = new Set(['failed', 'timedout', 'doubt', 'contradicted', 'confirmed'])
  const marks = computed<RailMark[]>(() => [
    ...moves.value
      .map(({ at, place }) => ({ at, tone: toneAt(place), label: wordsOf(outcomes[place]!) }))
      .filter(({ tone }) => worth.has(tone)),
    ...own.value.map(({ at, to }) => ({ at, tone: toneOf(to), label: wordsOf(to) })),
  ])
  return {
    moment,
    grid: computed(() => (moment.value === null ? live : past)),
    stateThen: computed(() =>
      moment.value === null ? null : (states.value.findLast(({ at }) => at <= moment.value!)?.to ?? 'QUEUED'),
    ),
    range: computed(() => ({ from: from.value, to: to.value })),
    steps: computed(() =>
      stepsOf(
        moves.value,
        own.value.map(({ at }) => at),
      ),
    ),
    marks,
    failure,
    wake,
  }
}
