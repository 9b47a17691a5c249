/**
 * POST /discovery/uploads?productId=prd_…&name=book.xml with the bytes of a file as the body: keeps it and answers
 * `{ "id": "upl_…" }`, which discoveryStart takes as `uploadId`. Needs the permission discovery.run; a browser sends the
 * header x-waybill-csrf with it.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReadStream } from 'node:fs'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createHash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import type { ContextOf } from '../http/request-context.ts'
import { BadInput, NotFound, Refusal } from '../kernel/errors.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { requireActive } from '../product/product.service.ts'
import { adapterOf } from './discovery.service.ts'
import { checkUpload, keepUpload } from './upload.service.ts'

/** More bytes came than the adapter takes. */
class TooLarge extends BadInput {}

interface Query {
  productId?: string
  name?: string
}

export function serveUploads(server: FastifyInstance, contextOf: ContextOf): void {
  void server.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    routes.post<{ Querystring: Query; Body: Readable }>(
      '/discovery/uploads',
      { bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request, reply) => {
        try {
          const { em, viewer, services } = await contextOf(request, reply, AbortSignal.timeout(600_000)) // 10 min
          if (!viewer) return refuse(reply, 401, 'UNAUTHENTICATED', 'Sign in first.')
          if (reachAnywhere(viewer, 'discovery.run') !== 'estate')
            return refuse(reply, 403, 'FORBIDDEN', 'You may not start discovery, so you cannot hand in files for it.')
          const { productId = '', name = '' } = request.query
          const product = await em.findOne(ManagementProduct, uuidOf(productId, 'prd', ['productId']))
          if (!product) throw new NotFound('management product', productId, ['productId'])
          requireActive(product)
          const adapter = adapterOf(services, product)
          const plain = name.split(/[/\\]/).at(-1)!.slice(0, 200)
          checkUpload(product, adapter, plain)
          const folder = await mkdtemp(join(tmpdir(), 'waybill-upload-'))
          try {
            const file = join(folder, 'body')
            const { digest, size } = await receive(request.body, file, adapter.upload!.maxSize)
            await services.contentStore.put(createReadStream(file), digest)
            const id = await em.transactional((inner) =>
              keepUpload(inner, product, { name: plain, digest, size }, viewer.accountId),
            )
            return await reply.code(201).send({ id })
          } finally {
            await rm(folder, { recursive: true, force: true })
          }
        } catch (error) {
          if (error instanceof TooLarge) return refuse(reply, 413, error.code, error.message)
          if (error instanceof NotFound) return refuse(reply, 404, error.code, error.message)
          if (error instanceof Refusal) return refuse(reply, 400, error.code, error.message)
          if (error instanceof GraphQLError) return refuse(reply, 403, String(error.extensions.code), error.message)
          throw error
        }
      },
    )
  })
}

async function receive(body: Readable, file: string, maxSize: number): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      hash.update(chunk)
      if (size > maxSize)
        done(new TooLarge(`The file has more than ${maxSize} bytes.`, { rule: 'upload', evidence: { maxSize } }))
      else done(null, chunk)
    },
  })
  await pipeline(body, meter, createWriteStream(file, { mode: 0o600 }))
  if (size === 0) throw new BadInput('The file is empty.', { rule: 'upload' })
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

const refuse = (reply: FastifyReply, status: number, code: string, message: string) =>
  reply.code(status).send({ code, message })
