import canonicalize from 'canonicalize'
import { subscribe, type ExecutionArgs, type ExecutionResult, type OperationDefinitionNode } from 'graphql'
import type { FastifyBaseLogger } from 'fastify'
import type { Context } from './context.ts'
import type { EventLog } from './event-log.ts'

/** A subscription of one client, as its cohort sees it. */
export interface Member {
  /** Up to here the client has seen everything; messages before it are not for this member. */
  seq: number
  /** Takes the payload of a message, already serialised. */
  take(payload: string): void
  /** The cohort has come to its end; go on alone. */
  leave(): void
}

export interface CohortParts {
  events: EventLog
  log: Pick<FastifyBaseLogger, 'warn'>
  /** The payload of a message as it goes over the wire. */
  serialise(result: ExecutionResult): string
}

/** One execution of a subscription. */
export interface Run {
  results: AsyncIterable<ExecutionResult> & { return?(): Promise<unknown> }
  /** How far the latest result reaches. */
  reached(): number | undefined
}

/** Executes a subscription from a place on; an answer that is no stream is thrown as it is. */
export async function run(args: ExecutionArgs, after: string | null): Promise<Run | ExecutionResult> {
  const context = args.contextValue as Context
  const variableValues = after === null ? args.variableValues : { ...args.variableValues, after }
  const results = await subscribe({ ...args, variableValues })
  if (!(Symbol.asyncIterator in results)) return results
  return { results, reached: () => context.reached }
}

/**
 * Subscriptions that would say the same to several clients share one execution and one serialised payload (D6): the same
 * document, the same variables but `after`, and a viewer with the same rights. Null for those that cannot say where they
 * stand, because their document does not take `after` as a variable.
 */
export function cohortKey(query: string, args: ExecutionArgs, operation: OperationDefinitionNode): string | null {
  const takesAfter = operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'after')
  const { viewer } = args.contextValue as Context
  if (!takesAfter || !viewer) return null
  const { after: _after, ...variables } = args.variableValues ?? {}
  return canonicalize([query, args.operationName ?? null, variables, viewer.scopeKey])!
}

export class Cohorts {
  private readonly cohorts = new Map<string, Cohort>()

  constructor(private readonly parts: CohortParts) {}

  /**
   * Lets a member in that stands where the cohort is, or further; false when it has to catch up first. The first one
   * makes the cohort, from its own place on. `args` must be the member's own, with a context of their own.
   */
  join(key: string, member: Member, args: () => ExecutionArgs): boolean {
    let cohort = this.cohorts.get(key)
    if (!cohort) {
      cohort = new Cohort(this.parts, member.seq, () => this.cohorts.delete(key))
      this.cohorts.set(key, cohort)
      void cohort.follow(args())
    }
    if (member.seq < cohort.seq) return false
    cohort.members.add(member)
    return true
  }

  leave(key: string, member: Member): void {
    const cohort = this.cohorts.get(key)
    if (cohort?.members.delete(member) && cohort.members.size === 0) cohort.end()
  }

  /** How many executions serve how many members. */
  counts(): { cohorts: number; members: number } {
    const members = [...this.cohorts.values()].reduce((sum, cohort) => sum + cohort.members.size, 0)
    return { cohorts: this.cohorts.size, members }
  }
}

class Cohort {
  readonly members = new Set<Member>()
  private running: Run | undefined
  private ended = false

  constructor(
    private readonly parts: CohortParts,
    /** Everything up to here was given to the members. */
    public seq: number,
    private readonly onEnd: () => void,
  ) {}

  async follow(args: ExecutionArgs): Promise<void> {
    try {
      const started = await run(args, this.parts.events.positionAt(this.seq))
      if (!('results' in started)) return
      this.running = started
      if (this.ended) return
      for await (const result of started.results) {
        this.give(this.parts.serialise(result), started.reached() ?? this.seq)
      }
    } catch (error) {
      this.parts.log.warn({ error: (error as Error).message }, 'A shared subscription broke; its clients go on alone.')
    } finally {
      await this.running?.results.return?.().catch(() => {})
      this.end()
    }
  }

  private give(payload: string, reached: number): void {
    const before = this.seq
    this.seq = reached
    for (const member of this.members) {
      // Some were further when they came. A heartbeat brings nothing new; a log that starts anew goes back, for all.
      const hasIt = reached > before ? member.seq >= reached : reached === before && member.seq > reached
      if (hasIt) continue
      member.seq = reached
      member.take(payload)
    }
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.onEnd()
    void this.running?.results.return?.().catch(() => {})
    for (const member of this.members) member.leave()
    this.members.clear()
  }
}
