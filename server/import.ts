import 'reflect-metadata'
import { access } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { verifyLog } from './audit/verify-log.ts'
import { readConfig } from './config.ts'
import { entities } from './entities.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { createOrm, migrate } from './kernel/database.ts'
import { createJobs } from './kernel/jobs.ts'
import { createLogger } from './kernel/log.ts'
import { openContentStore } from './library/content-store.ts'
import { migrations } from './migrations/list.ts'
import { runProgram } from './program.ts'
import { openAlone } from './transfer/installation.ts'
import { load } from './transfer/load.ts'

/** `npm run import -- --from FILE`: what an export wrote, into an installation that nobody has used yet. */
await runProgram(async () => {
  const { values } = parseArgs({ options: { from: { type: 'string' } }, strict: false })
  if (typeof values.from !== 'string' || !values.from) {
    throw new CannotStart('say from where: npm run import -- --from FILE')
  }
  // Before a database is made for nothing.
  await access(values.from).catch((cause: NodeJS.ErrnoException) => {
    throw new CannotStart(`${values.from as string} cannot be read (${cause.code}).`, { cause })
  })
  const config = readConfig(process.env)
  const installation = await openAlone(config)
  const orm = await createOrm(installation.databaseUrl, { entities, migrations })
  const log = createLogger({ level: config.logLevel, format: config.logFormat })
  const jobs = createJobs({ url: installation.databaseUrl, log })
  try {
    await migrate(orm)
    await jobs.start()
    const store = await openContentStore(installation.dataFolder)
    const manifest = await load({
      orm,
      from: values.from,
      migrations: migrations.map(({ name }) => name),
      putBlob: (stream, digest) => store.put(stream, digest),
      enqueue: (em, { queue, data, startAfterSeconds, singletonKey, retryLimit }) =>
        jobs.enqueue(em, queue, data, { startAfterSeconds, retryLimit, ...(singletonKey ? { singletonKey } : {}) }),
    })
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
    process.stdout.write(
      `Imported ${rows} rows of ${manifest.tables.length} tables and ${manifest.blobs.length} packages, ` +
        `as they were at ${manifest.createdAt}; every table equals what was exported\n`,
    )
    // A chain that was broken before the move is broken after it, and that is the moment to say so.
    return await verifyLog(installation.databaseUrl, undefined, (line) => process.stdout.write(`${line}\n`))
  } finally {
    await jobs.stop()
    await orm.close(true)
    await installation.close()
  }
})
