import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import type { Topics } from '../kernel/events.ts'
import { NounEvent } from '../kernel/noun-event.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { Position } from '../kernel/scalars.ts'
import { stream, type Place } from '../kernel/subscription.ts'
import { Finding } from './finding.entity.ts'
import { Validation } from './validation.entity.ts'
import { findingsByUuid, latestValidationOf } from './validation.reads.ts'

@ObjectType({ description: 'Findings since the last message, with the validation as it is now.' })
export class FindingBatch extends NounEvent {
  @Field(() => [Finding])
  findings?: Finding[]

  @Field(() => Validation, { nullable: true })
  validation?: Validation | null
}

interface Found extends Place {
  findingIds: string[]
  deploymentId: string | null
}

@Resolver()
export class ValidationSubscription {
  @Authorized('deployment.read')
  @Subscription(() => FindingBatch, {
    description:
      'Findings of a deployment while they are found, progress of the rules, and when the verdict falls or is lost.',
    subscribe: ({ args, context }: { args: { deploymentId: string; after?: string }; context: Context }) =>
      findingStream(context, uuidOf(args.deploymentId, 'dpl', ['deploymentId']), args.after ?? null),
  })
  async validationFindings(
    @Root() { findingIds, deploymentId, ...place }: Found,
    @Ctx() context: Context,
    @Arg('deploymentId', () => ID) _deploymentId: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<FindingBatch> {
    return {
      ...place,
      findings: findingIds.length > 0 ? await findingsByUuid(context, findingIds) : [],
      validation: deploymentId ? await latestValidationOf(context, deploymentId) : null,
    }
  }
}

function findingStream(context: Context, deploymentId: string, after: string | null): AsyncGenerator<Found> {
  const reach = viewerOf(context).reach('deployment.read')
  return stream(
    context,
    { topics: ['validation.findings'], subject: deploymentId, reach, after },
    async (events) => [
      {
        findingIds: events.flatMap(({ payload }) => (payload as Topics['validation.findings']).findingIds),
        deploymentId,
      },
    ],
    { findingIds: [] as string[], deploymentId: null as string | null },
  )
}
