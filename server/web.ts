import { GraphQLError } from 'graphql'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { AddressInfo } from 'node:net'
import packageFile from '../package.json' with { type: 'json' }
import { createAuthentication } from './account/authentication.ts'
import type { AppConfig } from './program.ts'
import { serveIdml } from './discovery/idml.http.ts'
import { serveUploads } from './discovery/upload.http.ts'
import { createApolloServer } from './http/apollo.ts'
import { credentialsOf } from './http/credentials.ts'
import { isOwnOrigin } from './http/cross-site.ts'
import { fastifyGraphql } from './http/fastify-graphql.ts'
import { contextFor, contextOfRequests, type ContextParts } from './http/request-context.ts'
import { createWebServer, serveDashboard } from './http/web-server.ts'
import type { Services } from './kernel/context.ts'
import type { EventRing } from './kernel/event-ring.ts'
import { serveHealth } from './kernel/health.ts'
import { limitRules, limits } from './kernel/limits.ts'
import type { Logger } from './kernel/log.ts'
import { followNumber, readWhenAsked, serveMetrics, type Metrics } from './kernel/metrics.ts'
import { createSockets, type Sockets } from './kernel/sockets.ts'
import { row } from './kernel/sql.ts'
import { buildSchema } from './schema.ts'

export interface WebParts {
  config: AppConfig
  log: Logger
  orm: MikroORM
  events: EventRing
  services: Services
  metrics: Metrics
}

export interface Web {
  url: string
  sockets: Sockets
  stop(): Promise<void>
}

const GOODBYE = 3_000 // ms that requests under way have to end when the program stops

/** What can be reached by HTTP: health and metrics always; the API, its sockets and the dashboard in the role `api`. */
export async function startWeb({ config, log, orm, events, services, metrics }: WebParts): Promise<Web> {
  const server = createWebServer(log)
  let stopping = false
  serveMetrics(server, metrics)
  serveHealth(server, {
    database: async () => void (await row(orm.em.fork(), 'select 1')),
    events: async () =>
      (await services.system.lag()) > 10_000 ? 'events wait for their number for more than 10 s' : undefined, // 10 s
    shutdown: async () => (stopping ? 'stopping' : undefined),
  })

  const schema = buildSchema()
  const parts: ContextParts = { em: orm.em, events, services, publicUrl: config.publicUrl }
  const authenticate = createAuthentication(orm.em)
  const sockets = createSockets({
    schema,
    events,
    log,
    authenticate: async (request, params) => {
      const bearer = typeof params.token === 'string' ? params.token : null
      const credentials = bearer ? { bearer } : credentialsOf(request.headers)
      // A token that is no good closes the socket as 'not permitted', like a cookie that is none.
      const found = await authenticate(credentials).catch((error: unknown) => {
        if (error instanceof GraphQLError) return null
        throw error
      })
      const viewer = found?.viewer ?? null
      return (
        viewer && { viewer, expiresAt: viewer.expiresAt ?? null, sessionId: viewer.sessionId, tokenId: viewer.tokenId }
      )
    },
    contextFor: (viewer) => contextFor(parts, viewer),
    allowsOrigin: (origin, request) => isOwnOrigin(origin, request.headers.host, config.publicUrl),
    rules: limitRules(limits),
  })
  readWhenAsked(metrics.sockets, () => sockets.count())
  followNumber(metrics.socketMessages, () => sockets.counted().messages)
  followNumber(metrics.socketResumes, () => sockets.counted().resumes)
  readWhenAsked(metrics.eventLag, async () => (await services.system.lag()) / 1_000)
  readWhenAsked(metrics.eventHead, () => events.head())

  const apollo = createApolloServer(schema, { log })
  if (config.roles.includes('api')) {
    await apollo.start()
    const contextOf = contextOfRequests(parts, authenticate)
    fastifyGraphql(server, apollo, contextOf)
    serveIdml(server, {
      databaseUrl: config.databaseUrl,
      em: orm.em,
      authenticate,
      contextOf,
      version: packageFile.version,
      url: services.accounts.publicUrl,
    })
    serveUploads(server, contextOf)
    await serveDashboard(server)
    sockets.attach(server.server)
  }
  await server.listen({ port: config.port, host: config.host })
  const { port } = server.server.address() as AddressInfo
  return {
    url: `http://${['127.0.0.1', '0.0.0.0', '::', '::1'].includes(config.host) ? 'localhost' : config.host}:${port}`,
    sockets,
    async stop() {
      stopping = true
      await sockets.stop()
      const closed = server.close()
      // Connections that are kept for a next request, or never had one, would hold up the stop for more than a minute.
      const idle = setInterval(() => server.server.closeIdleConnections(), 100)
      const patience = setTimeout(() => server.server.closeAllConnections(), GOODBYE)
      await closed.finally(() => {
        clearInterval(idle)
        clearTimeout(patience)
      })
      if (config.roles.includes('api')) await apollo.stop()
    },
  }
}
