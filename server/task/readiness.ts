import type { EntityManager } from '@mikro-orm/postgresql'
import { authorizedStates } from '../item/item.lifecycle.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { reaches } from '../kernel/authorize.ts'
import { groupedBy } from '../kernel/batch.ts'
import type { Viewer } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import { versionsByUuid } from '../library/library.reads.ts'
import type { Task } from './task.entity.ts'

/** One thing that a task still needs. */
export interface Gap {
  /** `source`, `targets`, `target authorized`, `predecessor`, `release planned`. */
  rule: string
  /** One sentence that says what is missing and what to do. */
  message: string
  /** Global id of the thing at fault. */
  itemId: string | null
  /** Its name or number. */
  name: string | null
  /** Scopes of the item at fault, for viewers who do not see it; null when it is no item. */
  scopeIds: readonly string[] | null
}

/** The answer of step 7: ready only when a source and every target are defined and nothing stands before the task. */
export interface TaskReadiness {
  ready: boolean
  missing: Gap[]
}

/** The same for somebody who may not see every item: what they do not see is counted and not named. */
export function readinessFor(viewer: Viewer, { ready, missing }: TaskReadiness): TaskReadiness {
  const hidden = (gap: Gap) => gap.scopeIds !== null && !reaches(viewer, 'estate.read', gap.scopeIds)
  const unseen = missing.filter(hidden)
  if (unseen.length === 0) return { ready, missing }
  const message = `${unseen.length} of the targets that you cannot see ${unseen.length === 1 ? 'is' : 'are'} not authorized any more.`
  const gap: Gap = { rule: 'target authorized', message, itemId: null, name: null, scopeIds: null }
  return { ready, missing: [...missing.filter((one) => !hidden(one)), gap] }
}

/** Whether a task is ready, and if not, what is missing, item by item. */
export async function readinessOf(em: EntityManager, task: Task): Promise<TaskReadiness> {
  return (await readinessOfMany(em, [task])).get(task.uuid)!
}

/** `readinessOf` for many tasks in four statements. */
export async function readinessOfMany(em: EntityManager, tasks: readonly Task[]): Promise<Map<string, TaskReadiness>> {
  const facts = await factsOf(em, tasks)
  return new Map(
    tasks.map((task) => {
      const missing = [
        ...releaseGaps(facts.releases.get(task.releaseId)!),
        ...(task.type === 'SOFTWARE_DISTRIBUTION' ? [...sourceGaps(task, facts), ...targetGaps(task, facts)] : []),
        ...predecessorGaps(facts.predecessors.get(task.uuid) ?? []),
      ]
      return [task.uuid, { ready: missing.length === 0, missing }]
    }),
  )
}

interface ReleaseFacts {
  uuid: string
  ordinal: number
  state: string
  /** Versions it carries. */
  sources: string[]
}

interface TargetFacts {
  taskId: string
  uuid: string
  name: string
  state: string
  scopeIds: string[]
}

interface PredecessorFacts {
  taskId: string
  uuid: string
  ordinal: number
  title: string
  state: string
}

type Facts = Awaited<ReturnType<typeof factsOf>>

async function factsOf(em: EntityManager, tasks: readonly Task[]) {
  const uuids = tasks.map(({ uuid }) => uuid)
  const releases = await rows<ReleaseFacts>(
    em,
    `select uuid, ordinal, state,
       array(select package_version_id::text from release_source where release_id = uuid order by added_at) as sources
     from release where uuid = any($1::uuid[])`,
    [tasks.map(({ releaseId }) => releaseId)],
  )
  const targets = await rows<TargetFacts>(
    em,
    `select t.task_id as "taskId", i.uuid, i.name, i.state, i.scope_ids::text[] as "scopeIds"
     from task_target t join configuration_item i on i.uuid = t.item_id
     where t.task_id = any($1::uuid[]) order by i.name, i.uuid`,
    [uuids],
  )
  const predecessors = await rows<PredecessorFacts>(
    em,
    `select p.task_id as "taskId", t.uuid, t.ordinal, t.title, t.state
     from task_predecessor p join task t on t.uuid = p.predecessor_id
     where p.task_id = any($1::uuid[]) order by t.ordinal`,
    [uuids],
  )
  const sourceIds = tasks.map(({ sourceId }) => sourceId).filter((id) => id !== null)
  return {
    releases: new Map(releases.map((release) => [release.uuid, release] as const)),
    targets: groupedBy(targets, ({ taskId }) => taskId),
    predecessors: groupedBy(predecessors, ({ taskId }) => taskId),
    sources: await versionsByUuid(em, sourceIds),
  }
}

function releaseGaps({ uuid, ordinal, state }: ReleaseFacts): Gap[] {
  if (state === 'PLANNED' || state === 'IN_PROGRESS') return []
  const name = `REL-${ordinal}`
  const message = state === 'DRAFT' ? `${name} is still a draft; plan it first.` : `${name} is ${state}.`
  return [{ rule: 'release planned', message, itemId: toNodeId('rls', uuid), name, scopeIds: null }]
}

function sourceGaps(task: Task, { sources, releases }: Facts): Gap[] {
  const gap = (message: string, itemId: string | null = null, name: string | null = null): Gap[] => [
    { rule: 'source', message, itemId, name, scopeIds: null },
  ]
  if (task.sourceId === null) {
    const { ordinal, sources: offered } = releases.get(task.releaseId)!
    if (offered.length === 0) return gap(`No source is defined: REL-${ordinal} has no package version. Add one.`)
    return gap(
      `No source is defined: REL-${ordinal} has ${offered.length} package versions. Choose one for ${task.number}.`,
    )
  }
  const source = sources.get(task.sourceId)!
  if (source.state === 'AVAILABLE') return []
  const why = source.alert ? ` ${source.alert}` : ''
  return gap(`The source ${source.displayName} is ${source.state}.${why}`, source.id, source.displayName)
}

function targetGaps(task: Task, { targets }: Facts): Gap[] {
  const chosen = targets.get(task.uuid) ?? []
  if (chosen.length === 0) {
    const message = `No targets are defined. Add items to the release, or choose some of them for ${task.number}.`
    return [{ rule: 'targets', message, itemId: null, name: null, scopeIds: null }]
  }
  return chosen
    .filter(({ state }) => !(authorizedStates as readonly string[]).includes(state))
    .map(({ uuid, name, state, scopeIds }) => ({
      rule: 'target authorized',
      message: unusable(name, state),
      itemId: toNodeId('ci', uuid),
      name,
      scopeIds,
    }))
}

/** What never comes back has another advice than what can be authorized again. */
function unusable(name: string, state: string): string {
  if (state === 'DECOMMISSIONED')
    return `${name} is DECOMMISSIONED: nothing about it is changed any more. Take it out of the targets.`
  return `${name} is ${state} and no longer an authorized target. Authorize it or take it out.`
}

function predecessorGaps(predecessors: PredecessorFacts[]): Gap[] {
  return predecessors
    .filter(({ state }) => state !== 'COMPLETED')
    .map(({ uuid, ordinal, title, state }) => ({
      rule: 'predecessor',
      message: `TSK-${ordinal} (${title}) must be completed first; it is ${state}.`,
      itemId: toNodeId('tsk', uuid),
      name: `TSK-${ordinal}`,
      scopeIds: null,
    }))
}
