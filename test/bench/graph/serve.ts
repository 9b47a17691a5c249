// A server for the benchmark, in a process of its own: `waybill <url> <folder>` or `postgraphile <url> <modules>`.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [what, url, where] = process.argv.slice(2) as [string, string, string]
process.env.NODE_ENV = 'production'

if (what === 'waybill') {
  // The program as it is delivered, not its sources.
  const launch = join(import.meta.dirname, '../../../server/launch.mjs')
  const env = { ...process.env, DATABASE_URL: url, WAYBILL_DATA: where, PORT: '0', WAYBILL_LOG_LEVEL: 'error' }
  const program = spawn(process.execPath, [launch, 'main'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('SIGTERM', () => program.kill())
  program.once('exit', (code) => process.exit(code ?? 1))
  for await (const line of createInterface(program.stdout)) {
    const ready = /ready at (http:\S+)/.exec(line)?.[1]
    if (ready) process.send!({ url: `${ready.replace('localhost', '127.0.0.1')}/graphql` })
  }
} else {
  const load = createRequire(`${where}/package.json`)
  const bring = (name: string) => import(pathToFileURL(load.resolve(name)).href)
  const { postgraphile } = await bring('postgraphile')
  const { PostGraphileAmberPreset } = await bring('postgraphile/presets/amber')
  const { makePgService } = await bring('postgraphile/adaptors/pg')
  const { grafserv } = await bring('postgraphile/grafserv/node')
  const preset = {
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ connectionString: url, schemas: ['public'] })],
    grafserv: { graphqlPath: '/graphql', watch: false },
    grafast: { explain: false },
  }
  const server = createServer()
  await postgraphile(preset).createServ(grafserv).addTo(server)
  server.listen(0, '127.0.0.1', () => {
    process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` })
  })
}
