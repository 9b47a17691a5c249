import { spawn } from 'node:child_process'
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { CannotStart } from './cannot-start.ts'
import { isPostmasterOf, isSomethingElse, readPidFile, startedWith, stopPostmaster } from './postmaster.ts'
import { DATABASE_NAME, postgresEnvironment, preparePostgres, type PostgresFiles } from './postgres-files.ts'

/** A running PostgreSQL of our own. */
export interface EmbeddedPostgres {
  /** Address with password: never log it. */
  url: string
  /** True if it was still running from a Waybill that died. */
  adopted: boolean
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** The data folder, locked by the caller. Absolute. */
  folder: string
  /** False only in tests: commits do not wait for the disk. */
  durable?: boolean
}

/** For a small machine; PostgreSQL's defaults elsewhere. Durations carry their unit. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // What a load of discovery works in; taken only by a session that has temporary tables, as far as they are large.
  temp_buffers: '192MB',
  // What is written, a load above all, goes to the disk beside the statement that writes it and not within it: with room for
  // a second of the log, and with pages that are clean before they are wanted.
  wal_buffers: '32MB',
  bgwriter_delay: '20ms',
  bgwriter_lru_maxpages: '1000',
  bgwriter_lru_multiplier: '4',
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  max_wal_size: '2GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors of statements are Waybill's to log, with the request they belong to.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  idle_in_transaction_session_timeout: '10s',
  // What a killed Waybill was running ends with it, and with that its locks.
  client_connection_check_interval: '1s',
}

const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off' }

// Recovery after a crash replays at most max_wal_size; on a slow disk that takes minutes.
const READY_WITHIN = 300_000 // 5 min
const LOG_LIMIT = 5_000_000 // bytes

// The children of a PostgreSQL that was killed end when they notice it, which one that computes does late. Until then
// they work in its memory, and PostgreSQL rightly refuses to begin.
const ORPHANS_END_WITHIN = 60_000 // 1 min
const STILL_IN_USE = 'pre-existing shared memory block'

/**
 * Starts the PostgreSQL of a data folder, or adopts it if it outlived the Waybill that started it. It listens on a free
 * port of the loopback interface. It survives the death of this process on purpose: killing Waybill must never cost a
 * crash recovery.
 *
 * @throws CannotStart with the last line of PostgreSQL's log
 */
export async function startPostgres({ folder, durable = true }: PostgresOptions): Promise<EmbeddedPostgres> {
  const files = await preparePostgres(folder, durable)
  const flags = Object.entries({ ...SETTINGS, ...(durable ? {} : NOT_DURABLE) }).map(
    ([name, value]) => `--${name}=${value}`,
  )
  const running = await adopt(files, flags)
  const { pid, port } = running ?? (await launch(files, flags, join(folder, 'database.log')))
  const url = addressOf(files.password, port)
  await makeDatabase(url)
  return { url, adopted: running !== undefined, stop: () => stopPostmaster(files.cluster, pid) }
}

/**
 * The address of the PostgreSQL that runs on a data folder, whoever started it; undefined if none runs. For those who
 * only want to look: it may be stopped at any time.
 */
export async function findPostgres(folder: string): Promise<string | undefined> {
  const cluster = join(folder, 'database')
  const running = await readPidFile(cluster)
  if (!running?.ready || !(await isPostmasterOf(cluster, running.pid))) return undefined
  const password = await readFile(join(folder, 'database.password'), 'utf8')
  return addressOf(password.trim(), running.port)
}

function addressOf(password: string, port: number): string {
  return `postgresql://${DATABASE_NAME}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`
}

type Running = { pid: number; port: number }

/** One that runs with other settings or another binary (a newer Waybill found it) is stopped, not adopted. */
async function adopt(files: PostgresFiles, flags: string[]): Promise<Running | undefined> {
  const found = await readPidFile(files.cluster)
  if (!found) return undefined
  if (!(await isPostmasterOf(files.cluster, found.pid))) {
    // Left behind by a crash of the machine. PostgreSQL sorts that out itself, unless the pid is somebody else's now.
    if (await isSomethingElse(found.pid)) await rm(join(files.cluster, 'postmaster.pid'), { force: true })
    return undefined
  }
  if (await startedWith(files.cluster, join(files.bin, 'postgres'), flags)) {
    const ready = await untilReady(files.cluster, found.pid, () => isPostmasterOf(files.cluster, found.pid))
    if (ready && (await answers(addressOf(files.password, ready.port)))) return ready
  }
  await stopPostmaster(files.cluster, found.pid)
  return undefined
}

async function launch(files: PostgresFiles, flags: string[], logFile: string): Promise<Running> {
  await keepSmall(logFile)
  const log = await open(logFile, 'a', 0o600)
  try {
    const orphansEnd = Date.now() + ORPHANS_END_WITHIN
    for (let attempt = 1; ; attempt++) {
      const before = (await log.stat()).size
      const ready = await launchOn(await freePort(), files, flags, log)
      if (ready) return ready
      const said = (await readFile(logFile)).subarray(before).toString()
      // Somebody took the port between our look and PostgreSQL's.
      if (attempt < 3 && said.includes('Address already in use')) continue
      if (said.includes(STILL_IN_USE) && Date.now() < orphansEnd) {
        await sleep(100)
        continue
      }
      const cause = said
        .trim()
        .split('\n')
        .filter((line) => /FATAL|PANIC|error/i.test(line))
        .at(-1)
      throw new CannotStart(`PostgreSQL did not start: ${cause ?? 'it said nothing'} (all of it is in ${logFile}).`)
    }
  } finally {
    await log.close()
  }
}

/** @returns undefined if it ended instead of becoming ready */
async function launchOn(port: number, files: PostgresFiles, flags: string[], log: FileHandle) {
  const child = spawn(join(files.bin, 'postgres'), ['-D', files.cluster, ...flags, `--port=${port}`], {
    cwd: files.cluster,
    env: postgresEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    // Own process group: Ctrl-C reaches Waybill alone, which then stops PostgreSQL in order.
    detached: true,
    windowsHide: true,
    ...files.identity,
  })
  let ended = false
  child.once('exit', () => (ended = true))
  child.once('error', () => (ended = true))
  child.unref()
  return untilReady(files.cluster, child.pid, async () => !ended)
}

async function untilReady(cluster: string, pid: number | undefined, lives: () => Promise<boolean>) {
  const deadline = Date.now() + READY_WITHIN
  while ((await lives()) && Date.now() < deadline) {
    const seen = await readPidFile(cluster)
    if (seen && seen.pid === pid && seen.ready) return { pid: seen.pid, port: seen.port }
    if (seen && seen.pid === pid && seen.stopping) return undefined
    await sleep(10)
  }
  return undefined
}

/** Not so of one that was just killed and is still listed as a process. A refusal in words is an answer too. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch (error) {
    return error instanceof DatabaseError
  }
}

async function makeDatabase(url: string) {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000') throw error // invalid_catalog_name
    const template = new Client({ connectionString: url.replace(/\/[^/]*$/, '/postgres') })
    await template.connect()
    await template.query(`create database ${DATABASE_NAME}`).finally(() => template.end())
    return
  }
  await client.end()
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function keepSmall(logFile: string) {
  const size = (await stat(logFile).catch(() => undefined))?.size ?? 0
  if (size > LOG_LIMIT) await rename(logFile, `${logFile}.1`)
}
