import { Arg, Authorized, Ctx, Field, ID, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { nodeTypes, parseNodeId, toNodeId, type NodePrefix } from '../kernel/node-id.ts'
import { DateTime } from '../kernel/scalars.ts'
import { abortable } from '../kernel/subscription.ts'
import type { Looker } from './presence.ts'

/** What people look at together. */
const LOOKED_AT: readonly NodePrefix[] = ['ci', 'rls', 'tsk', 'dpl']
const MOST = 50

@ObjectType({ description: 'Somebody who looks at the same thing now.' })
export class Onlooker {
  @Field(() => ID)
  accountId!: string

  @Field(() => String)
  name!: string

  @Field(() => DateTime)
  since!: Date
}

@ObjectType({ description: 'Who else looks at a thing now, in the order in which they came.' })
export class PresenceMessage {
  @Field(() => [Onlooker], { description: `The first ${MOST}, without the caller.` })
  others!: Onlooker[]

  @Field(() => Int, { description: 'All of them, without the caller.' })
  total!: number
}

@Resolver()
export class PresenceSubscription {
  @Authorized('system.read')
  @Subscription(() => PresenceMessage, {
    description:
      'Who else looks at an item, release, task or deployment now; whoever subscribes is seen by the others until the subscription ends. Nothing of it is kept, so it goes on from no place and takes no `after`: the first message says who is there.',
    subscribe: async ({ args, context }: { args: { id: string }; context: Context }) => {
      const { prefix, uuid } = parseNodeId(args.id)
      if (!LOOKED_AT.includes(prefix)) {
        throw new BadInput(
          `Nobody is seen looking at a ${nodeTypes[prefix]}; only at items, releases, tasks and deployments.`,
          { field: ['id'] },
        )
      }
      if (!(await isSeen(context, prefix, uuid))) throw new NotFound(nodeTypes[prefix], args.id)
      return abortable((signal) => lookingAt(context, prefix, uuid, signal))
    },
  })
  presence(
    @Root() message: PresenceMessage,
    @Ctx() _context: Context,
    @Arg('id', () => ID) _id: string,
  ): PresenceMessage {
    return message
  }
}

async function isSeen(context: Context, prefix: NodePrefix, uuid: string): Promise<boolean> {
  const fresh = { ...context, em: context.em.fork(), loaders: new Map() }
  return (await context.services.nodeLoaders[prefix]!(fresh, [uuid])).has(uuid)
}

/** Ends when the caller cannot see the thing any more. */
async function* lookingAt(
  context: Context,
  prefix: NodePrefix,
  uuid: string,
  signal: AbortSignal,
): AsyncGenerator<PresenceMessage> {
  const { accountId } = viewerOf(context)
  for await (const lookers of context.services.presence.look(uuid, accountId, signal)) {
    if (!(await isSeen(context, prefix, uuid))) return
    yield messageOf(lookers.filter((looker) => looker.accountId !== accountId))
  }
}

const messageOf = (others: readonly Looker[]): PresenceMessage => ({
  total: others.length,
  others: others
    .slice(0, MOST)
    .map(({ accountId, name, since }) => ({ accountId: toNodeId('acc', accountId), name, since })),
})
