import { setTimeout as sleep } from 'node:timers/promises'

/** SQLSTATE: connection lost or refused, shut down or starting, deadlock, serialization failure, too many connections. */
const PASSING = /^(08|57P0|40001|40P01|53300)/
const PASSING_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** Whether the same statement may work in a moment. */
export function isPassing(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const { code } = one as { code?: unknown }
    if (typeof code === 'string' && (PASSING.test(code) || PASSING_CODES.has(code))) return true
    if (
      /connection terminated|not queryable|connection timeout|timeout exceeded when trying to connect/i.test(
        one.message,
      )
    )
      return true
  }
  return false
}

/**
 * Does a transaction until it is done, whatever happens to the database meanwhile. The transaction must be harmless when
 * repeated: a commit whose answer was lost is repeated too. Gives up with `signal`, by throwing the last error.
 */
export async function persistently<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let pause = 25; ; pause = Math.min(pause * 2, 1_000)) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || signal?.aborted) throw error
      await sleep(pause * (0.5 + Math.random()), undefined, { ref: false })
    }
  }
}
