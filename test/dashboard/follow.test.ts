import type { ExecutionResult, Sink } from 'graphql-ws'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { follow, type Position } from '../../dashboard/src/live/follow.ts'

type Data = { stream: Position & { text: string } }
interface Subscription {
  payload: { query: string; variables: Record<string, unknown> }
  sink: Sink<ExecutionResult<Data>>
  ended: boolean
}

/** A socket that a test speaks through; like graphql-ws it hands the same payload object out again after a cut. */
function aSocket() {
  const subscriptions: Subscription[] = []
  const subscribe = (payload: Subscription['payload'], sink: Subscription['sink']) => {
    const subscription: Subscription = { payload, sink, ended: false }
    subscriptions.push(subscription)
    return () => {
      subscription.ended = true
    }
  }
  const latest = () => subscriptions.at(-1)!
  const send = (seq: number, { epoch = 'aaaaaaaa', resync = false } = {}) =>
    latest().sink.next({ data: { stream: { seq, position: `${epoch}:${seq}`, resync, text: `#${seq}` } } })
  return { socket: { subscribe } as unknown as Parameters<typeof follow>[0], subscriptions, latest, send }
}

function followed(resync = vi.fn(async () => 'aaaaaaaa:900' as string | null)) {
  const wire = aSocket()
  const seen: number[] = []
  const failed = vi.fn()
  const stop = follow<Data>(wire.socket, {
    query: 'subscription { stream }',
    variables: { id: 'dpl_1' },
    after: 'aaaaaaaa:99',
    position: ({ stream }) => stream,
    apply: ({ stream }) => seen.push(stream.seq),
    resync,
    failed,
  })
  return { ...wire, seen, stop, resync, failed }
}

afterEach(() => vi.useRealTimers())

describe('following a stream', () => {
  it('begins after the snapshot and moves the cursor in the payload with every message', () => {
    const { latest, send } = followed()
    const { payload } = latest()
    expect(payload.variables).toEqual({ id: 'dpl_1', after: 'aaaaaaaa:99' })
    send(100)
    send(103)
    expect(payload.variables.after).toBe('aaaaaaaa:103')
    expect(latest().payload).toBe(payload)
  })

  it('shows nothing twice when the server repeats itself after a cut', () => {
    const { send, seen } = followed()
    for (const seq of [100, 101, 100, 101, 102]) send(seq)
    expect(seen).toEqual([100, 101, 102])
  })

  it('takes a snapshot when the server says that the place is gone, and goes on from there', async () => {
    const { send, seen, resync, subscriptions } = followed()
    send(100)
    send(4_000, { resync: true })
    await vi.waitFor(() => expect(subscriptions).toHaveLength(2))
    expect(resync).toHaveBeenCalledOnce()
    expect(subscriptions[0]!.ended).toBe(true)
    expect(subscriptions[1]!.payload.variables.after).toBe('aaaaaaaa:900')
    send(901)
    expect(seen).toEqual([100, 901])
  })

  it('takes a snapshot when the numbering began anew, even if the new numbers are smaller', async () => {
    const resync = vi.fn(async () => 'bbbbbbbb:3')
    const { send, seen, subscriptions } = followed(resync)
    send(5_000)
    send(4, { epoch: 'bbbbbbbb' })
    await vi.waitFor(() => expect(subscriptions).toHaveLength(2))
    send(5, { epoch: 'bbbbbbbb' })
    expect(seen).toEqual([5_000, 5])
  })

  it('asks for the snapshot again when that failed', async () => {
    vi.useFakeTimers()
    const resync = vi
      .fn<() => Promise<string | null>>()
      .mockRejectedValueOnce(new Error('no network'))
      .mockResolvedValue('aaaaaaaa:7')
    const { send, subscriptions } = followed(resync)
    send(1, { resync: true })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(resync).toHaveBeenCalledTimes(2)
    expect(subscriptions).toHaveLength(2)
  })

  it('says why the server refused, and does not ask again', async () => {
    vi.useFakeTimers()
    const { latest, failed, subscriptions } = followed()
    latest().sink.error([{ message: 'You may not watch DPL-1.' }])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(failed).toHaveBeenCalledWith('You may not watch DPL-1.')
    expect(subscriptions).toHaveLength(1)
  })

  it('begins again where it was when the socket gave up', async () => {
    vi.useFakeTimers()
    const { send, latest, subscriptions } = followed()
    send(120)
    latest().sink.error(new Error('4500 Internal server error'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(subscriptions).toHaveLength(2)
    expect(latest().payload.variables.after).toBe('aaaaaaaa:120')
  })

  it('is silent after it was stopped', () => {
    const { send, seen, stop, latest } = followed()
    stop()
    send(100)
    expect(seen).toEqual([])
    expect(latest().ended).toBe(true)
  })
})
