/**
 * What the socket knows about itself, as a value: signals go in, one sentence for the reader comes out.
 * Pure, so that every state of the connection pill can be tested without a socket or a clock.
 */
export interface Connection {
  readonly phase: 'idle' | 'connecting' | 'open' | 'waiting'
  /** Epoch milliseconds of the last message or pong; 0 before the first. */
  readonly heardAt: number
  /** Epoch milliseconds of the next attempt while waiting. */
  readonly retryAt: number
  /** Round trip of the last ping in milliseconds. */
  readonly latency: number | null
  /** Number of the last event that this page has seen. */
  readonly seq: number
  /** Number of the last event that the server had when it last spoke. */
  readonly head: number
}

export type Signal =
  | { kind: 'connecting' }
  | { kind: 'opened'; at: number }
  | { kind: 'heard'; at: number; latency?: number; seq?: number; head?: number }
  | { kind: 'waiting'; retryAt: number }
  | { kind: 'closed' }

export type ConnectionView =
  | { kind: 'connecting' }
  | { kind: 'live'; seq: number; latency: number | null }
  | { kind: 'catchingUp'; behind: number }
  | { kind: 'reconnecting'; seconds: number }
  | { kind: 'stale'; seconds: number }
  | { kind: 'offline'; seconds: number | null }

/** Silence after which figures are shown as old: 5 s without a socket. */
const staleAfter = 5_000
/** An open socket is pinged every 12 s and answers within 5 s; 3 s more is slack. */
const silentAfter = 20_000

export const unconnected: Connection = { phase: 'idle', heardAt: 0, retryAt: 0, latency: null, seq: 0, head: 0 }

/** The next value of the connection. Positions only grow. */
export function hear(now: Connection, signal: Signal): Connection {
  switch (signal.kind) {
    case 'connecting':
      return { ...now, phase: 'connecting' }
    case 'opened':
      return { ...now, phase: 'open', heardAt: signal.at }
    case 'waiting':
      return { ...now, phase: 'waiting', retryAt: signal.retryAt, latency: null }
    case 'closed':
      return { ...now, phase: now.phase === 'waiting' ? 'waiting' : 'connecting', latency: null }
    case 'heard': {
      const seq = Math.max(now.seq, signal.seq ?? 0)
      return {
        ...now,
        phase: 'open',
        heardAt: signal.at,
        latency: signal.latency ?? now.latency,
        seq,
        head: Math.max(now.head, signal.head ?? 0, seq),
      }
    }
  }
}

/**
 * What the pill says at the moment `at` (epoch milliseconds). `online`: whether the machine of the reader has any network; where
 * it has none and the socket is open all the same, the server is on that machine.
 */
export function viewOf(connection: Connection, at: number, online = true): ConnectionView {
  const { phase, heardAt, retryAt, latency, seq, head } = connection
  const silence = at - heardAt
  if (phase === 'open') {
    if (silence > silentAfter) return { kind: 'stale', seconds: Math.floor(silence / 1000) }
    return head > seq ? { kind: 'catchingUp', behind: head - seq } : { kind: 'live', seq, latency }
  }
  if (!online) return { kind: 'offline', seconds: heardAt === 0 ? null : Math.floor(silence / 1000) }
  if (heardAt === 0) return { kind: 'connecting' }
  if (silence > staleAfter) return { kind: 'stale', seconds: Math.floor(silence / 1000) }
  return { kind: 'reconnecting', seconds: phase === 'waiting' ? Math.max(0, Math.ceil((retryAt - at) / 1000)) : 0 }
}
