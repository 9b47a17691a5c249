/**
 * Where a run keeps what it read until all of it is taken over at once: tables of its own, unlogged because a lost source
 * can be read again. Finished scopes are kept here too, so that after a crash of the database both are gone together.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../../kernel/sql.ts'

export interface Staging {
  items: string
  marks: string
  edges: string
  gone: string
  scopes: string
}

export function stagingOf(runId: string): Staging {
  const table = (name: string) => `staging.${name}_${runId.replaceAll('-', '')}`
  return {
    items: table('items'),
    marks: table('marks'),
    edges: table('edges'),
    gone: table('gone'),
    scopes: table('scopes'),
  }
}

const WHERE = 'source text, line integer, element text'

/** Makes the tables if they are not there. Answers the rules' revision that they were filled under. */
export async function openStaging(em: EntityManager, staging: Staging, revision: number): Promise<void> {
  const held = await row<{ revision: string | null }>(em, `select obj_description(to_regclass($1)) as revision`, [
    staging.items,
  ])
  if (held?.revision === String(revision)) return
  await dropStaging(em, staging)
  await rows(
    em,
    `create unlogged table ${staging.items} (n bigint, scope text, ref text, class_name text, family text, level smallint, key text,
       name text, attributes jsonb, identifiers jsonb, partial boolean, mention boolean, at timestamptz, ${WHERE})`,
  )
  await rows(
    em,
    `create unlogged table ${staging.marks} (n bigint, scope text, entry text, rank smallint, strong boolean, decisive boolean,
       overlap smallint, value text, lent boolean)`,
  )
  await rows(
    em,
    `create unlogged table ${staging.edges} (n bigint, scope text, type text, from_ref text, to_ref text, evidence text, ${WHERE})`,
  )
  await rows(
    em,
    `create unlogged table ${staging.gone} (n bigint, scope text, class_name text, family text, key text, ${WHERE})`,
  )
  await rows(em, `create unlogged table ${staging.scopes} (name text primary key, finished boolean, complete boolean)`)
  await rows(em, `comment on table ${staging.items} is '${revision}'`)
}

export async function dropStaging(em: EntityManager, staging: Staging): Promise<void> {
  await rows(em, `drop table if exists ${Object.values(staging).join(', ')}`)
}

/** Drops what runs left that are over: a process may die between the end of a run and this. */
export async function sweepStaging(em: EntityManager): Promise<void> {
  const left = await rows<{ run: string }>(
    em,
    `select distinct r.uuid::text as run from pg_class t join discovery_run r
       on t.relname like '%\\_' || replace(r.uuid::text, '-', '')
     where t.relnamespace = 'staging'::regnamespace and t.relkind = 'r' and r.state not in ('QUEUED', 'RUNNING')`,
  )
  for (const { run } of left) await dropStaging(em, stagingOf(run))
}

/** Scopes that an interrupted try of the run had read whole; what it had of others is forgotten. */
export async function finishedScopes(em: EntityManager, runId: string, staging: Staging): Promise<Set<string>> {
  const found = await rows<{ name: string }>(em, `select name from ${staging.scopes} where finished`)
  const names = found.map(({ name }) => name)
  for (const table of [staging.items, staging.marks, staging.edges, staging.gone])
    await rows(em, `delete from ${table} where scope <> all($1::text[])`, [names])
  await rows(em, `delete from ${staging.scopes} where not finished`)
  await rows(em, 'delete from discovery_problem where run_id = $1 and scope <> all($2::text[])', [runId, names])
  await rows(em, 'delete from discovery_scope where run_id = $1 and name <> all($2::text[])', [runId, names])
  await rows(
    em,
    `update discovery_run r set warnings = (select count(*) from discovery_problem p where p.run_id = r.uuid and p.severity = 'warning'),
       errors = (select count(*) from discovery_problem p where p.run_id = r.uuid and p.severity = 'error') where r.uuid = $1`,
    [runId],
  )
  return new Set(names)
}
