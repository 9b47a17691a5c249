import type { ErrorCode } from './error-codes.ts'
import { Refusal } from './errors.ts'

/**
 * A lifecycle is a table `state → { action: next }` (design decision D4). The keys are the only list of states;
 * the GraphQL enum, `allowedActions`, refusals, database checks and docs are derived from it.
 */
type Table = Record<string, Record<string, string>>

export interface Lifecycle<S extends string = string, A extends string = string> {
  /** What it is the lifecycle of, as people say it: 'deployment'. */
  readonly noun: string
  readonly initial: S
  readonly states: readonly S[]
  readonly table: Readonly<Record<S, Partial<Record<A, S>>>>
  /** The state that `action` leads to, or null when it is not possible now. */
  next(state: S, action: A): S | null
  actionsFrom(state: S): A[]
  isTerminal(state: S): boolean
}

type ActionsOf<T extends Table> = { [S in keyof T]: keyof T[S] }[keyof T] & string

/** Declares a lifecycle; a wrong target or initial state is a compile error. */
export function lifecycle<const T extends { [S in keyof T]: Record<string, keyof T & string> }>(
  noun: string,
  initial: keyof T & string,
  table: T,
): Lifecycle<keyof T & string, ActionsOf<T extends Table ? T : never>> {
  type S = keyof T & string
  type A = ActionsOf<T extends Table ? T : never>
  const row = (state: S) => table[state] as Partial<Record<A, S>>
  return {
    noun,
    initial,
    states: Object.keys(table) as S[],
    table: table as unknown as Record<S, Partial<Record<A, S>>>,
    next: (state, action) => row(state)[action] ?? null,
    actionsFrom: (state) => Object.keys(row(state)) as A[],
    isTerminal: (state) => Object.keys(row(state)).length === 0,
  }
}

export type StateOf<L> = L extends Lifecycle<infer S, string> ? S : never
export type ActionOf<L> = L extends Lifecycle<string, infer A> ? A : never

/** The action is not in the row of the present state. */
export class IllegalTransition extends Refusal {
  static override code: ErrorCode = 'ILLEGAL_TRANSITION'
  constructor(lifecycle: Lifecycle, name: string, state: string, action: string) {
    const possible = lifecycle.actionsFrom(state)
    super(
      `${name} is ${state}, so it cannot ${action}. ` +
        (possible.length ? `Possible now: ${possible.join(', ')}.` : `Nothing further can be done with it.`),
      { rule: `${lifecycle.noun} lifecycle`, evidence: { state, action, possible } },
    )
  }
}
