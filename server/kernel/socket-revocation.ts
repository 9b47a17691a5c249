import type { FastifyBaseLogger } from 'fastify'
import type { EventLog } from './event-log.ts'
import type { Topics } from './events.ts'
import { closeCodes } from './socket-limits.ts'
import type { SocketState } from './sockets.ts'

/**
 * Closes the sockets whose rights became fewer: subscriptions checked them when they began. The client connects again
 * with what it still has. After a gap in the log all are closed, because any of them may be meant.
 */
export function watchRevocations(
  events: EventLog,
  sockets: () => Iterable<SocketState>,
  log: Pick<FastifyBaseLogger, 'error'>,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const watching = (async () => {
    const filter = { topics: ['account.revoked'], reach: 'estate' } as const
    for await (const batch of events.read(filter, null, stopping.signal)) {
      for (const state of sockets()) {
        const meant =
          batch.resync ||
          batch.events.some(({ subject, payload }) => isMeant(state, subject, payload as Topics['account.revoked']))
        if (meant && state.authenticated) state.socket.close(closeCodes.forbidden, 'Rights were taken back')
      }
    }
  })().catch((error: Error) => log.error({ error }, 'Revocations are not watched any more.'))

  return {
    async stop() {
      stopping.abort()
      await watching
    },
  }
}

function isMeant(
  { authenticated }: SocketState,
  accountId: string,
  revoked: Topics['account.revoked'] | null,
): boolean {
  if (authenticated?.viewer.accountId !== accountId) return false
  const { sessionIds, tokenIds } = revoked ?? {}
  if (!sessionIds && !tokenIds) return true
  const { sessionId, tokenId } = authenticated
  return (!!sessionId && !!sessionIds?.includes(sessionId)) || (!!tokenId && !!tokenIds?.includes(tokenId))
}
