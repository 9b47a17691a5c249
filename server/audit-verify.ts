import { verifyLog } from './audit/verify-log.ts'
import { readConfig } from './config.ts'
import { runProgram } from './program.ts'
import { openForReading } from './transfer/installation.ts'

/** `npm run audit:verify [-- NUMBER:HASH]`: reads the whole audit log, prints its head; exit code 1 when it is broken. */
await runProgram(async () => {
  const installation = await openForReading(readConfig(process.env))
  try {
    return await verifyLog(installation.databaseUrl, process.argv[2], (line) => process.stdout.write(`${line}\n`))
  } finally {
    await installation.close()
  }
})
