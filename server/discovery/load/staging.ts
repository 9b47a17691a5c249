/**
 * Where a run keeps what it read until all of it is taken over at once: tables of its own, unlogged because a lost source
 * can be read again. Finished scopes are kept here too, so that after a crash of the database both are gone together.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { arrayText } from './array-text.ts'

export interface Staging {
  items: string
  marks: string
  edges: string
  gone: string
  scopes: string
  kept: string
}

export function stagingOf(runId: string): Staging {
  const table = (name: string) => `staging.${name}_${runId.replaceAll('-', '')}`
  return {
    items: table('items'),
    marks: table('marks'),
    edges: table('edges'),
    gone: table('gone'),
    scopes: table('scopes'),
    kept: table('kept'),
  }
}

const WHERE = { source: 'text', line: 'integer', element: 'text' }

/** What is staged, with the types of PostgreSQL: the tables are made of it, and batches are written by it. */
const COLUMNS = {
  items: {
    ...{ n: 'bigint', scope: 'text', ref: 'text', class_name: 'text', family: 'text', level: 'smallint', key: 'text' },
    ...{ name: 'text', attributes: 'jsonb', identifiers: 'jsonb', partial: 'boolean', mention: 'boolean' },
    at: 'timestamptz',
    ...WHERE,
  },
  marks: {
    ...{ n: 'bigint', scope: 'text', entry: 'text', rank: 'smallint', strong: 'boolean', decisive: 'boolean' },
    ...{ overlap: 'smallint', value: 'text', lent: 'boolean' },
  },
  edges: {
    ...{ n: 'bigint', scope: 'text', type: 'text', from_ref: 'text', to_ref: 'text', evidence: 'text' },
    ...WHERE,
  },
  gone: { n: 'bigint', scope: 'text', class_name: 'text', family: 'text', key: 'text', ...WHERE },
} satisfies Record<string, Record<string, string>>

/** The tables that batches go to. */
export type Staged = keyof typeof COLUMNS
export const staged = Object.keys(COLUMNS) as Staged[]

/** Makes the tables if they are not there. Answers the rules' revision that they were filled under. */
export async function openStaging(em: EntityManager, staging: Staging, revision: number): Promise<void> {
  const held = await row<{ revision: string | null }>(
    em,
    `select obj_description(to_regclass($1)) as revision where to_regclass($2) is not null`,
    [staging.items, staging.kept],
  )
  if (held?.revision === String(revision)) return
  await dropStaging(em, staging)
  for (const table of staged) {
    const columns = Object.entries(COLUMNS[table]).map(([name, type]) => `${name} ${type}`)
    await rows(em, `create unlogged table ${staging[table]} (${columns.join(', ')})`)
  }
  await rows(em, `create unlogged table ${staging.scopes} (name text primary key, finished boolean, complete boolean)`)
  await rows(em, `create unlogged table ${staging.kept} (scope text primary key, compressed bytea not null)`)
  await rows(em, `comment on table ${staging.items} is '${revision}'`)
}

/**
 * Writes a batch, an array for each column: PostgreSQL takes that in half the time of an object for each row, and row by row
 * from the select list without a copy of the whole batch first. What a row does not have is null.
 */
export async function writeStaged(
  em: EntityManager,
  staging: Staging,
  table: Staged,
  batch: readonly object[],
): Promise<void> {
  const columns = Object.entries(COLUMNS[table])
  await rows(
    em,
    `insert into ${staging[table]} select ${columns.map(([, type], place) => `unnest($${place + 1}::${type}[])`).join(', ')}`,
    columns.map(([name]) => arrayText(batch.map((one) => (one as Record<string, unknown>)[name]))),
  )
}

export async function dropStaging(em: EntityManager, staging: Staging): Promise<void> {
  await rows(em, `drop table if exists ${Object.values(staging).join(', ')}`)
}

/** From here on it survives a crash of the database: nobody reads it again. */
export async function keepStaging(em: EntityManager, staging: Staging): Promise<void> {
  for (const table of Object.values(staging)) await rows(em, `alter table ${table} set logged`)
}

/** Why what was read some time ago cannot be taken over any more, the beginning of a sentence; null: it can. */
export async function notUsable(
  em: EntityManager,
  staging: Staging,
  { revision, classNames }: Pick<IdentityRules, 'revision' | 'classNames'>,
): Promise<string | null> {
  const held = await row<{ revision: string | null }>(em, `select obj_description(to_regclass($1)) as revision`, [
    staging.items,
  ])
  if (held?.revision == null) return 'What it read is not here any more'
  if (held.revision !== String(revision)) return 'The rules of identity changed since it was read'
  const gone = await row<{ name: string }>(
    em,
    `select class_name as name from ${staging.items} where class_name <> all($1::text[]) limit 1`,
    [classNames],
  )
  return gone && `The class ${gone.name} was removed since it was read`
}
