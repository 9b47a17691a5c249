import type { GraphQLSchema, ValidationRule } from 'graphql'
import {
  CloseCode,
  handleProtocols,
  makeServer,
  MessageType,
  parseMessage,
  type Context as SocketContext,
  type SubscribeMessage,
} from 'graphql-ws'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger } from 'fastify'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Context, Viewer } from './context.ts'
import type { EventLog } from './event-log.ts'
import { closeCodes, socketLimits, type SocketLimits } from './socket-limits.ts'
import { Cohorts } from './cohorts.ts'
import { createOperations } from './socket-operations.ts'
import { watchSlowSockets } from './socket-pressure.ts'
import { watchRevocations } from './socket-revocation.ts'
import { serveSubscription, type SocketCounts } from './socket-subscription.ts'

/** Who is at the other end of a socket, as account/ found it. */
export interface Authenticated {
  viewer: Viewer
  /** When the session or token ends; null: never. */
  expiresAt: Date | null
  sessionId?: string
  tokenId?: string
}

export interface SocketSettings {
  schema: GraphQLSchema
  events: EventLog
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** By the cookie of the request, or by the token in the parameters of connection_init; null when neither is good. */
  authenticate(request: IncomingMessage, params: Record<string, unknown>): Promise<Authenticated | null>
  /** A context for one subscription. */
  contextFor(viewer: Viewer): Context
  /** Whether a page of this origin may connect; a browser always names one. */
  allowsOrigin(origin: string, request: IncomingMessage): boolean
  /** The limits on depth and cost that hold for documents sent by HTTP. */
  rules?: readonly ValidationRule[]
  limits?: Partial<SocketLimits>
}

export interface Sockets {
  /** Takes the upgrades to `/graphql`. */
  attach(server: Server): void
  count(): number
  /** Since the start. */
  counted(): Readonly<SocketCounts>
  /** How many executions serve how many subscriptions together. */
  cohorts(): { cohorts: number; members: number }
  /** Says good-bye to all (1001) and closes. */
  stop(): Promise<void>
}

/** What we know of one socket. */
export interface SocketState {
  socket: WebSocket
  request: IncomingMessage
  authenticated?: Authenticated
  /** What graphql-ws knows of it, once it has introduced itself. */
  context?: SocketContext<never, SocketState>
  expiry?: NodeJS.Timeout
}

const PING = 12_000 // ms
const LONGEST_TIMER = 2_147_483_647 // ms
const GOODBYE = 1_000 // ms

/** GraphQL subscriptions over WebSocket, protocol graphql-transport-ws. */
export function createSockets(settings: SocketSettings): Sockets {
  const limits = { ...socketLimits, ...settings.limits }
  const sockets = new Map<WebSocket, SocketState>()
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols,
  })
  const operations = createOperations(settings, limits)
  const counted: SocketCounts = { messages: 0, resumes: 0 }
  const cohorts = new Cohorts({ events: settings.events, log: settings.log, serialise: operations.serialise })

  const protocol = makeServer<Record<string, unknown>, SocketState>({
    connectionInitWaitTimeout: limits.introductionMs,
    async onConnect(context) {
      const { extra, connectionParams } = context
      extra.context = context as SocketContext<never, SocketState>
      const authenticated = await settings.authenticate(extra.request, connectionParams ?? {})
      if (!authenticated) return false
      const others = [...sockets.values()].filter(
        (other) => other.authenticated?.viewer.accountId === authenticated.viewer.accountId,
      )
      if (others.length >= limits.socketsPerAccount) {
        extra.socket.close(closeCodes.tooMany, `No more than ${limits.socketsPerAccount} connections for one account`)
        return false
      }
      extra.authenticated = authenticated
      closeAtExpiry(extra)
      return true
    },
  })

  function opened(socket: WebSocket, request: IncomingMessage) {
    const state: SocketState = { socket, request }
    sockets.set(socket, state)
    let answers = true
    socket.on('pong', () => (answers = true))
    const ping = setInterval(() => {
      if (!answers) return socket.terminate()
      answers = false
      socket.ping()
    }, PING)
    // A broken frame, or one that is too large: ws closes the socket with the fitting code itself.
    socket.on('error', (error) => settings.log.info({ error: error.message }, 'A client sent what cannot be read.'))
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((done) => (socket.readyState === socket.OPEN ? socket.send(text, () => done()) : done())),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (message) =>
            received(state, String(message), take).catch((error: Error) => {
              settings.log.error({ error }, 'A message of a socket failed.')
              socket.close(CloseCode.InternalServerError, 'Internal error')
            }),
          ),
      },
      state,
    )
    socket.once('close', (code, reason) => {
      clearInterval(ping)
      clearTimeout(state.expiry)
      sockets.delete(socket)
      void closed(code, String(reason))
    })
  }

  /** Subscriptions are ours (cohorts.ts); the rest of the protocol, and what breaks it, is graphql-ws's. */
  async function received(state: SocketState, text: string, take: (text: string) => Promise<void>) {
    const { socket, context } = state
    const message = context?.acknowledged ? subscribeMessage(text) : null
    if (!message || message.id in context!.subscriptions) return take(text)
    await serveSubscription({ cohorts, operations, events: settings.events, socket, counted }, context!, message)
  }

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer) {
    const { origin } = request.headers
    if (request.url?.split('?')[0] !== '/graphql') return refuse(stream, '404 Not Found')
    if (stopping) return refuse(stream, '503 Service Unavailable')
    if (origin && !settings.allowsOrigin(origin, request)) return refuse(stream, '403 Forbidden')
    server.handleUpgrade(request, stream, head, (socket) => opened(socket, request))
  }

  const revocations = watchRevocations(settings.events, () => sockets.values(), settings.log)
  const pressure = watchSlowSockets(() => sockets.keys(), settings.log)
  const attached: Server[] = []
  let stopping = false

  return {
    attach(httpServer) {
      httpServer.on('upgrade', upgrade)
      attached.push(httpServer)
    },
    count: () => sockets.size,
    counted: () => counted,
    cohorts: () => cohorts.counts(),
    async stop() {
      stopping = true
      pressure.stop()
      await revocations.stop()
      const gone = [...sockets.keys()].map((socket) => new Promise((done) => socket.once('close', done)))
      for (const socket of sockets.keys()) socket.close(closeCodes.goingAway, 'Waybill is stopping')
      const patience = setTimeout(() => [...sockets.keys()].forEach((socket) => socket.terminate()), GOODBYE)
      await Promise.all(gone)
      clearTimeout(patience)
      for (const httpServer of attached) httpServer.off('upgrade', upgrade)
      server.close()
    },
  }
}

function closeAtExpiry(state: SocketState): void {
  const { expiresAt } = state.authenticated!
  if (!expiresAt) return
  const left = expiresAt.getTime() - Date.now()
  const atEnd = () => state.socket.close(closeCodes.forbidden, 'The sign-in has ended')
  state.expiry = setTimeout(left > LONGEST_TIMER ? () => closeAtExpiry(state) : atEnd, Math.min(left, LONGEST_TIMER))
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function subscribeMessage(text: string): SubscribeMessage | null {
  try {
    const message = parseMessage(text)
    return message.type === MessageType.Subscribe ? message : null
  } catch {
    return null
  }
}
