import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import { closeCodes } from './socket-limits.ts'

const LOOK = 1_000 // ms
const TOO_MUCH = 1024 * 1024 // bytes that wait for the client
const FOR = 10_000 // ms

/**
 * Closes sockets that take nothing: more than 1 MB has waited for 10 s. Before that a slow one simply gets fewer and
 * larger steps, because its streams are pulled only when it has taken the last message.
 */
export function watchSlowSockets(
  sockets: () => Iterable<WebSocket>,
  log: Pick<FastifyBaseLogger, 'info'>,
  { look = LOOK, tooMuch = TOO_MUCH, patience = FOR } = {},
): { stop(): void } {
  const fullSince = new WeakMap<WebSocket, number>()
  const timer = setInterval(() => {
    for (const socket of sockets()) {
      if (socket.bufferedAmount <= tooMuch) {
        fullSince.delete(socket)
        continue
      }
      const since = fullSince.get(socket) ?? Date.now()
      fullSince.set(socket, since)
      if (Date.now() - since < patience) continue
      log.info({ bytes: socket.bufferedAmount }, 'A client that takes nothing was cut off.')
      socket.close(closeCodes.tryAgain, 'Too slow')
      socket.terminate()
    }
  }, look)
  return { stop: () => clearInterval(timer) }
}
