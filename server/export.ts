import { parseArgs } from 'node:util'
import { readConfig } from './config.ts'
import { CannotStart } from './kernel/cannot-start.ts'
import { runProgram } from './program.ts'
import { openForReading } from './transfer/installation.ts'
import { dump } from './transfer/dump.ts'

/** `npm run export -- --to FILE`: the whole installation in one file, also while it is in use. */
await runProgram(async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' } }, strict: false })
  if (typeof values.to !== 'string' || !values.to) {
    throw new CannotStart('say where to: npm run export -- --to FILE')
  }
  const installation = await openForReading(readConfig(process.env))
  try {
    const manifest = await dump({ ...installation, to: values.to })
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
    process.stdout.write(
      `Exported ${rows} rows of ${manifest.tables.length} tables and ${manifest.blobs.length} packages to ${values.to}\n` +
        'The file holds password hashes: keep it as safe as the database.\n',
    )
    return 0
  } finally {
    await installation.close()
  }
})
