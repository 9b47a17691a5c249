// A program for tests: holds the data folder given to it (with "postgres" also its database) until it is killed.
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'

const [path, what] = process.argv.slice(2)
const folder = await openDataFolder(path!)
const postgres = what === 'postgres' ? await startPostgres({ folder: folder.path, durable: false }) : undefined
console.log(JSON.stringify({ pid: process.pid, url: postgres?.url }))
setInterval(() => {}, 60_000)
