/** What an interrupted try of a run leaves behind: for the next one, which goes on after it, and for nobody once that cannot be. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { row, rows } from '../../kernel/sql.ts'
import { dropStaging, staged, stagingOf, type Staging } from './staging.ts'

/** So long a run that failed or was cancelled can be resumed. */
export const RESUMABLE_DAYS = 7

/** SQL: whether nobody can go on with the run `r` any more. Only the last one of a product can be resumed. */
export const IS_LEFT = `(r.finished_at <= now() - interval '${RESUMABLE_DAYS} days'
  or exists (select from discovery_run later where later.product_id = r.product_id and later.created_at > r.created_at))`

/** Drops what runs left that are over: a process may die between the end of a run and this. */
export async function sweepStaging(em: EntityManager): Promise<void> {
  const left = await rows<{ run: string }>(
    em,
    `select distinct r.uuid::text as run from pg_class t join discovery_run r
       on t.relname like '%\\_' || replace(r.uuid::text, '-', '')
     where t.relnamespace = 'staging'::regnamespace and t.relkind = 'r' and not r.busy
       and (r.state in ('SUCCEEDED', 'DISCARDED') or r.state in ('FAILED', 'CANCELLED') and ${IS_LEFT})`,
  )
  for (const { run } of left) await dropStaging(em, stagingOf(run))
}

/**
 * Scopes that an interrupted try of the run had read whole; what it had of others is forgotten. What was read without a time
 * of its own was seen when its scope ended, not when the run does.
 */
export async function finishedScopes(em: EntityManager, runId: string, staging: Staging): Promise<Set<string>> {
  const found = await rows<{ name: string }>(em, `select name from ${staging.scopes} where finished`)
  const names = found.map(({ name }) => name)
  for (const table of staged) await rows(em, `delete from ${staging[table]} where scope <> all($1::text[])`, [names])
  await rows(em, `delete from ${staging.scopes} where not finished`)
  await rows(em, 'delete from discovery_problem where run_id = $1 and scope <> all($2::text[])', [runId, names])
  await rows(em, 'delete from discovery_scope where run_id = $1 and name <> all($2::text[])', [runId, names])
  // Of many problems of one rule only so many are kept; the scopes know how many there were.
  await rows(
    em,
    `update discovery_run r set errors = 0, warnings = (select coalesce(sum(s.problems), 0) from discovery_scope s where s.run_id = r.uuid)
       + (select count(*) from discovery_problem p where p.run_id = r.uuid and p.rule = 'attribute') where r.uuid = $1`,
    [runId],
  )
  if (names.length > 0)
    await rows(
      em,
      `update ${staging.items} i set at = s.finished_at from discovery_scope s where s.run_id = $1 and s.name = i.scope and i.at is null`,
      [runId],
    )
  return new Set(names)
}

export interface Told {
  rule: string
  message: string
}

/** Problems of the scopes that were finished: what is said once is not said again. */
export const toldProblems = (em: EntityManager, runId: string) =>
  rows<Told>(em, 'select rule, message from discovery_problem where run_id = $1', [runId])

/** How much of a run is there to go on with. */
export interface Left {
  finished: number
  /** Scopes were finished, and what was read of them is gone, as after a crash of the database. */
  isLost: boolean
}

export async function leftOf(em: EntityManager, runId: string): Promise<Left> {
  const staging = stagingOf(runId)
  const known = await row<{ there: boolean; finished: boolean }>(
    em,
    `select to_regclass($2) is not null as there,
       exists (select from discovery_scope where run_id = $1 and state = 'FINISHED') as finished`,
    [runId, staging.scopes],
  )
  if (!known!.there) return { finished: 0, isLost: known!.finished }
  const left = await row<{ finished: number; scopes: number }>(
    em,
    `select count(*) filter (where finished)::int as finished, count(*)::int as scopes from ${staging.scopes}`,
  )
  return { finished: left!.finished, isLost: known!.finished && left!.scopes === 0 }
}

/** Until the run is taken over: a next try reads it instead of the source. */
export async function keepRaw(em: EntityManager, { kept }: Staging, scope: string, raw: string): Promise<void> {
  await rows(
    em,
    `insert into ${kept} values ($1, $2) on conflict (scope) do update set compressed = excluded.compressed`,
    [scope, await promisify(gzip)(raw)],
  )
}

export async function keptRaw(em: EntityManager, { kept }: Staging, scope: string): Promise<string | undefined> {
  const found = await row<{ compressed: Buffer }>(em, `select compressed from ${kept} where scope = $1`, [scope])
  return found ? (await promisify(gunzip)(found.compressed)).toString('utf8') : undefined
}
