import { useClientHandle } from '@urql/vue'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { LogLine } from '../../components/LogView.vue'
import { graphql } from '../../gql/gql.ts'
import type { TargetLogPageQuery, TargetLogSubscription } from '../../gql/graphql.ts'
import { textOf } from '../../graphql/text.ts'
import { useLive } from '../../live/live.ts'
import { follow } from '../../live/follow.ts'

const PageDocument = graphql(`
  query TargetLogPage($id: ID!, $after: Int) {
    deploymentTarget(id: $id) {
      id
      deployment {
        id
      }
      log(first: 200, after: $after) {
        hasMore
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
type Line = NonNullable<TargetLogPageQuery['deploymentTarget']>['log']['lines'][number]

const levels = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const
const gather = 100 // ms: lines that come together are shown together

/**
 * The log of one target: what is stored, page by page, and what comes. Lines are kept by their number, and what is stored
 * is read again once the stream is known to be open, so nothing falls between the two.
 */
export function useTargetLog(
  targetId: string,
  /** Lines up to this moment, in milliseconds since 1970; null: all. */
  until: () => number | null = () => null,
): {
  lines: Readonly<ShallowRef<readonly LogLine[]>>
  failure: Ref<string | null>
} {
  const { client } = useClientHandle()
  const { socket, seen, waiting } = useLive()
  const lines = shallowRef<readonly LogLine[]>([])
  const failure = ref<string | null>(null)
  const byNumber = new Map<number, Line>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let opened = false
  /** Up to here the log was read page by page. */
  let stored: number | null = null
  let stop = () => {}

  const show = () => {
    timer = undefined
    const sorted = [...byNumber.values()].sort((a, b) => a.number - b.number)
    const start = sorted[0] ? Date.parse(sorted[0].at) : 0
    const end = until() ?? Infinity
    const written = sorted.filter(({ at }) => Date.parse(at) <= end)
    lines.value = written.map(({ number, at, level, text }) => ({
      number,
      at: ((Date.parse(at) - start) / 1000).toFixed(3),
      level: levels[level],
      text,
    }))
  }
  const showSoon = () => (timer ??= setTimeout(show, gather))
  const add = (more: readonly Line[], held = false) => {
    for (const line of more) byNumber.set(line.number, line)
    if (!held) showSoon()
  }
  // Lines that come while the page is held still are kept, and shown when the reader lets them in.
  watch(waiting, (count) => count === null && showSoon())
  watch(until, show)
  const readStored = async (): Promise<string | null> => {
    while (!stopped) {
      const after = stored
      const variables = { id: targetId, after }
      const { data, error } = await client.query(PageDocument, variables, { requestPolicy: 'network-only' }).toPromise()
      const target = data?.deploymentTarget
      if (!target) throw error ?? new Error('The log did not come.')
      add(target.log.lines)
      stored = target.log.lines.at(-1)?.number ?? stored
      if (!target.log.hasMore) return target.deployment.id
    }
    return null
  }
  const begin = async () => {
    try {
      const deployment = await readStored()
      if (!deployment || stopped) return
      stop = follow<TargetLogSubscription>(socket, {
        query: textOf(StreamDocument),
        variables: { id: deployment, targetId },
        after: null,
        position: ({ deploymentLog }) => deploymentLog,
        apply: ({ deploymentLog }) => {
          // The first message proves that the stream is open: read once more what was written before it was.
          if (!opened) void readStored().catch(() => {})
          opened = true
          add(deploymentLog.lines, waiting.value !== null)
        },
        resync: async () => {
          await readStored()
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
  return { lines, failure }
}
