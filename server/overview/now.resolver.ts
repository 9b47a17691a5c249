import { Authorized, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { row, rows } from '../kernel/sql.ts'
import { inHandsOfCaller } from '../deployment/care/care.reads.ts'
import { Deployment } from '../deployment/deployment.entity.ts'
import { activeStates } from '../deployment/deployment.lifecycle.ts'
import { Task } from '../task/task.entity.ts'

const SHOWN = 20

@ObjectType({ description: 'What runs, and what waits for the caller.' })
export class Now {
  @Field(() => Int, { description: 'Deployments at work.' })
  running!: number

  @Field(() => Int, { description: 'Deployments that the caller could approve.' })
  awaitingMyApproval!: number

  @Field(() => Int, { description: "The caller's open tasks." })
  myTasks!: number

  @Field(() => Int, { description: 'Differences between actual and authorized items that nobody resolved.' })
  openDifferences!: number

  @Field(() => Int, { description: 'Those of them with a change that no deployment explains.' })
  unexplainedDrift!: number

  @Field(() => Int, { description: 'Deployments that wait for a person.' })
  needsIntervention!: number

  @Field(() => Int, { description: 'Discovery runs at work.' })
  discovering!: number

  @Field(() => Int, { description: 'Discovery runs that wait until somebody applies or discards what they found.' })
  discoveriesToReview!: number

  @Field(() => [Deployment], {
    description: 'At work, waiting for a person, or the latest: at most 20, in this order.',
  })
  deployments!: Deployment[]

  @Field(() => [Deployment], { description: 'What the caller holds, the latest first, at most 20.' })
  inMyHands!: Deployment[]

  @Field(() => [Deployment], {
    description: 'What is handed over to the caller and waits for their acknowledgement, the latest first, at most 20.',
  })
  handedOverToMe!: Deployment[]

  @Field(() => [Task], { description: "The caller's open tasks, at most 20." })
  tasks!: Task[]
}

@Resolver()
export class NowResolver {
  @Authorized('system.read')
  @Query(() => Now)
  async now(@Ctx() context: Context): Promise<Now> {
    const [counts, deployments, inMyHands, handedOverToMe, tasks] = await Promise.all([
      countsFor(context),
      deploymentsFor(context),
      inHandsOfCaller(context, 'holder'),
      inHandsOfCaller(context, 'successor'),
      tasksFor(context),
    ])
    return { ...counts, deployments, inMyHands, handedOverToMe, tasks }
  }
}

type Counts = Omit<Now, 'deployments' | 'inMyHands' | 'handedOverToMe' | 'tasks'>

async function countsFor(context: Context): Promise<Counts> {
  const viewer = viewerOf(context)
  const values: unknown[] = [viewer.accountId]
  const within = (permission: string, column: string) => {
    const reach = viewer.reach(permission)
    if (reach !== 'estate' && reach.length === 0) return 'false'
    return scopeCondition(viewer, permission, column, values) ?? 'true'
  }
  const seen = within('deployment.read', 'd.scope_ids')
  const approvable = within('deployment.approve', 'd.scope_ids')
  const tasks = within('release.read', 't.scope_ids')
  const estate = within('estate.read', 'r.scope_ids')
  const reach = viewer.reach('estate.read')
  const found = await row<Record<keyof Counts, string>>(
    context.em,
    `select d.*, t.*, r.*, x.* from
       (select count(*) filter (where ${seen} and state in ('QUEUED', 'RUNNING', 'CANCELLING')) as "running",
               count(*) filter (where ${approvable} and state = 'AWAITING_APPROVAL' and created_by_id <> $1) as "awaitingMyApproval",
               count(*) filter (where ${seen} and state in ('INTERVENTION', 'PAUSED')) as "needsIntervention"
          from deployment d where state in ('QUEUED', 'RUNNING', 'CANCELLING', 'AWAITING_APPROVAL', 'INTERVENTION', 'PAUSED')) d,
       (select count(*) as "myTasks" from task t where owner_id = $1 and state in ('WAITING', 'READY', 'IN_PROGRESS') and ${tasks}) t,
       (select count(*) as "openDifferences", count(*) filter (where r.explanation = 'UNEXPLAINED') as "unexplainedDrift" from reconciliation_result r where state = 'OPEN' and ${estate}) r,
       (select count(*) filter (where state <> 'AWAITING_REVIEW') as "discovering", count(*) filter (where state = 'AWAITING_REVIEW') as "discoveriesToReview"
          from discovery_run where state in ('QUEUED', 'RUNNING', 'APPLYING', 'AWAITING_REVIEW') and ${reach === 'estate' || reach.length > 0}) x`,
    values,
  )
  return Object.fromEntries(Object.entries(found!).map(([name, n]) => [name, Number(n)])) as unknown as Counts
}

async function deploymentsFor(context: Context): Promise<Deployment[]> {
  const values: unknown[] = [activeStates]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'd.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select d.* from deployment d ${scope ? `where ${scope}` : ''}
      order by (d.state = 'INTERVENTION') desc, (d.state = any($1::text[])) desc, d.updated_at desc limit ${SHOWN}`,
    values,
  )
  return lean(context.em, Deployment, found)
}

async function tasksFor(context: Context): Promise<Task[]> {
  const viewer = viewerOf(context)
  const values: unknown[] = [viewer.accountId]
  const scope = scopeCondition(viewer, 'release.read', 't.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select t.* from task t where t.owner_id = $1 and t.state in ('WAITING', 'READY', 'IN_PROGRESS') ${scope ? `and ${scope}` : ''}
      order by t.updated_at desc limit ${SHOWN}`,
    values,
  )
  return lean(context.em, Task, found)
}
