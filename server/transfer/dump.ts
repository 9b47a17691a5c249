import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Client } from 'pg'
import { pack, type Pack } from 'tar-stream'
import { CannotStart } from '../kernel/cannot-start.ts'
import { FORMAT, type Manifest, type TableInArchive } from './manifest.ts'
import { sequencesOf, tablesOf, writeRows, type Query } from './tables.ts'

export interface DumpOptions {
  databaseUrl: string
  /** Folder whose `blobs/` holds the stored packages. */
  dataFolder: string
  /** The file to write; must not exist. */
  to: string
}

/**
 * Writes a whole installation into one tar file, as it was at one moment; it may be in use meanwhile. The file holds
 * password hashes and is readable by its owner alone. It gets its name only when it is complete.
 */
export async function dump({ databaseUrl, dataFolder, to }: DumpOptions): Promise<Manifest> {
  const target = resolve(to)
  if (await stat(target).catch(() => undefined)) {
    throw new CannotStart(`${target} exists already. Name a new file, so that no export is lost.`)
  }
  const spool = await mkdtemp(join(dirname(target), `.${basename(target)}-`)).catch((cause: unknown) => {
    throw new CannotStart(`${target} cannot be written (${(cause as NodeJS.ErrnoException).code}).`, { cause })
  })
  try {
    const manifest = await readDatabase(databaseUrl, spool)
    manifest.blobs = await blobsOf(dataFolder)
    const draft = join(spool, 'archive')
    await writeArchive(draft, manifest, spool, dataFolder)
    await rename(draft, target)
    return manifest
  } finally {
    await rm(spool, { recursive: true, force: true })
  }
}

/** One snapshot for everything. Rows are written to files first, because a tar wants to know the size of each. */
async function readDatabase(url: string, spool: string): Promise<Manifest> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const query: Query = async <T>(text: string, values?: unknown[]) => (await client.query(text, values)).rows as T[]
    await query('begin isolation level repeatable read read only')
    await query('set local idle_in_transaction_session_timeout = 0')
    const migrations = await migrationsOf(query)
    const tables: TableInArchive[] = []
    for (const table of await tablesOf(query)) {
      const file = await open(join(spool, table.name), 'wx', 0o600)
      const written = await writeRows(query, table, (lines) => append(file, lines)).finally(() => file.close())
      tables.push({ ...table, ...written })
    }
    const jobs = await unfinishedJobs(query)
    const file = await open(join(spool, '.jobs'), 'wx', 0o600)
    await append(file, jobs.map((job) => `${JSON.stringify(job)}\n`).join('')).finally(() => file.close())
    const [log] = await query<{ head: string }>('select head::text from event_epoch')
    return {
      format: FORMAT,
      createdAt: new Date().toISOString(),
      migrations,
      tables,
      sequences: await sequencesOf(query),
      eventHead: log?.head ?? '0',
      jobs: jobs.length,
      blobs: [],
    }
  } finally {
    await client.end()
  }
}

async function append(file: FileHandle, lines: string) {
  await file.appendFile(lines)
}

async function migrationsOf(query: Query): Promise<string[]> {
  const [found] = await query<{ there: boolean }>(`select to_regclass('public.waybill_migration') is not null as there`)
  if (!found?.there) throw new CannotStart('There is nothing to export: no Waybill was ever started on this database.')
  const rows = await query<{ name: string }>('select name from waybill_migration order by id')
  return rows.map(({ name }) => name)
}

/** A job of the queue, as {@link ../kernel/jobs.ts} takes it. */
export interface JobInArchive {
  queue: string
  data: object
  startAfterSeconds: number
  singletonKey: string | null
  retryLimit: number
}

async function unfinishedJobs(query: Query): Promise<JobInArchive[]> {
  const [found] = await query<{ there: boolean }>(`select to_regclass('pgboss.job') is not null as there`)
  if (!found?.there) return []
  return query<JobInArchive>(
    `select name as queue, data, singleton_key as "singletonKey", retry_limit as "retryLimit",
            greatest(0, ceil(extract(epoch from start_after - now())))::int as "startAfterSeconds"
       from pgboss.job where state < 'completed' and left(name, 2) <> '__' order by created_on, id`,
  )
}

async function blobsOf(dataFolder: string): Promise<Manifest['blobs']> {
  const root = join(dataFolder, 'blobs', 'sha256')
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  const names = found.filter((entry) => entry.isFile()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (hex) => ({ digest: `sha256:${hex}`, size: (await stat(blobPath(dataFolder, hex))).size })),
  )
}

function blobPath(dataFolder: string, hex: string) {
  return join(dataFolder, 'blobs', 'sha256', hex.slice(0, 2), hex)
}

async function writeArchive(file: string, manifest: Manifest, spool: string, dataFolder: string) {
  const tar = pack()
  const written = pipeline(tar, createWriteStream(file, { mode: 0o600, flags: 'wx' }))
  // Its failure is reported by the await at the end.
  written.catch(() => {})
  tar.entry({ name: 'manifest.json' }, `${JSON.stringify(manifest, null, 2)}\n`)
  for (const { digest } of manifest.blobs) {
    const hex = digest.slice('sha256:'.length)
    await add(tar, `blobs/${hex}`, blobPath(dataFolder, hex))
  }
  for (const { name } of manifest.tables) await add(tar, `tables/${name}.jsonl`, join(spool, name))
  await add(tar, 'jobs.jsonl', join(spool, '.jobs'))
  tar.finalize()
  await written
}

async function add(tar: Pack, name: string, path: string) {
  const entry = tar.entry({ name, size: (await stat(path)).size })
  await pipeline(createReadStream(path), entry)
}
