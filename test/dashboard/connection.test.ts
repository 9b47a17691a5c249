import { describe, expect, it } from 'vitest'
import { hear, unconnected, viewOf, type Signal } from '../../dashboard/src/live/connection.ts'

const after = (...signals: Signal[]) => signals.reduce(hear, unconnected)
const opened: Signal = { kind: 'opened', at: 1_000 }

describe('the connection', () => {
  it('says it is connecting before it ever was connected', () => {
    expect(viewOf(after({ kind: 'connecting' }), 60_000)).toEqual({ kind: 'connecting' })
  })

  it('is live with its place and latency once it was heard', () => {
    const live = after(opened, { kind: 'heard', at: 2_000, seq: 88_412, latency: 41 })
    expect(viewOf(live, 3_000)).toEqual({ kind: 'live', seq: 88_412, latency: 41 })
  })

  it('counts how far it is behind until it has caught up', () => {
    const behind = after(opened, { kind: 'heard', at: 2_000, seq: 100, head: 512 })
    expect(viewOf(behind, 2_000)).toEqual({ kind: 'catchingUp', behind: 412 })
    expect(viewOf(hear(behind, { kind: 'heard', at: 2_100, seq: 512 }), 2_100).kind).toBe('live')
  })

  it('counts down to the next try, then says how old the page is', () => {
    const cut = after(
      opened,
      { kind: 'heard', at: 2_000, seq: 7 },
      { kind: 'closed' },
      { kind: 'waiting', retryAt: 5_500 },
    )
    expect(viewOf(cut, 2_900)).toEqual({ kind: 'reconnecting', seconds: 3 })
    expect(viewOf(cut, 7_001)).toEqual({ kind: 'stale', seconds: 5 })
  })

  it('is stale when an open socket has been silent for longer than two pings', () => {
    expect(viewOf(after(opened, { kind: 'heard', at: 2_000 }), 22_001)).toEqual({ kind: 'stale', seconds: 20 })
  })

  it('says that the machine has no network, and not that the server is away; an open socket is believed', () => {
    const cut = after(opened, { kind: 'heard', at: 2_000, seq: 7 }, { kind: 'closed' })
    expect(viewOf(cut, 2_500, false)).toEqual({ kind: 'offline', seconds: 0 })
    expect(viewOf(cut, 62_000, false)).toEqual({ kind: 'offline', seconds: 60 })
    expect(viewOf(after({ kind: 'connecting' }), 2_500, false)).toEqual({ kind: 'offline', seconds: null })
    expect(viewOf(after(opened), 2_500, false).kind).toBe('live')
  })

  it('never goes back in the log', () => {
    const late = after(opened, { kind: 'heard', at: 2_000, seq: 20 }, { kind: 'heard', at: 2_001, seq: 19 })
    expect(late.seq).toBe(20)
  })
})
