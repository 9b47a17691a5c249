import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import { BoundedCount } from '../kernel/bounded-count.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { NotFound } from '../kernel/errors.ts'
import { HistoryEntryConnection, historyOf } from '../kernel/history.type.ts'
import { MoveInput, MutationPayload } from '../kernel/mutation.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { reachesWhole } from '../kernel/whole-reach.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { itemOf } from '../item/item.reads.ts'
import { ConfigurationItemConnection } from '../item/item.type.ts'
import { versionField } from '../library/library.reads.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { Release } from '../release/release.entity.ts'
import { releaseOf, listedPage } from '../release/release.reads.ts'
import { Task, TaskConnection } from './task.entity.ts'
import { TaskFilter, TaskCreateInput, TaskListArgs, TaskTargetArgs, TaskUpdateInput } from './task.inputs.ts'
import { editableTaskStates, taskActionsOfPeople, taskLifecycle, type TaskAction } from './task.lifecycle.ts'
import {
  taskCounts,
  predecessorsOf,
  readinessField,
  targetCount,
  targetSitesOf,
  taskOf,
  taskPage,
  tasksOfReleasePage,
} from './task.reads.ts'
import { createTask, moveTask, taskTargetScopes, updateTask } from './task.service.ts'
import { TargetSite } from './task.types.ts'
import { Readiness } from './readiness.type.ts'

@ObjectType()
export class TaskPayload extends MutationPayload {
  @Field(() => Task, { nullable: true })
  task?: Task | null
}

@Resolver(() => Task)
export class TaskResolver {
  @Authorized('release.read')
  @Query(() => Task, { nullable: true })
  task(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return taskOf(context, uuidOf(id, 'tsk'))
  }

  @Authorized('release.read')
  @Query(() => TaskConnection, { description: 'Newest first.' })
  tasks(@Ctx() context: Context, @Args(() => TaskListArgs) { filter, ...page }: TaskListArgs) {
    return taskPage(context, filter ?? {}, page)
  }

  @Authorized('release.read')
  @Query(() => [BoundedCount], { description: 'How many tasks there are of each filter, in its order; at most 50.' })
  taskCounts(
    @Ctx() context: Context,
    @Arg('filters', () => [TaskFilter]) filters: TaskFilter[],
  ): Promise<BoundedCount[]> {
    return taskCounts(context, filters)
  }

  @FieldResolver(() => [String], { description: '`update` and the moves that the caller can make now.' })
  async allowedActions(@Root() task: Task, @Ctx() context: Context): Promise<string[]> {
    const may = (permission: string) => reachesWhole(context, permission, task, taskTargetScopes)
    const possible = taskLifecycle.actionsFrom(task.state).filter((action) => taskActionsOfPeople.includes(action))
    const started = (await releaseOf(context, task.releaseId))?.state === 'IN_PROGRESS'
    const moves = (await may('task.work')) ? possible.filter((action) => action !== 'start' || started) : []
    return editableTaskStates.includes(task.state) && (await may('task.edit')) ? ['update', ...moves] : moves
  }

  @FieldResolver(() => Release)
  async release(@Root() task: Task, @Ctx() context: Context): Promise<Release> {
    const release = await releaseOf(context, task.releaseId)
    if (!release) throw new NotFound('release', toNodeId('rls', task.releaseId))
    return release
  }

  @FieldResolver(() => Account, { nullable: true })
  owner(@Root() task: Task, @Ctx() context: Context) {
    return accountField(context, task.ownerId)
  }

  @FieldResolver(() => PackageVersion, { nullable: true, description: 'What it carries.' })
  source(@Root() task: Task, @Ctx() context: Context) {
    return task.sourceId && versionField(context, task.sourceId)
  }

  @FieldResolver(() => ConfigurationItemConnection, { description: 'Where it goes, as far as the caller sees it.' })
  targets(
    @Root() task: Task,
    @Ctx() context: Context,
    @Args(() => TaskTargetArgs) { withinId, ...page }: TaskTargetArgs,
  ) {
    const within = withinId ? uuidOf(withinId, 'ci', ['withinId']) : null
    return listedPage(context, 'task_target', 'task', task.uuid, page, within)
  }

  @FieldResolver(() => [TargetSite], {
    description: 'The sites at which its targets lie, by name, at most 200; as far as the caller sees them.',
  })
  targetSites(@Root() task: Task, @Ctx() context: Context) {
    return targetSitesOf(context, task.uuid)
  }

  @FieldResolver(() => Int, { description: 'How many targets the caller sees.' })
  targetCount(@Root() task: Task, @Ctx() context: Context) {
    return targetCount(context, task.uuid)
  }

  @FieldResolver(() => [Task], { description: 'Tasks that must be completed first.' })
  predecessors(@Root() task: Task, @Ctx() context: Context) {
    return predecessorsOf(context, task.uuid)
  }

  @FieldResolver(() => Readiness, {
    description: 'Whether a source and every target are defined and nothing stands before it.',
  })
  readiness(@Root() task: Task, @Ctx() context: Context) {
    return readinessField(context, task)
  }

  @FieldResolver(() => HistoryEntryConnection, { description: 'What happened to it, newest first.' })
  history(@Root() task: Task, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return historyOf(context, task.uuid, page)
  }
}

@Resolver()
export class TaskMutations {
  @Authorized('task.edit')
  @Mutation(() => TaskPayload)
  async taskCreate(@Ctx() context: Context, @Arg('input', () => TaskCreateInput) input: TaskCreateInput) {
    return { task: await createTask(context.em, input, viewerOf(context)) }
  }

  @Authorized('task.edit')
  @Mutation(() => TaskPayload)
  async taskUpdate(@Ctx() context: Context, @Arg('input', () => TaskUpdateInput) input: TaskUpdateInput) {
    return { task: await updateTask(context.em, input, viewerOf(context)) }
  }

  @Authorized('task.work')
  @Mutation(() => TaskPayload, { description: 'READY → IN_PROGRESS; refused with what is missing.' })
  taskStart(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'start')
  }

  @Authorized('task.work')
  @Mutation(() => TaskPayload, { description: 'IN_PROGRESS → COMPLETED; tasks that wait for it can become ready.' })
  taskComplete(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'complete')
  }

  @Authorized('task.work')
  @Mutation(() => TaskPayload)
  taskCancel(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return moved(context, input, 'cancel')
  }
}

@Resolver(() => TargetSite)
export class TargetSiteResolver {
  @FieldResolver(() => ConfigurationItem, {
    nullable: true,
    description: 'Null: they lie at no site that the caller sees.',
  })
  site(@Root() { siteId }: TargetSite, @Ctx() context: Context) {
    return siteId && itemOf(context, siteId)
  }
}

/** What tasks add to a release. */
@Resolver(() => Release)
export class ReleaseTasksResolver {
  @FieldResolver(() => TaskConnection, { description: 'Its steps, in the order they were made.' })
  tasks(@Root() release: Release, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return tasksOfReleasePage(context, release.uuid, page)
  }
}

async function moved(context: Context, input: MoveInput, action: TaskAction): Promise<TaskPayload> {
  const { em, services } = context
  return { task: await moveTask(em, input, action, viewerOf(context), services.taskGates) } as TaskPayload
}
