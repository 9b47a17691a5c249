import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { createReadStream } from 'node:fs'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { certify } from './adapters/idml/certify.ts'
import { unpacked } from './adapters/idml/files.ts'
import { IdmlCertificate } from './certificate.types.ts'
import { adapterOf } from './discovery.service.ts'
import { filesOfProduct } from './discovery.reads.ts'
import { DiscoveryFileConnection } from './file.types.ts'
import { usableUpload } from './upload.service.ts'

/** Files that discovery read, and what a book is worth before it is read. */
@Resolver(() => ManagementProduct)
export class DiscoveryFileResolver {
  @FieldResolver(() => DiscoveryFileConnection, { description: 'The files that runs came to, the newest first.' })
  discoveryFiles(@Root() product: ManagementProduct, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return filesOfProduct(context, product.uuid, page)
  }

  @Authorized('discovery.run')
  @Query(() => IdmlCertificate, {
    description:
      'The seven checks over a book that POST /discovery/uploads took for a product of the kind idml. Nothing is written. A very large book takes longer than a query may: POST /idml/certificate checks those.',
  })
  async idmlCertificate(
    @Ctx() { em, services, signal }: Context,
    @Arg('productId', () => ID) productId: string,
    @Arg('uploadId', () => ID) uploadId: string,
  ): Promise<IdmlCertificate> {
    const product = await em.findOne(ManagementProduct, uuidOf(productId, 'prd', ['productId']))
    if (!product) throw new NotFound('management product', productId, ['productId'])
    if (product.kind !== 'idml') {
      throw new BadInput(`${product.name} reads no IdML books, so its files have no certificate.`, {
        itemId: product.id,
        field: ['productId'],
        rule: 'IdML books',
      })
    }
    const { name, digest } = await usableUpload(em, uploadId, product, adapterOf(services, product), services)
    const open = () => unpacked(name, createReadStream(services.contentStore.pathOf(digest)))
    const { mss, checks, ...rest } = await certify({ name, open }, signal)
    return {
      ...rest,
      mss: mss ?? null,
      checks: checks.map(({ passed, findings, ...check }) => ({
        ...check,
        passed: passed ?? null,
        findings: findings.map(({ where, ...finding }) => ({
          ...finding,
          source: where.source ?? null,
          line: where.line ?? null,
          column: where.column ?? null,
          element: where.element ?? null,
        })),
      })),
    }
  }
}
