/** What hosts told when they were read last, compressed, the last few of each: for people, and to be read again. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { Field, ID, Int, ObjectType } from 'type-graphql'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { childPage } from '../kernel/page.ts'
import { DateTime } from '../kernel/scalars.ts'
import { row, rows } from '../kernel/sql.ts'

const PER_HOST = 3
const PER_PRODUCT = 3_000

@ObjectType({ description: 'What a host told when it was read, as it came. It holds no secret.' })
export class HostCapture {
  @Field(() => ID, { description: 'For hostCaptureText.' })
  uuid!: string

  @Field(() => String)
  host!: string

  @Field(() => DateTime)
  at!: Date

  @Field(() => Int, { description: 'Bytes of the text.' })
  size!: number
}

/** Keeps one more, and no more than the last few of the host and a bounded number of the product. */
export async function keepCapture(em: EntityManager, productId: string, host: string, raw: string): Promise<void> {
  const compressed = await promisify(gzip)(raw)
  await em.fork().transactional(async (em) => {
    await rows(
      em,
      'insert into host_capture (uuid, product_id, host, at, size, compressed) values ($1, $2, $3, now(), $4, $5)',
      [uuidv7(), productId, host, Buffer.byteLength(raw), compressed],
    )
    await rows(
      em,
      `delete from host_capture where uuid in (
         select uuid from host_capture where product_id = $1 and host = $2 order by at desc, uuid desc offset $3)
       or uuid in (select uuid from host_capture where product_id = $1 order by at desc, uuid desc offset $4)`,
      [productId, host, PER_HOST, PER_PRODUCT],
    )
  })
}

export function capturesOf(context: Context, productId: string, page: PageArgs): Promise<Page<HostCapture>> {
  const query = {
    select: 'x.uuid, x.host, x.at, x.size',
    from: 'host_capture x',
    order: [
      { column: 'x.at', cast: 'timestamptz', descending: true },
      { column: 'x.uuid', cast: 'uuid', descending: true },
    ],
  }
  return childPage(context, 'hostCaptures', productId, 'x.product_id', query, page, (found) =>
    found.map((one) => Object.assign(new HostCapture(), one)),
  )
}

/** The text as it came, or null if it is not kept any more. */
export async function captureText(em: EntityManager, uuid: string): Promise<string | null> {
  const found = await row<{ compressed: Buffer }>(em, 'select compressed from host_capture where uuid = $1', [uuid])
  return found && (await promisify(gunzip)(found.compressed)).toString('utf8')
}
