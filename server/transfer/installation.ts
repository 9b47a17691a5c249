import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { CannotStart } from '../kernel/cannot-start.ts'
import { makeDataFolder, openDataFolder } from '../kernel/data-folder.ts'
import { reachDatabase } from '../kernel/outside-database.ts'
import { findPostgres, startPostgres } from '../kernel/postgres.ts'

/** A database and the data folder beside it, without an app on top. */
export interface Installation {
  databaseUrl: string
  dataFolder: string
  close(): Promise<void>
}

/** For reading: takes the running database of a Waybill that is in use, else starts the one of the data folder. */
export async function openForReading(config: Config): Promise<Installation> {
  if (config.databaseUrl) return openAlone(config)
  const dataFolder = await realpath(config.dataFolder).catch(() => '')
  if (!dataFolder || !(await stat(join(dataFolder, 'database')).catch(() => undefined))) {
    throw new CannotStart(`There is nothing to export: ${config.dataFolder} holds no installation. Set WAYBILL_DATA.`)
  }
  const running = await findPostgres(dataFolder)
  return running ? { databaseUrl: running, dataFolder, close: async () => {} } : openAlone(config)
}

/** For writing: nobody else may hold the data folder. */
export async function openAlone(config: Config): Promise<Installation> {
  if (config.databaseUrl) {
    await reachDatabase(config.databaseUrl)
    return {
      databaseUrl: config.databaseUrl,
      dataFolder: await makeDataFolder(config.dataFolder),
      close: async () => {},
    }
  }
  const folder = await openDataFolder(config.dataFolder)
  try {
    const postgres = await startPostgres({ folder: folder.path })
    const close = async () => {
      await postgres.stop()
      await folder.release()
    }
    return { databaseUrl: postgres.url, dataFolder: folder.path, close }
  } catch (error) {
    await folder.release()
    throw error
  }
}
