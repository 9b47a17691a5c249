// A server for the benchmark, in a process of its own: `waybill <url> <folder>` or `postgraphile <url> <modules>`.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'

const [what, url, where] = process.argv.slice(2) as [string, string, string]

if (what === 'waybill') {
  const { createApp } = await import('../../../server/app.ts')
  const { readConfig } = await import('../../../server/config.ts')
  const { createLogger } = await import('../../../server/kernel/log.ts')
  const config = readConfig({ DATABASE_URL: url, WAYBILL_DATA: where, PORT: '0' })
  const app = await createApp(
    { ...config, databaseUrl: url, dataFolder: where },
    createLogger({ level: 'error', format: 'json' }),
  )
  await app.services.topology.ready
  process.send!({ url: `${app.url}/graphql` })
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
