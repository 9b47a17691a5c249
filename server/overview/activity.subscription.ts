import { Arg, Authorized, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { accountsByUuid } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import type { LoggedEvent } from '../kernel/event-log.ts'
import type { Topic } from '../kernel/events.ts'
import { toNodeId, type NodePrefix } from '../kernel/node-id.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { DateTime, Position } from '../kernel/scalars.ts'
import { stream } from '../kernel/subscription.ts'

/** What the feed tells of, and the kind of thing each topic is about. Hot streams and rights are not news. */
export const NEWS: Partial<Record<Topic, NodePrefix>> = {
  'product.changed': 'prd',
  'discovery.changed': 'run',
  'item.changed': 'ci',
  'reconciliation.changed': 'rcr',
  'reconciliationResult.changed': 'rcn',
  'promotionScope.changed': 'psc',
  'unplannedChange.changed': 'unp',
  'repository.changed': 'rep',
  'packageVersion.changed': 'pkv',
  'release.changed': 'rls',
  'task.changed': 'tsk',
  'deployment.changed': 'dpl',
}

@ObjectType({ description: 'One line of what happens, for whoever may see it.' })
export class ActivityEvent extends NounEvent {
  event?: LoggedEvent | null

  @Field(() => String, { description: 'Such as deployment.changed; empty on a heartbeat.' })
  topic!: string

  @Field(() => ID, { nullable: true })
  nodeId!: string | null

  @Field(() => String, { nullable: true })
  summary!: string | null

  @Field(() => String, { nullable: true, description: 'Name of who caused it; null for Waybill itself.' })
  actor!: string | null

  @Field(() => DateTime, { nullable: true })
  at!: Date | null
}

interface News {
  event: LoggedEvent | null
  actor?: string | null
  seq?: number
}

@Resolver()
export class ActivitySubscription {
  @Authorized('system.read')
  @Subscription(() => ActivityEvent, {
    description: 'Everything that changes and the caller may see, one message each.',
    subscribe: ({ args, context }: { args: { after?: string }; context: Context }) =>
      stream<News>(
        context,
        {
          topics: Object.keys(NEWS) as Topic[],
          subject: null,
          reach: viewerOf(context).reach('estate.read'),
          after: args.after ?? null,
        },
        async (events, em) => {
          // One look for all: each message is resolved by itself.
          const actors = await accountsByUuid(em, [...new Set(events.flatMap(({ actor }) => actor ?? []))])
          const nameOf = ({ actor }: LoggedEvent) => (actor && actors.get(actor)?.name) ?? null
          return events.map((event) => ({ event, seq: event.seq, actor: nameOf(event) }))
        },
        { event: null },
      ),
  })
  activity(
    @Root() news: ActivityEvent,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): ActivityEvent {
    const { event = null } = news
    return Object.assign(new ActivityEvent(), news, {
      topic: event?.topic ?? '',
      nodeId: event && toNodeId(NEWS[event.topic]!, event.subject),
      summary: event?.summary ?? null,
      actor: news.actor ?? null,
      at: event?.at ?? null,
    })
  }
}
