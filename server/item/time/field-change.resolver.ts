import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import { batch } from '../../kernel/batch.ts'
import type { Context } from '../../kernel/context.ts'
import { parseNodeId } from '../../kernel/node-id.ts'
import { JsonValue } from '../../kernel/scalars.ts'
import { rows } from '../../kernel/sql.ts'
import { FieldChange } from './history.types.ts'

/** Where the things stand that an item links to; of a site that the caller does not see the id is shown. */
const linked: Record<string, { table: string; scoped: boolean }> = {
  site: { table: 'configuration_item', scoped: true },
  product: { table: 'management_product', scoped: false },
  actualItem: { table: 'actual_item', scoped: false },
}

@Resolver(() => FieldChange)
export class FieldChangeResolver {
  @FieldResolver(() => JsonValue, { nullable: true, description: 'The value before; of a link the name of its end.' })
  from(@Root() change: FieldChange, @Ctx() context: Context) {
    return shown(context, change, change.from)
  }

  @FieldResolver(() => JsonValue, { nullable: true, description: 'The value after; of a link the name of its end.' })
  to(@Root() change: FieldChange, @Ctx() context: Context) {
    return shown(context, change, change.to)
  }
}

async function shown(context: Context, change: FieldChange, value: unknown): Promise<unknown> {
  const link = change.isAttribute ? undefined : linked[change.field]
  if (!link || typeof value !== 'string') return value
  const name = await batch(context, `nameOf:${link.table}`, parseNodeId(value).uuid, async (uuids) => {
    const values: unknown[] = [uuids]
    const scope = link.scoped ? scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values) : null
    const found = await rows<{ uuid: string; name: string }>(
      context.em,
      `select x.uuid, x.name from ${link.table} x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
      values,
    )
    return new Map(found.map(({ uuid, name }) => [uuid, name]))
  })
  return name ?? value
}
