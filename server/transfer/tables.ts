import { createHash } from 'node:crypto'
import type { Column } from './manifest.ts'

/** One statement on the connection that everything here must share. */
export type Query = <T>(text: string, values?: unknown[]) => Promise<T[]>

/**
 * The schema's own book-keeping; the event log, which starts anew: every subscriber resyncs after a move; who looks at
 * what at the moment; and by which rules values were worked out, which the start of the program finds out.
 */
const LEFT_OUT = ['waybill_migration', 'event', 'event_epoch', 'onlooker', 'identity_worked_out']

const AT_ONCE = 1_000 // rows

export interface Table {
  name: string
  columns: Column[]
}

/**
 * Every table of the installation, found in the catalogue, so that a new one needs no code here. Tables come after those
 * they refer to, unless the reference is checked only at the end of the transaction. Generated columns and transaction
 * numbers are left to the database.
 */
export async function tablesOf(query: Query): Promise<Table[]> {
  const found = await query<{ name: string; columns: Column[]; needs: string[] }>(
    `select t.relname as name,
            coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
                                      order by a.attnum)
               from pg_attribute a
              where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                and a.atttypid not in ('xid'::regtype, 'xid8'::regtype)), '[]') as columns,
            coalesce((select json_agg(distinct r.relname)
               from pg_constraint k join pg_class r on r.oid = k.confrelid
              where k.conrelid = t.oid and k.contype = 'f' and not k.condeferred and r.oid <> t.oid), '[]') as needs
       from pg_class t
      where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
        and t.relname <> all ($1)
      order by t.relname`,
    [LEFT_OUT],
  )
  const ordered: Table[] = []
  while (found.length) {
    const next = found.findIndex(({ needs }) => !found.some(({ name }) => needs.includes(name)))
    const [table] = found.splice(Math.max(next, 0), 1)
    ordered.push({ name: table!.name, columns: table!.columns })
  }
  return ordered
}

/** Last values of the sequences, by name. */
export async function sequencesOf(query: Query): Promise<Record<string, string | null>> {
  const found = await query<{ name: string; value: string | null }>(
    `select sequencename as name, last_value::text as value from pg_sequences where schemaname = 'public' order by 1`,
  )
  return Object.fromEntries(found.map(({ name, value }) => [name, value]))
}

/**
 * Writes each row as one line: a JSON array of the columns in PostgreSQL's own text form (null for NULL), which reads
 * back to exactly the same value whatever the type. The order of lines depends on the rows alone.
 *
 * @returns number of rows and SHA-256 over the lines
 */
export async function writeRows(query: Query, table: Table, write: (lines: string) => Promise<void>) {
  const values = table.columns.map(({ name }) => `${quoted(name)}::text`).join(', ')
  await query(
    `declare moving no scroll cursor for
     select line from (select json_build_array(${values})::text as line from public.${quoted(table.name)}) as moved
      order by line collate "C"`,
  )
  const hash = createHash('sha256')
  let rows = 0
  for (;;) {
    const batch = await query<{ line: string }>(`fetch ${AT_ONCE} from moving`)
    if (batch.length === 0) break
    const lines = batch.map(({ line }) => `${line}\n`).join('')
    hash.update(lines)
    rows += batch.length
    await write(lines)
  }
  await query('close moving')
  return { rows, sha256: hash.digest('hex') }
}

/** Switches the tables' own triggers off or on again: they fired when the rows were new. */
export async function setTriggers(query: Query, tables: Table[], to: 'disable' | 'enable'): Promise<void> {
  for (const { name } of tables) await query(`alter table public.${quoted(name)} ${to} trigger user`)
}

/** Puts lines of {@link writeRows} into the table. */
export async function readRows(query: Query, table: Table, lines: AsyncIterable<string>): Promise<void> {
  const name = `public.${quoted(table.name)}`
  const columns = table.columns.map((column) => quoted(column.name)).join(', ')
  const values = table.columns.map(({ type }, index) => `(line ->> ${index})::${type}`).join(', ')
  const statement = `insert into ${name} (${columns}) overriding system value
    select ${values} from json_array_elements($1::json) as line`
  let batch: string[] = []
  const flush = async () => {
    if (batch.length) await query(statement, [`[${batch.join(',')}]`])
    batch = []
  }
  for await (const line of lines) {
    batch.push(line)
    if (batch.length === AT_ONCE) await flush()
  }
  await flush()
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
