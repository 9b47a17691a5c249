/**
 * IdML books over HTTP, beside GraphQL because they are files:
 *
 *   GET  /idml/book[?productId=prd_…]   a refresh book of what discovery sees; needs estate.read for the whole estate
 *   POST /idml/certificate?name=a.xml   the seven checks over the bytes of the body; needs discovery.run; nothing is kept
 *
 * A browser sends the header x-waybill-csrf with the POST.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { GraphQLError } from 'graphql'
import type { EntityManager } from '@mikro-orm/postgresql'
import { hostname } from 'node:os'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Authenticate } from '../account/authentication.ts'
import { credentialsOf } from '../http/credentials.ts'
import type { ContextOf } from '../http/request-context.ts'
import type { Viewer } from '../kernel/context.ts'
import { NotFound, Refusal } from '../kernel/errors.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { certify } from './adapters/idml/certify.ts'
import { unpacked } from './adapters/idml/files.ts'
import { bookNameFor, exportBook, type BookOrder } from './idml-export.ts'

export interface IdmlRoutes {
  databaseUrl: string
  em: EntityManager
  authenticate: Authenticate
  contextOf: ContextOf
  version: string
  /** Where people reach Waybill. */
  url(): string
}

const LONGEST = 600_000 // 10 min for one book
const LARGEST = 1_073_741_824 // 1 GiB

export function serveIdml(server: FastifyInstance, routes: IdmlRoutes): void {
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.setErrorHandler((error: Error, request, reply) => {
      const shown = shownOf(error)
      if (!shown) request.log.error({ error, requestId: request.id }, 'A request for a book failed')
      const [status, code, message] = shown ?? [500, 'INTERNAL', `It did not work; the log has it as ${request.id}.`]
      return reply.code(status).header('cache-control', 'no-store').send({ code, message })
    })

    scope.get<{ Querystring: { productId?: string } }>('/idml/book', async (request, reply) => {
      const em = routes.em.fork()
      // A link of the dashboard sends no header of its own; a page of somebody else is told by what the browser says of it.
      if (request.headers['sec-fetch-site'] === 'cross-site')
        throw new Stopped(403, 'CROSS_SITE', 'Another page may not fetch books.')
      requireWhole((await routes.authenticate(credentialsOf(request.headers)))?.viewer ?? null)
      const order = await orderOf(em, request.query.productId, routes)
      return sendBook(reply, order)
    })

    scope.post<{ Querystring: { name?: string }; Body: Readable }>(
      '/idml/certificate',
      { bodyLimit: LARGEST },
      async (request, reply) => {
        const signal = AbortSignal.timeout(LONGEST)
        const { viewer } = await routes.contextOf(request, reply, signal)
        if (!viewer) throw new Stopped(401, 'UNAUTHENTICATED', 'Sign in first.')
        if (viewer.reach('discovery.run').length === 0) throw forbidden(viewer, 'discovery.run')
        const name = (request.query.name ?? '').split(/[/\\]/).at(-1)!.slice(0, 200) || 'book.xml'
        const certificate = await certify({ name, open: () => unpacked(name, atMost(request.body)) }, signal)
        return reply.header('cache-control', 'no-store').send(certificate)
      },
    )
  })
}

class Stopped extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

function shownOf(error: Error): [status: number, code: string, message: string] | undefined {
  if (error instanceof Stopped) return [error.status, error.code, error.message]
  if (error instanceof NotFound) return [404, error.code, error.message]
  if (error instanceof Refusal) return [400, error.code, error.message]
  if (error instanceof GraphQLError) return [403, String(error.extensions.code), error.message]
  return undefined
}

const forbidden = (viewer: Viewer, what: string) =>
  new Stopped(403, 'FORBIDDEN', `${viewer.name} needs the permission ${what}.`)

/** A book has everything in it, so a part of the estate is not enough. */
function requireWhole(viewer: Viewer | null): void {
  if (!viewer) throw new Stopped(401, 'UNAUTHENTICATED', 'Sign in first.')
  if (viewer.reach('estate.read') !== 'estate') throw forbidden(viewer, 'estate.read for the whole estate')
}

async function orderOf(em: EntityManager, productId: string | undefined, routes: IdmlRoutes): Promise<BookOrder> {
  const { databaseUrl, version, url } = routes
  const base = { databaseUrl, version, url: url(), hostname: hostname(), at: new Date() }
  if (!productId) return { ...base, product: null }
  const product = await em.findOne(ManagementProduct, uuidOf(productId, 'prd', ['productId']))
  if (!product) throw new NotFound('management product', productId, ['productId'])
  return { ...base, product: { uuid: product.uuid, name: product.name } }
}

function sendBook(reply: FastifyReply, order: BookOrder): FastifyReply {
  return reply
    .type('application/xml; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="${bookNameFor(order)}"`)
    .send(Readable.from(exportBook(order)))
}

/** The body, which ends with a fault once it is too long. */
function atMost(body: Readable): Readable {
  let size = 0
  const counted = new PassThrough()
  counted.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > LARGEST) counted.destroy(new Error(`it has more than ${LARGEST} bytes`))
  })
  pipeline(body, counted).catch(() => undefined)
  return counted
}
