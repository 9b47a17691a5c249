import { chmod, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from './cannot-start.ts'

/** The folder that holds everything an installation keeps on disk: database, stored packages, secrets. */
export interface DataFolder {
  /** Absolute path. */
  path: string
  /** Gives the folder free for another program. Death gives it free as well. */
  release(): Promise<void>
}

const OF_THE_SYSTEM = '/var/lib/waybill'

/**
 * Where the data lives when WAYBILL_DATA says nothing. PostgreSQL runs neither as root nor below root's home, so root
 * gets a folder of the system, as do users without a home; everybody else one of their own.
 */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (process.getuid?.() === 0) return OF_THE_SYSTEM
  const shared = env.XDG_DATA_HOME
  if (shared && isAbsolute(shared)) return join(shared, 'waybill')
  try {
    return join(homedir(), '.waybill')
  } catch {
    return OF_THE_SYSTEM
  }
}

/**
 * Makes the folder if it is missing and keeps every other program out of it.
 *
 * @throws CannotStart when the folder cannot be made or written, or another program holds it (its pid is named)
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folder = await makeDataFolder(path)
  const lock = await lockFolder(folder)
  // Another user's Waybill may have left one that can be replaced but not written.
  await rm(join(folder, 'waybill.pid'), { force: true })
  await writeFile(join(folder, 'waybill.pid'), `${process.pid}\n`)
  return {
    path: folder,
    async release() {
      await rm(join(folder, 'waybill.pid'), { force: true })
      lock.close()
    },
  }
}

/**
 * Makes the folder if it is missing, readable by its owner alone, and locks nobody out: several programs on one outside
 * database share the stored packages in it.
 *
 * @returns its one absolute spelling, by which a running PostgreSQL is recognised
 */
export async function makeDataFolder(path: string): Promise<string> {
  const folder = resolve(path)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { mode } = await stat(folder)
    // As root the group of PostgreSQL's user may pass through (postgres-files.ts), hence 0710 is left alone.
    if ((mode & 0o067) !== 0) await chmod(folder, 0o700)
    return await realpath(folder)
  } catch (cause) {
    const who = userName()
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new CannotStart(
      `The data folder ${folder} cannot be used by ${who} (${why}). Set WAYBILL_DATA to a folder that ${who} may write.`,
      { cause },
    )
  }
}

/** In containers a user may be a mere number. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}

/**
 * The lock must vanish with its holder, even after kill -9, and must not be taken over by two programs at once. A file
 * with a pid can do neither (pids come back, above all in containers). The kernel's file locks can; Node offers them
 * only through SQLite, so the lock is an empty SQLite database that is held in an exclusive transaction.
 */
async function lockFolder(folder: string): Promise<DatabaseSync> {
  const lock = new DatabaseSync(join(folder, 'waybill.lock'), { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return lock
  } catch (cause) {
    lock.close()
    const pid = (await readFile(join(folder, 'waybill.pid'), 'utf8').catch(() => '')).trim()
    throw new CannotStart(
      `The data folder ${folder} is in use by another Waybill${pid && ` (pid ${pid})`}. ` +
        `Stop that one first, or set WAYBILL_DATA to another folder.`,
      { cause },
    )
  }
}
