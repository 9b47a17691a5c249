import type { EntityManager } from '@mikro-orm/postgresql'
import { VersionConflict } from './errors.ts'
import { record, recordMany, type Topic } from './events.ts'
import { IllegalTransition, type ActionOf, type Lifecycle, type StateOf } from './lifecycle.ts'
import { uuidv7, type ChangingNoun } from './noun.ts'
import { rows } from './sql.ts'

/** A noun with a lifecycle. */
export interface Moving<S extends string> extends ChangingNoun {
  state: S
  /** How people call it: number or name. */
  readonly displayName: string
  readonly topic: Topic
  /** UUID of what the event is about, when that is another thing: a scan's event is about its repository. */
  readonly eventSubject?: string
}

/** Who did it and why; `by` is an account's UUID, null for Waybill itself. */
export interface Because {
  by: string | null
  reason?: string | null
}

/** Refuses when the thing was changed since the caller saw it. */
export function expectVersion(
  thing: { version: number; displayName: string },
  expected: number | null | undefined,
): void {
  if (expected != null && expected !== thing.version)
    throw new VersionConflict(thing.displayName, expected, thing.version)
}

/**
 * The one door by which a state changes (style 9): checks the table, changes the state, writes history and records the
 * event, in the caller's transaction. Refuses with what is possible instead.
 */
export async function move<L extends Lifecycle>(
  em: EntityManager,
  thing: Moving<StateOf<L>>,
  lifecycle: L,
  action: ActionOf<L>,
  because: Because,
  changes?: Record<string, unknown>,
): Promise<void> {
  const from = thing.state
  const to = lifecycle.next(from, action) as StateOf<L> | null
  if (!to) throw new IllegalTransition(lifecycle, thing.displayName, from, action)
  thing.state = to
  await changed(em, thing, action, because, { noun: lifecycle.noun, from, to, changes })
}

/** Writes history and records the event of a change that is not a move (created, edited). */
export async function changed(
  em: EntityManager,
  thing: ChangingNoun & { readonly displayName: string; readonly topic: Topic; readonly eventSubject?: string },
  action: string,
  because: Because,
  facts: { noun?: string; from?: string; to?: string; changes?: Record<string, unknown> } = {},
): Promise<void> {
  em.persist(thing)
  await em.flush()
  await rows(
    em,
    `insert into history (uuid, subject, action, from_state, to_state, actor, reason, changes) values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
    [
      uuidv7(),
      thing.uuid,
      action,
      facts.from ?? null,
      facts.to ?? null,
      because.by,
      because.reason ?? null,
      facts.changes ? JSON.stringify(facts.changes) : null,
    ],
  )
  const { noun, from, to } = facts
  await record(em, {
    topic: thing.topic,
    payload: noun && from && to ? { noun, from, to } : null,
    subject: thing.eventSubject ?? thing.uuid,
    version: thing.eventSubject ? 0 : thing.version,
    scopeIds: thing.scopeIds,
    actor: because.by,
    summary: facts.to ? `${thing.displayName}: ${action}, now ${facts.to}` : `${thing.displayName}: ${action}`,
  })
}

type Changing = ChangingNoun & { readonly displayName: string; readonly topic: Topic }

/** `changed` for many things at once, in a fixed number of statements; `changesOf` says what changed about each. */
export async function changedMany<N extends Changing>(
  em: EntityManager,
  things: readonly N[],
  action: string,
  because: Because,
  changesOf: (thing: N) => Record<string, unknown> | null = () => null,
): Promise<void> {
  await writeMany(
    em,
    things.map((thing) => ({ thing, action, changes: changesOf(thing) })),
    because,
  )
}

/** `move` for many things at once, each by its own action: all or none, in a fixed number of statements. */
export async function moveMany<L extends Lifecycle>(
  em: EntityManager,
  steps: readonly { thing: Moving<StateOf<L>>; action: ActionOf<L> }[],
  lifecycle: L,
  because: Because,
): Promise<void> {
  const moves = steps.map(({ thing, action }) => {
    const from = thing.state
    const to = lifecycle.next(from, action) as StateOf<L> | null
    if (!to) throw new IllegalTransition(lifecycle, thing.displayName, from, action)
    return { thing, action, from, to, noun: lifecycle.noun }
  })
  for (const { thing, to } of moves) thing.state = to
  await writeMany(em, moves, because)
}

interface Written {
  thing: Changing
  action: string
  noun?: string
  from?: string
  to?: string
  changes?: Record<string, unknown> | null
}

async function writeMany(em: EntityManager, all: readonly Written[], because: Because): Promise<void> {
  if (all.length === 0) return
  em.persist(all.map(({ thing }) => thing))
  await em.flush()
  await rows(
    em,
    `insert into history (uuid, subject, action, from_state, to_state, actor, reason, changes)
     select h.uuid, h.subject, h.action, h.was, h.now, $1, $2, h.changes::jsonb
     from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[]) as h(uuid, subject, action, was, now, changes)`,
    [
      because.by,
      because.reason ?? null,
      all.map(() => uuidv7()),
      all.map(({ thing }) => thing.uuid),
      all.map(({ action }) => action),
      all.map(({ from }) => from ?? null),
      all.map(({ to }) => to ?? null),
      all.map(({ changes }) => (changes ? JSON.stringify(changes) : null)),
    ],
  )
  await recordMany(
    em,
    all.map(({ thing, action, noun, from, to }) => ({
      topic: thing.topic,
      payload: noun && from && to ? { noun, from, to } : null,
      subject: thing.uuid,
      version: thing.version,
      scopeIds: thing.scopeIds,
      actor: because.by,
      summary: to ? `${thing.displayName}: ${action}, now ${to}` : `${thing.displayName}: ${action}`,
    })),
  )
}
