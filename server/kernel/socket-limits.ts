export interface SocketLimits {
  /** Bytes of one message from a client. */
  messageBytes: number
  subscriptionsPerSocket: number
  socketsPerAccount: number
  /** How long a client may take to introduce itself, ms. */
  introductionMs: number
}

export const socketLimits: SocketLimits = {
  messageBytes: 64 * 1024,
  subscriptionsPerSocket: 100,
  socketsPerAccount: 50,
  introductionMs: 3_000,
}
/** Close codes beside those of graphql-ws. */
export const closeCodes = { goingAway: 1001, tryAgain: 1013, forbidden: 4403, tooMany: 4429 } as const
