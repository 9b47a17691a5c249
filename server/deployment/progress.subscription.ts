import { Arg, Authorized, Ctx, Field, ID, Int, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import type { LoggedEvent } from '../kernel/event-log.ts'
import type { Topics } from '../kernel/events.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { stream } from '../kernel/subscription.ts'
import { ConfirmationEnum, type Confirmation } from './confirmation.ts'
import { TargetStateEnum } from './target.entity.ts'
import type { TargetState } from './target.lifecycle.ts'

type Columns = Topics['deployment.progress']

@ObjectType({ description: 'New values of some places of the grid, in columns of equal length; empty on a heartbeat.' })
export class ProgressBatch extends NounEvent {
  @Field(() => [Int], { description: 'Places in the grid.' })
  idx!: number[]

  @Field(() => [TargetStateEnum])
  state!: TargetState[]

  @Field(() => [ConfirmationEnum])
  confirmation!: Confirmation[]

  @Field(() => [Int])
  percent!: number[]

  @Field(() => [Int], { description: "Index into the grid's `steps`; a higher one than known means: read them again." })
  step!: number[]
}

const NOTHING: Columns = { idx: [], state: [], confirmation: [], percent: [], step: [] }

/** The last value of each place, over many events. */
export function folded(events: readonly Columns[]): Columns {
  const last = new Map<number, [event: Columns, at: number]>()
  for (const event of events) event.idx.forEach((place, at) => last.set(place, [event, at]))
  const all = [...last.values()]
  return {
    idx: [...last.keys()],
    state: all.map(([event, at]) => event.state[at]!),
    confirmation: all.map(([event, at]) => event.confirmation[at]!),
    percent: all.map(([event, at]) => event.percent[at]!),
    step: all.map(([event, at]) => event.step[at]!),
  }
}

interface ProgressArgs {
  id: string
  after?: string
  maxHz?: number
}

@Resolver()
export class ProgressSubscription {
  @Authorized('deployment.read')
  @Subscription(() => ProgressBatch, {
    description: 'What changes in the grid of a deployment, put together at most `maxHz` times a second.',
    subscribe: ({ args, context }: { args: ProgressArgs; context: Context }) =>
      stream(
        context,
        {
          topics: ['deployment.progress'],
          subject: uuidOf(args.id, 'dpl'),
          reach: viewerOf(context).reach('deployment.read'),
          after: args.after ?? null,
          maxHz: args.maxHz ?? 10,
        },
        async (events: LoggedEvent[]) => [folded(events.map(({ payload }) => payload as Columns))],
        NOTHING,
      ),
  })
  deploymentProgress(
    @Root() batch: ProgressBatch,
    @Arg('id', () => ID) _id: string,
    @Ctx() _context: Context,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
    @Arg('maxHz', () => Int, { nullable: true, defaultValue: 10, description: '1 to 60.' }) _maxHz?: number,
  ): ProgressBatch {
    return batch
  }
}
