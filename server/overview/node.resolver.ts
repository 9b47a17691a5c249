import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql'
import { batch } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { parseNodeId, type NodePrefix } from '../kernel/node-id.ts'
import { Node } from '../kernel/noun.ts'

/** Loads nodes of one kind by UUID; what the viewer may not see is left out. */
export type NodeLoader = (context: Context, uuids: string[]) => Promise<Map<string, object>>

declare module '../kernel/context.ts' {
  interface Services {
    nodeLoaders: Partial<Record<NodePrefix, NodeLoader>>
  }
}

const MAX_NODES = 200

@Resolver()
export class NodeResolver {
  @Authorized('system.read')
  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id; null when there is none that the caller can see.',
  })
  node(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<object | null> {
    return nodeOf(context, parseNodeId(id))
  }

  @Authorized('system.read')
  @Query(() => [Node], {
    nullable: 'items',
    description:
      'Objects by their ids, in the order asked for; null where there is none that the caller can see. At most 200.',
  })
  nodes(@Arg('ids', () => [ID]) ids: string[], @Ctx() context: Context): Promise<(object | null)[]> {
    if (ids.length > MAX_NODES)
      throw new BadInput(`nodes answers at most ${MAX_NODES} ids; ${ids.length} were asked for.`, {
        field: ['ids'],
        rule: 'list size',
      })
    // All are read before the first is looked up: a wrong one must not leave the looks of the others to nobody.
    return Promise.all(ids.map((id) => parseNodeId(id)).map((id) => nodeOf(context, id)))
  }
}

function nodeOf(context: Context, { prefix, uuid }: ReturnType<typeof parseNodeId>): Promise<object | null> {
  const load = context.services.nodeLoaders[prefix]
  return load ? batch(context, `node:${prefix}`, uuid, (uuids) => load(context, uuids)) : Promise.resolve(null)
}
