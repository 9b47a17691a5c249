import { readConfig, type Config } from './config.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { makeDataFolder, openDataFolder } from './kernel/data-folder.ts'
import { createLogger, type Logger } from './kernel/log.ts'
import { reachDatabase } from './kernel/outside-database.ts'
import { startPostgres } from './kernel/postgres.ts'

/** The settings as the app gets them: the database is there, the folder is made and absolute. */
export type AppConfig = Config & { databaseUrl: string }

/** What the program needs of the app (app.ts). */
export interface RunningApp {
  /** The address that people open, such as `http://localhost:4000`. */
  url: string
  /** Stop accepting, finish requests and jobs, close sockets with 1001, close pools; in this order. */
  close(): Promise<void>
}

export type AppFactory<A extends RunningApp> = (config: AppConfig, log: Logger) => Promise<A>

/** An app with the database and the data folder under it. */
export interface Program<A extends RunningApp> {
  app: A
  config: AppConfig
  log: Logger
  /** In order and within {@link STOP_WITHIN}; true if everything ended by itself. Safe to call twice. */
  stop(): Promise<boolean>
}

const STOP_WITHIN = 10_000 // 10 s
const DATABASE_STOPS_WITHIN = 3_000 // 3 s of them

/**
 * Environment → settings → data folder → database → app. What was started is stopped again when a later step fails.
 *
 * @throws CannotStart for everything that a person can put right
 */
export async function startProgram<A extends RunningApp>(
  createApp: AppFactory<A>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Program<A>> {
  const settings = readConfig(env)
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat })
  const started: (() => Promise<unknown>)[] = []
  const undo = async () => {
    for (const stop of started.splice(0).reverse()) await stop()
  }
  try {
    const config = await openDatabase(settings, log, started)
    const app = await createApp(config, log).catch((error: unknown) => {
      throw portTrouble(error, config) ?? error
    })
    let stopping: Promise<boolean> | undefined
    const stop = async () => {
      const inTime = await endsWithin(app.close(), STOP_WITHIN - DATABASE_STOPS_WITHIN, log)
      await undo()
      return inTime
    }
    return { app, config, log, stop: () => (stopping ??= stop()) }
  } catch (error) {
    await undo()
    throw error
  }
}

/** An outside database may serve several programs with one folder of packages, so only the embedded one takes the lock. */
async function openDatabase(settings: Config, log: Logger, started: (() => Promise<unknown>)[]): Promise<AppConfig> {
  if (settings.databaseUrl) {
    await reachDatabase(settings.databaseUrl)
    const dataFolder = await makeDataFolder(settings.dataFolder)
    return { ...settings, dataFolder, databaseUrl: settings.databaseUrl }
  }
  const folder = await openDataFolder(settings.dataFolder)
  started.push(() => folder.release())
  const postgres = await startPostgres({ folder: folder.path })
  started.push(() => postgres.stop())
  if (postgres.adopted) log.info('Went on with the database that was still running')
  return { ...settings, dataFolder: folder.path, databaseUrl: postgres.url }
}

function portTrouble(error: unknown, { host, port }: AppConfig): CannotStart | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall !== 'listen') return undefined
  const why = {
    EADDRINUSE: `Port ${port} on ${host} is in use by another program. Stop that one, or set PORT to another port (PORT=0 takes a free one).`,
    EACCES: `Port ${port} needs more rights than this user has. Set PORT to 1024 or higher.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set HOST to one that it has, such as 127.0.0.1.`,
  }[code ?? '']
  return new CannotStart(why ?? `Cannot listen on ${host}:${port} (${code}).`, { cause: error })
}

async function endsWithin(work: Promise<void>, limit: number, log: Logger): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, limit, false)))
  const done = work.then(
    () => true,
    (error: unknown) => {
      log.error({ error }, 'Stopping did not go cleanly')
      return false
    },
  )
  const inTime = await Promise.race([done, late]).finally(() => clearTimeout(timer))
  if (!inTime) log.warn(`Not everything had ended after ${limit / 1_000} s; it is cut off`)
  return inTime
}

/**
 * Until somebody asks the program to end: Ctrl-C or a service manager. Call it before the start, so that a signal in the
 * middle of the start leads to an orderly stop too. A second signal ends the program at once.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    // A program that has nothing to do at the moment waits too.
    const awake = setInterval(() => {}, 1 << 30)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (asked) process.exit(130)
        asked = true
        clearInterval(awake)
        resolve(name)
      })
    }
  })
}

/** Runs a program to its end: what a person can put right is one line on stderr and exit code 2, a defect is 1. */
export async function runProgram(program: () => Promise<number>): Promise<never> {
  try {
    process.exit(await program())
  } catch (error) {
    if (error instanceof CannotStart) {
      process.stderr.write(`Waybill cannot start: ${error.message}\n`)
      process.exit(2)
    }
    createLogger({ level: 'fatal', format: 'auto' }).fatal({ error }, 'Waybill ended because of a defect')
    process.exit(1)
  }
}
