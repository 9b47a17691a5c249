/** How far the parts of a source were read: for people, and for the next try of a run that was interrupted. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { jsonOf } from './clean.ts'
import type { Staging } from './staging.ts'

export interface ScopeState {
  name: string
  ordinal: number
  state: 'RUNNING' | 'FINISHED'
  complete: boolean
  seen: number
  problems: number
  problem: string | null
  /** Its reading failed: the next try of the run reads it again. */
  unread: boolean
}

export const keepScopes = (em: EntityManager, runId: string, all: ScopeState[]) =>
  rows(
    em,
    `insert into discovery_scope (run_id, ordinal, name, state, complete, seen, problems, problem, finished_at)
         select $2, s.ordinal, s.name, s.state, s.complete, s.seen, s.problems, s.problem, case when s.state = 'FINISHED' then now() end
         from json_to_recordset($1::json) as s(ordinal int, name text, state text, complete boolean, seen int, problems int, problem text)
         on conflict (run_id, name) do update set state = excluded.state, complete = discovery_scope.complete or excluded.complete,
           seen = greatest(discovery_scope.seen, excluded.seen), problems = greatest(discovery_scope.problems, excluded.problems),
           problem = coalesce(excluded.problem, discovery_scope.problem), finished_at = excluded.finished_at`,
    [jsonOf(all), runId],
  )

export const markScopes = (em: EntityManager, { scopes }: Staging, marks: object[]) =>
  rows(
    em,
    `insert into ${scopes} as known select * from json_to_recordset($1::json) as s(name text, finished boolean, complete boolean)
       on conflict (name) do update set finished = excluded.finished, complete = known.complete or excluded.complete`,
    [jsonOf(marks)],
  )

/** The name under which staging keeps that the whole source was seen; no scope of an adapter has a line break. */
export const WHOLE = '\n'
