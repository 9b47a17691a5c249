import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import type { EntityManager } from '@mikro-orm/postgresql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import type { LoggedEvent } from '../kernel/event-log.ts'
import type { Topics } from '../kernel/events.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { stream } from '../kernel/subscription.ts'
import { LogLine, type LogLevel } from './deployment.types.ts'
import { targetsByUuid } from './target.reads.ts'

type Line = Topics['deployment.log']['lines'][number]

@ObjectType({ description: 'Log lines as they were written, with the target of each; empty on a heartbeat.' })
export class LogBatch extends NounEvent {
  @Field(() => [LogLine])
  lines!: LogLine[]

  @Field(() => [ID], { description: 'The target of each line.' })
  targetIds!: string[]
}

interface LogArgs {
  id: string
  targetId?: string
  after?: string
}

@Resolver()
export class LogSubscription {
  @Authorized('deployment.read')
  @Subscription(() => LogBatch, {
    description: 'The log of a deployment, or of one of its targets, as it is written.',
    subscribe: ({ args, context }: { args: LogArgs; context: Context }) => {
      const viewer = viewerOf(context)
      const only = args.targetId == null ? null : uuidOf(args.targetId, 'tgt', ['targetId'])
      return stream(
        context,
        {
          topics: ['deployment.log'],
          subject: uuidOf(args.id, 'dpl'),
          reach: viewer.reach('deployment.read'),
          after: args.after ?? null,
          maxHz: 10,
        },
        async (events: LoggedEvent[], em) => {
          const all = events.flatMap(({ payload }) => (payload as Topics['deployment.log']).lines)
          const lines = await visible(em, viewer, only ? all.filter(({ targetId }) => targetId === only) : all)
          return lines.length > 0 ? [batchOf(lines)] : []
        },
        batchOf([]),
      )
    },
  })
  deploymentLog(
    @Root() batch: LogBatch,
    @Ctx() _context: Context,
    @Arg('id', () => ID) _id: string,
    @Arg('targetId', () => ID, { nullable: true }) _targetId?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): LogBatch {
    return batch
  }
}

/** Lines of targets that the viewer may see; a deployment can have others. */
async function visible(em: EntityManager, viewer: Viewer, lines: Line[]): Promise<Line[]> {
  if (viewer.reach('deployment.read') === 'estate' || lines.length === 0) return lines
  const targets = await targetsByUuid(em, [...new Set(lines.map(({ targetId }) => targetId))], viewer)
  return lines.filter(({ targetId }) => targets.has(targetId))
}

const batchOf = (lines: Line[]) => ({
  lines: lines.map(({ number, at, level, text, attemptId }): LogLine =>
    Object.assign(new LogLine(), { number, at, level: level as LogLevel, text, attemptId: toNodeId('att', attemptId) }),
  ),
  targetIds: lines.map(({ targetId }) => toNodeId('tgt', targetId)),
})
