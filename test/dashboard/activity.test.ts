import type { ExecutionResult, Sink } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createActivityHub } from '../../dashboard/src/live/activity.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function aHub(waiting = () => {}) {
  let sink!: Sink<ExecutionResult<unknown>>
  const socket = { subscribe: (_: unknown, to: typeof sink) => ((sink = to), () => {}) }
  const hub = createActivityHub(socket as never, () => {}, waiting)
  hub.open()
  let seq = 0
  const say = (topic: string, resync = false, nodeId: string | null = null) => {
    seq++
    sink.next({ data: { activity: { seq, position: `aaaaaaaa:${seq}`, resync, topic, nodeId } } })
  }
  return { hub, say }
}

describe('the ear on the log', () => {
  it('asks a query again for its topics only', async () => {
    const { hub, say } = aHub()
    const [releases, tasks] = [vi.fn(), vi.fn()]
    hub.on(['release.'], releases)
    hub.on(['task.'], tasks)
    say('release.changed')
    await vi.advanceTimersByTimeAsync(300)
    expect([releases.mock.calls.length, tasks.mock.calls.length]).toEqual([1, 0])
  })

  it('makes one question of a burst of a thousand events', async () => {
    const { hub, say } = aHub()
    const refresh = vi.fn()
    hub.on(['deployment.'], refresh)
    for (let n = 0; n < 1_000; n++) say('deployment.changed')
    await vi.advanceTimersByTimeAsync(300)
    expect(refresh).toHaveBeenCalledOnce()
  })

  it('shows the first change after a pause at once, what follows from it a moment later, and a stream once a second', async () => {
    const { hub, say } = aHub()
    const asked: number[] = []
    const begun = Date.now()
    hub.on(['release.'], () => asked.push(Date.now() - begun))
    for (let n = 0; n < 300; n++) {
      say('release.changed')
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(2_000)
    expect(asked).toEqual([40, 290, 1_290, 2_290, 3_290])
    const again = Date.now() - begun
    say('release.changed')
    await vi.advanceTimersByTimeAsync(300)
    expect(asked.at(-1)).toBe(again + 40)
  })

  it('asks everything again when events may have been missed', async () => {
    const { hub, say } = aHub()
    const refresh = vi.fn()
    hub.on(['task.'], refresh)
    say('x', true)
    await vi.advanceTimersByTimeAsync(300)
    expect(refresh).toHaveBeenCalledOnce()
  })

  it('says what a burst was about, once; and that it may be anything when that is not known or too much', async () => {
    const { hub, say } = aHub()
    const refresh = vi.fn()
    hub.on(['release.', 'task.'], refresh)
    const heardAfter = async (events: () => void) => {
      events()
      await vi.advanceTimersByTimeAsync(2_000)
      return refresh.mock.lastCall![0] as ReadonlyMap<string, string> | null
    }
    const said = (id: string, topic = 'release.changed') => say(topic, false, id)
    const burst = await heardAfter(() => (said('rls_1'), said('tsk_1', 'task.changed'), said('rls_1')))
    expect([...burst!]).toEqual([
      ['rls_1', 'release.changed'],
      ['tsk_1', 'task.changed'],
    ])
    expect([...(await heardAfter(() => said('rls_2')))!.keys()]).toEqual(['rls_2'])
    expect(await heardAfter(() => (said('rls_3'), say('release.changed')))).toBeNull()
    expect(await heardAfter(() => (said('rls_3'), hub.refreshAll()))).toBeNull()
    expect(await heardAfter(() => Array.from({ length: 300 }, (_, n) => said(`rls_${n}`)))).toBeNull()
    expect(refresh).toHaveBeenCalledTimes(5)
  })

  it('forgets a page that was left, also one whose question was due', async () => {
    const { hub, say } = aHub()
    const refresh = vi.fn()
    const forget = hub.on(['task.'], refresh)
    say('task.changed')
    forget()
    await vi.advanceTimersByTimeAsync(300)
    expect(refresh).not.toHaveBeenCalled()
  })

  it('asks at most once a second while events keep coming, and once more for the last of them', async () => {
    const { hub, say } = aHub()
    const refresh = vi.fn()
    hub.on(['deployment.'], refresh)
    for (let n = 0; n < 100; n++) {
      say('deployment.changed')
      await vi.advanceTimersByTimeAsync(100)
    }
    const during = refresh.mock.calls.length
    expect(during).toBeGreaterThanOrEqual(9)
    expect(during).toBeLessThanOrEqual(11)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(refresh.mock.calls.length).toBe(during + 1)
  })

  it('holds still while the reader wants it, counts what waits, and asks once afterwards', async () => {
    const waiting = vi.fn()
    const { hub, say } = aHub(waiting)
    const refresh = vi.fn()
    hub.on(['task.'], refresh)
    hub.hold(true)
    say('task.changed')
    say('release.changed')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(refresh).not.toHaveBeenCalled()
    expect(waiting).toHaveBeenCalledTimes(2)
    hub.hold(false)
    await vi.advanceTimersByTimeAsync(300)
    expect(refresh).toHaveBeenCalledOnce()
  })
})
