import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { TargetLogSubscription } from '../../gql/graphql.ts'
import { textOf } from '../../graphql/text.ts'
import { useUncached } from '../../graphql/uncached.ts'
import { follow } from '../../live/follow.ts'
import { useLive } from '../../live/live.ts'
import { createLogLines, page, type ShownLine } from './log-lines.ts'

const PageDocument = graphql(`
  query TargetLogPage($id: ID!, $after: Int) {
    deploymentTarget(id: $id) {
      id
      deployment {
        id
      }
      log(first: 200, after: $after) {
        total
        firstError
        lines {
          number
          at
          level
          text
        }
      }
    }
  }
`)
const StreamDocument = graphql(`
  subscription TargetLog($id: ID!, $targetId: ID!, $after: Position) {
    deploymentLog(id: $id, targetId: $targetId, after: $after) {
      seq
      position
      resync
      lines {
        number
        at
        level
        text
      }
    }
  }
`)

const gather = 100 // ms: lines that come together are shown together
const atOnce = 4 // pages that are asked for side by side when everything is wanted

interface Options {
  /** Lines up to this moment, in milliseconds since 1970; null: all. */
  until: () => number | null
  /** Whether every line is needed, as to choose among them; else those in view are read. */
  whole: () => boolean
}

/**
 * The log of one target: what is stored, a page at a time where the reader looks, and what comes. Lines have their place
 * by their number, and the end of what is stored is read again once the stream is known to be open, so nothing falls
 * between the two.
 */
export function useTargetLog(
  targetId: string,
  { until, whole }: Options,
): {
  /** A line that was not read yet is undefined. */
  lines: Readonly<ShallowRef<readonly (ShownLine | undefined)[]>>
  /** Number of the first error line of the latest attempt. */
  firstError: Ref<number | null>
  failure: Ref<string | null>
  /** These lines are in view, by their numbers. */
  look(from: number, to: number): void
  /** Resolves when every line was read. */
  all(): Promise<void>
} {
  const client = useUncached()
  const { socket, seen, waiting } = useLive()
  const log = createLogLines()
  const lines = shallowRef<readonly (ShownLine | undefined)[]>([])
  const firstError = ref<number | null>(null)
  const failure = ref<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let opened = false
  let view = [1, 0] as [from: number, to: number]
  let reading: Promise<void> | null = null
  let everything = false
  /** How many lines there were when the reader held the page still. */
  let heldAt: number | null = null
  let stop = () => {}

  const show = () => {
    timer = undefined
    const end = until()
    const shown = log.places.slice(0, heldAt ?? undefined)
    lines.value = end === null ? shown : shown.filter((line) => line && line.time <= end)
  }
  const showSoon = () => (timer ??= setTimeout(show, gather))
  // Lines that come while the page is held still are kept, and shown when the reader lets them in.
  watch(
    () => waiting.value === null,
    (live) => {
      heldAt = live ? null : log.places.length
      if (live) showSoon()
    },
  )
  watch(until, show)
  watch(computed(whole), () => void read())

  const readPage = async (after: number): Promise<string> => {
    log.asked(after)
    const { data, error } = await client.query(PageDocument, { id: targetId, after }).toPromise()
    const target = data?.deploymentTarget
    if (!target) throw error ?? new Error('The log did not come.')
    log.reach(target.log.total)
    log.add(target.log.lines)
    firstError.value = target.log.firstError ?? null
    showSoon()
    return target.deployment.id
  }
  /** Reads what is in view and not there, then, where all is wanted, the rest from its end. */
  const fill = async () => {
    while (!stopped) {
      const all = everything || whole()
      const inView = log.hole(...view)
      const next = inView ?? (all ? log.hole(1, log.places.length) : null)
      if (next === null) return
      const pages = all
        ? Array.from({ length: atOnce }, (_, n) => next - n * page).filter((after) => after >= 0)
        : [next]
      await Promise.all(pages.map(readPage))
    }
  }
  const read = (): Promise<void> =>
    (reading ??= fill()
      .catch((error: unknown) => {
        failure.value = `The log cannot be read: ${error instanceof Error ? error.message : String(error)}`
      })
      .finally(() => (reading = null)))
  /** The end of what is stored, whoever wrote it when. */
  const readEnd = async () => {
    log.forget()
    await readPage(log.places.length)
    await read()
  }
  const begin = async () => {
    try {
      const deployment = await readPage(0)
      if (stopped) return
      void read()
      stop = follow<TargetLogSubscription>(socket, {
        query: textOf(StreamDocument),
        variables: { id: deployment, targetId },
        after: null,
        position: ({ deploymentLog }) => deploymentLog,
        apply: ({ deploymentLog }) => {
          // The first message proves that the stream is open: read once more what was written before it was.
          if (!opened) void readEnd().catch(() => {})
          opened = true
          log.add(deploymentLog.lines)
          firstError.value ??= deploymentLog.lines.find(({ level }) => level === 'ERROR')?.number ?? null
          if (waiting.value === null && deploymentLog.lines.length > 0) showSoon()
        },
        resync: async () => {
          await readEnd()
          return null
        },
        failed: (message) => (failure.value = message),
        seen,
      })
    } catch (error) {
      failure.value = `The log cannot be read: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  void begin()
  onScopeDispose(() => {
    stopped = true
    clearTimeout(timer)
    stop()
  })
  return {
    lines,
    firstError,
    failure,
    look(from, to) {
      view = [from, to]
      void read()
    },
    async all() {
      everything = true
      await reading
      await read()
      everything = false
      show()
    },
  }
}
