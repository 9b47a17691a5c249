import fastifyStatic from '@fastify/static'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../kernel/log.ts'
import { readDashboardHtml } from './dashboard-html.ts'

/** Nothing is fetched from, sent to, or framed by anybody else. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

const A_YEAR = 31_536_000_000 // ms

/** The HTTP server, closed for the moment: it answers nothing until routes are added and `listen` is called. */
export function createWebServer(log: Logger): FastifyInstance {
  const server = Fastify({
    loggerInstance: log,
    // Metrics count the requests; a line for each would bury what matters.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
  })
  server.addHook('onSend', async (_request, reply) => void reply.headers(HEADERS))
  return server
}

/** Serves the built dashboard; every address that is none of a file is a page of it. Says so where it was not built. */
export async function serveDashboard(server: FastifyInstance): Promise<void> {
  const root = builtDashboard()
  if (!root) {
    server.get('/', async (_request, reply) =>
      reply.type('text/plain').send('The dashboard is not built. Run "npm run build", or start with "npm start".\n'),
    )
    return
  }
  await server.register(fastifyStatic, {
    root,
    index: false,
    // The build puts packed twins beside them.
    preCompressed: true,
    // Names of files below assets/ hold their hash, so they never change.
    setHeaders: (reply, path) => {
      if (path.includes('/assets/')) void reply.header('cache-control', `public, max-age=${A_YEAR / 1000}, immutable`)
    },
  })
  const htmlOf = await readDashboardHtml(root)
  const sendPage = (request: FastifyRequest, reply: FastifyReply) =>
    reply
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(htmlOf(request.url.split('?', 1)[0]!))
  server.get('/', sendPage)
  server.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    if (wantsPage) return sendPage(request, reply.code(200))
    return reply.code(404).type('text/plain').send('There is nothing at this address.\n')
  })
}

/** `dist/dashboard`, looked for upward from the running file: it runs from the sources and from `dist/server`. */
function builtDashboard(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const built = join(folder, 'dist', 'dashboard')
    if (existsSync(join(built, 'index.html'))) return built
  }
  return undefined
}
