import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { entities } from '../../server/entities.ts'
import { createOrm, migrate } from '../../server/kernel/database.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { readPidFile, stopPostmaster } from '../../server/kernel/postmaster.ts'
import { migrations } from '../../server/migrations/list.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's address of the PostgreSQL that all test files share. */
    postgresUrl: string
    /** Name of the migrated database that every test file gets a copy of. */
    postgresTemplate: string
  }
}

const PREFIX = 'waybill-test-'

const TEMPLATE = 'waybill_template'

/** One embedded PostgreSQL for the run, and in it the migrated template. Returns what stops and removes it. */
export async function setup(project: TestProject) {
  await sweep()
  const folder = await openDataFolder(await mkdtemp(join(tmpdir(), PREFIX)))
  const postgres = await startPostgres({ folder: folder.path, durable: false })
  await makeTemplate(postgres.url)
  project.provide('postgresUrl', postgres.url)
  project.provide('postgresTemplate', TEMPLATE)
  return async () => {
    await postgres.stop()
    await folder.release()
    await rm(folder.path, { recursive: true, force: true })
  }
}

async function makeTemplate(url: string) {
  const admin = new Client({ connectionString: url })
  await admin.connect()
  await admin.query(`create database ${TEMPLATE}`).finally(() => admin.end())
  const orm = await createOrm(url.replace(/\/[^/]*$/, `/${TEMPLATE}`), { entities, migrations })
  await migrate(orm).finally(() => orm.close(true))
}

/** Removes what a killed test run left behind: its folder is old, and nobody holds the lock. */
async function sweep() {
  const root = await realpath(tmpdir())
  const names = (await readdir(root)).filter((name) => name.startsWith(PREFIX))
  for (const path of names.map((name) => join(root, name))) {
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs
    if (!changed || Date.now() - changed < 60_000) continue // 1 min
    const folder = await openDataFolder(path).catch(() => undefined)
    if (!folder) continue
    const running = await readPidFile(join(path, 'database'))
    if (running) await stopPostmaster(join(path, 'database'), running.pid)
    await folder.release()
    await rm(path, { recursive: true, force: true })
  }
}
