import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { rows } from '../kernel/sql.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { versionField } from '../library/library.reads.ts'
import { ReconciliationResult } from '../reconciliation/reconciliation-result.entity.ts'
import { Release } from '../release/release.entity.ts'
import { Task } from '../task/task.entity.ts'
import { taskOf } from '../task/task.reads.ts'
import { bringBack, isRemediable, remediesOf } from './bring-back.ts'
import { Deployment } from './deployment.entity.ts'

@InputType()
class ReconciliationBringBackInput extends MutationInput {
  @Field(() => [ID], { description: '1 to 200 results with `bringsBack`.' })
  ids!: string[]
}

@ObjectType()
export class ReconciliationBringBackPayload extends MutationPayload {
  @Field(() => Release, { nullable: true })
  release?: Release | null

  tasks?: Task[]
  deployments?: Deployment[]
}

@Resolver(() => ReconciliationBringBackPayload)
export class ReconciliationBringBackResolver {
  @Authorized('release.edit')
  @Mutation(() => ReconciliationBringBackPayload, {
    description:
      'Prepares a release with a task and a draft of a deployment for each package version that should be there. Nothing starts by it.',
  })
  async reconciliationBringBack(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationBringBackInput) input: ReconciliationBringBackInput,
  ) {
    const { em, services } = context
    const catalogue = await services.catalogue.forWrite(em)
    return bringBack(em, services, catalogue, input, viewerOf(context))
  }

  /** Also a refusal has lists. */
  @FieldResolver(() => [Task])
  tasks(@Root() payload: ReconciliationBringBackPayload): Task[] {
    return payload.tasks ?? []
  }

  @FieldResolver(() => [Deployment], { description: 'Drafts, for who may create deployments.' })
  deployments(@Root() payload: ReconciliationBringBackPayload): Deployment[] {
    return payload.deployments ?? []
  }
}

/** What deployment adds to a result of reconciliation, which does not know deployments. */
@Resolver(() => ReconciliationResult)
export class ResultBringBackResolver {
  @FieldResolver(() => PackageVersion, {
    nullable: true,
    description: 'What a deployment would bring back; null: none can, or it is resolved.',
  })
  async bringsBack(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    const remedy = await batch(context, 'bringsBack', result.uuid, (uuids) => remediesOf(context.em, uuids))
    return remedy && isRemediable(remedy) ? versionField(context, remedy.versionId!) : null
  }

  @FieldResolver(() => Task, { nullable: true, description: 'The latest task that was made to bring it back.' })
  async broughtBackBy(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    const remedy = await batch(context, 'broughtBackBy', result.uuid, async (uuids) => {
      const found = await rows<{ result: string; task: string }>(
        context.em,
        `select distinct on (result_id) result_id as result, task_id as task from reconciliation_remedy
         where result_id = any($1::uuid[]) order by result_id, created_at desc`,
        [uuids],
      )
      return new Map(found.map((one) => [one.result, one]))
    })
    return remedy && taskOf(context, remedy.task)
  }
}
