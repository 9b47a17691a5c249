import { getOperationAST, GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql'
import type { Context as SocketContext, SubscribeMessage } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { cohortKey, run, type Cohorts, type Member, type Run } from './cohorts.ts'
import type { EventLog } from './event-log.ts'
import type { Operations } from './socket-operations.ts'
import type { SocketState } from './sockets.ts'

/** More than this waiting for the client, and it goes on alone, at its own pace: fewer and larger steps. */
const TOO_SLOW = 256 * 1024 // bytes

/** What is counted of all sockets; plain numbers, because each delivery counts. */
export interface SocketCounts {
  /** Messages of subscriptions given to sockets. */
  messages: number
  /** Subscriptions that went on from a place the client named. */
  resumes: number
}

export interface SubscriptionParts {
  cohorts: Cohorts
  events: EventLog
  operations: Operations
  socket: WebSocket
  counted: SocketCounts
  /** The arguments of an execution, each time with a context of its own. */
  args(): ExecutionArgs
}

/**
 * One subscription of one client. It begins alone, from the place the client named, until it stands where its cohort
 * stands; from then on it is given what all of them are given, with its own id written around it. It looks like a
 * generator to graphql-ws, which ends it by `return`.
 */
export class SocketSubscription implements Member {
  seq = -1
  private readonly key: string | null
  private readonly prefix: string
  private alone: Run | undefined
  private over = false
  /** In its cohort, which sends for it. */
  private shared = false
  private goOn: (() => void) | undefined

  constructor(
    private readonly parts: SubscriptionParts,
    private readonly message: SubscribeMessage,
  ) {
    const args = parts.args()
    const operation = getOperationAST(args.document, args.operationName)!
    this.key = cohortKey(message.payload.query, args, operation)
    if (args.variableValues?.after != null) parts.counted.resumes++
    this.prefix = `{"id":${JSON.stringify(message.id)},"type":"next","payload":`
  }

  /** Until the client or the stream ends. Answers whether the client is to be told that it is complete. */
  async follow(): Promise<boolean> {
    let after: string | null = null
    while (!this.over) {
      const ended = await this.followAlone(after)
      if (ended) return !this.over
      if (this.shared) await new Promise<void>((goOn) => (this.goOn = goOn))
      after = this.parts.events.positionAt(this.seq)
    }
    return false
  }

  /** Answers whether the stream came to its end; false when the subscription is in its cohort now. */
  private async followAlone(after: string | null): Promise<boolean> {
    const started = await run(this.parts.args(), after)
    if (!('results' in started)) {
      await this.send(this.parts.operations.serialise(started))
      return true
    }
    this.alone = started
    try {
      for await (const result of started.results) {
        await this.send(this.parts.operations.serialise(result))
        this.seq = started.reached() ?? this.seq
        if (this.over) return true
        if (this.key && this.seq >= 0 && this.parts.cohorts.join(this.key, this, this.parts.args)) {
          this.shared = true
          return false
        }
      }
      return true
    } finally {
      this.alone = undefined
      await started.results.return?.()
    }
  }

  take(payload: string): void {
    const { socket } = this.parts
    if (socket.readyState !== socket.OPEN) return
    this.parts.counted.messages++
    socket.send(`${this.prefix}${payload}}`)
    if (socket.bufferedAmount <= TOO_SLOW) return
    this.parts.cohorts.leave(this.key!, this)
    this.leave()
  }

  leave(): void {
    this.shared = false
    this.goOn?.()
  }

  /** Resolves when the client has taken it. */
  private send(payload: string): Promise<void> {
    const { socket, counted } = this.parts
    counted.messages++
    return new Promise((done) =>
      socket.readyState === socket.OPEN ? socket.send(`${this.prefix}${payload}}`, () => done()) : done(),
    )
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    throw new GraphQLError('A subscription of a socket is followed, not pulled.')
  }

  async throw(): Promise<IteratorResult<ExecutionResult>> {
    return this.return()
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.over = true
    if (this.key) this.parts.cohorts.leave(this.key, this)
    this.leave()
    await this.alone?.results.return?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

/** Does one subscribe message of a socket that has introduced itself, to its end. */
export async function serveSubscription(
  parts: Omit<SubscriptionParts, 'args'>,
  context: SocketContext<never, SocketState>,
  message: SubscribeMessage,
): Promise<void> {
  const { id } = message
  const { operations, socket } = parts
  const tell = (what: object) => socket.readyState === socket.OPEN && socket.send(JSON.stringify({ id, ...what }))
  const isWanted = () => id in context.subscriptions
  // Taken before anything is awaited, so that a second one with this id is noticed.
  context.subscriptions[id] = null
  try {
    const prepared = operations.prepare(context, message.payload)
    if (typeof prepared !== 'function') {
      tell({ type: 'error', payload: prepared.map((error) => operations.shown(error)) })
      return
    }
    const subscription = new SocketSubscription({ ...parts, args: prepared }, message)
    context.subscriptions[id] = subscription as unknown as AsyncGenerator<unknown>
    const isComplete = await subscription.follow()
    if (isComplete && isWanted()) tell({ type: 'complete' })
  } catch (error) {
    const wrapped =
      error instanceof GraphQLError
        ? error
        : new GraphQLError((error as Error).message, { originalError: error as Error })
    if (isWanted()) tell({ type: 'error', payload: [operations.shown(wrapped)] })
  } finally {
    delete context.subscriptions[id]
  }
}
