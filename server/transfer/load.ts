import type { EntityManager, MikroORM } from '@mikro-orm/postgresql'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { CannotStart } from '../kernel/cannot-start.ts'
import { rows } from '../kernel/sql.ts'
import type { JobInArchive } from './dump.ts'
import { readManifest, type Manifest } from './manifest.ts'
import { quoted, readRows, setTriggers, tablesOf, writeRows, type Query, type Table } from './tables.ts'

export interface LoadOptions {
  orm: MikroORM
  /** The file that `npm run export` wrote. */
  from: string
  /** Names of the migrations of this Waybill, which have run. */
  migrations: string[]
  /** Keeps the bytes of a package; refuses those with another digest. */
  putBlob(stream: Readable, digest: string): Promise<unknown>
  /** Asks for a job in the transaction of `em`. */
  enqueue(em: EntityManager, job: JobInArchive): Promise<void>
}

/** One file of the archive; to be read before the next one is asked for. */
type Entry = Readable & { header: { name: string } }

/** What a Waybill that nobody has used yet may have written: its set-up link, and that it ran. */
const OF_NO_VALUE = ['one_time_link', 'worker_process']

/**
 * Reads an archive into an empty installation, in one transaction: all of it, or nothing. Every table is read back and
 * compared with the digest that the export wrote. Subscribers of the old installation have to resync.
 *
 * @throws CannotStart if the installation is not empty, or the archive is damaged or of another version
 */
export async function load(options: LoadOptions): Promise<Manifest> {
  const archive = extract()
  const source = createReadStream(options.from)
  source.on('error', (error) => archive.destroy(error))
  source.pipe(archive)
  const entries = archive[Symbol.asyncIterator]() as AsyncIterator<unknown> as AsyncIterator<Entry>
  try {
    const manifest = await manifestOf(await next(entries), options.migrations)
    await refuseUnlessEmpty(queryOf(options.orm.em.fork()))
    for (const { digest } of manifest.blobs) {
      const entry = await expected(entries, `blobs/${digest.slice('sha256:'.length)}`)
      await options.putBlob(entry, digest)
    }
    await options.orm.em.fork().transactional(async (em) => loadDatabase(em, manifest, entries, options))
    return manifest
  } catch (error) {
    throw readable(error, options.from)
  } finally {
    source.destroy()
  }
}

async function loadDatabase(
  em: EntityManager,
  manifest: Manifest,
  entries: AsyncIterator<Entry>,
  { enqueue }: LoadOptions,
) {
  const query = queryOf(em)
  await query('set local idle_in_transaction_session_timeout = 0')
  const tables = await tablesOf(query)
  refuseOtherTables(tables, manifest)
  await query(`lock table ${tables.map(({ name }) => `public.${quoted(name)}`).join(', ')} in exclusive mode`)
  await refuseUnlessEmpty(query)
  await setTriggers(query, tables, 'disable')
  for (const { name } of tables.toReversed()) await query(`delete from public.${quoted(name)}`)
  for (const table of manifest.tables) {
    const entry = await expected(entries, `tables/${table.name}.jsonl`)
    await readRows(query, table, linesOf(entry))
  }
  for (const table of manifest.tables) {
    const { sha256 } = await writeRows(query, table, async () => {})
    if (sha256 !== table.sha256) {
      throw new CannotStart(`The rows of ${table.name} are not those that were exported: the file is damaged.`)
    }
  }
  // A table can only be altered again when every reference to it is checked.
  await query('set constraints all immediate')
  await setTriggers(query, tables, 'enable')
  // A sequence that is ahead here (fences start at the clock) stays ahead: no number comes twice.
  const neverBack = 'select setval($1::regclass, greatest($2::bigint, pg_sequence_last_value($1::regclass)))'
  for (const [name, value] of Object.entries(manifest.sequences)) {
    if (value !== null) await query(neverBack, [`public.${quoted(name)}`, value])
  }
  await query(`update event_epoch set epoch = gen_random_uuid(), head = greatest(head, $1::bigint)`, [
    manifest.eventHead,
  ])
  const jobs = await text(await expected(entries, 'jobs.jsonl'))
  for (const line of jobs.split('\n').filter(Boolean)) await enqueue(em, JSON.parse(line) as JobInArchive)
}

/** Node's readline loses lines that come before somebody asks for them. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest) yield rest
}

function queryOf(em: EntityManager): Query {
  return (statement, values) => rows(em, statement, values)
}

/** What the migrations put in themselves bears the number of a transaction of theirs, as long as nobody changed it. */
async function refuseUnlessEmpty(query: Query) {
  const filled: string[] = []
  for (const { name } of await tablesOf(query)) {
    if (OF_NO_VALUE.includes(name)) continue
    const [found] = await query<{ rows: string }>(
      `select count(*) as rows from public.${quoted(name)} t
        where not exists (select from waybill_migration m where m.xmin = t.xmin)`,
    )
    if (Number(found?.rows)) filled.push(`${name} (${found?.rows})`)
  }
  if (filled.length === 0) return
  throw new CannotStart(
    `This installation is not empty: there is something in ${filled.join(', ')}. An import never mixes or overwrites; ` +
      `set WAYBILL_DATA to a new folder, or DATABASE_URL to an empty database.`,
  )
}

function refuseOtherTables(tables: Table[], manifest: Manifest) {
  const shape = (of: Table[]) => of.map(({ name, columns }) => `${name}: ${JSON.stringify(columns)}`).sort()
  const [here, there] = [shape(tables), shape(manifest.tables)]
  const differing = there
    .filter((table) => !here.includes(table))
    .concat(here.filter((table) => !there.includes(table)))
  if (differing.length === 0) return
  const names = [...new Set(differing.map((table) => table.split(':')[0]))]
  throw new CannotStart(`The tables ${names.join(', ')} of the file differ from those of this Waybill.`)
}

async function manifestOf(entry: Entry, migrations: string[]): Promise<Manifest> {
  if (entry.header.name !== 'manifest.json') throw new CannotStart('The file is not an export of Waybill.')
  return readManifest(await text(entry), migrations)
}

async function expected(entries: AsyncIterator<Entry>, name: string): Promise<Entry> {
  const entry = await next(entries)
  if (entry.header.name === name) return entry
  throw new CannotStart(`The file is damaged: ${name} should come next, and ${entry.header.name} does.`)
}

async function next(entries: AsyncIterator<Entry>): Promise<Entry> {
  const { value, done } = await entries.next()
  if (done) throw new CannotStart('The file ends too early: it is damaged or no export of Waybill.')
  return value
}

function readable(error: unknown, file: string): unknown {
  if (error instanceof CannotStart) return error
  const { code, message, name } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    return new CannotStart(`${file} cannot be read (${code}).`, { cause: error })
  }
  if (name === 'DigestMismatch' || /unexpected end|invalid tar|corrupt/i.test(message)) {
    return new CannotStart(`The file is damaged: ${message}`, { cause: error })
  }
  return error
}
