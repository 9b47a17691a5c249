import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { groupedBy } from '../kernel/batch.ts'
import { rows } from '../kernel/sql.ts'
import { versionsByUuid } from '../library/library.reads.ts'
import { visibleItems } from '../release/release-contents.ts'
import type { Release } from '../release/release.entity.ts'
import { TaskCycle } from './refusals.ts'
import type { Task } from './task.entity.ts'

/** Takes one of the release's sources; null: whatever is the release's only one; undefined: leaves it as it is. */
export async function chooseSource(
  em: EntityManager,
  task: Task,
  release: Release,
  id: string | null | undefined,
): Promise<void> {
  if (id === undefined) return
  requireDistribution(task, 'sourceId')
  task.sourceRefined = id !== null
  if (id === null) return
  const uuid = uuidOf(id, 'pkv', ['sourceId'])
  const offered = await rows<{ uuid: string }>(
    em,
    `select package_version_id as uuid from release_source where release_id = $1 order by added_at`,
    [release.uuid],
  )
  const versions = await versionsByUuid(em, [uuid, ...offered.map(({ uuid }) => uuid)])
  const version = versions.get(uuid)
  if (!version) throw new NotFound('package version', id, ['sourceId'])
  if (!offered.some((one) => one.uuid === uuid)) {
    const names = offered.map(({ uuid }) => versions.get(uuid)!.displayName).join(', ') || 'none'
    throw new BadInput(
      `${version.displayName} is no source of ${release.number}; its sources: ${names}. Add it to the release first.`,
      { field: ['sourceId'], itemId: id, rule: 'source of the release' },
    )
  }
  task.sourceId = uuid
}

/** Takes some of the release's targets; null: all of them, also later ones; undefined: leaves them as they are. */
export async function chooseTargets(
  em: EntityManager,
  task: Task,
  release: Release,
  ids: string[] | null | undefined,
  viewer: Viewer,
): Promise<void> {
  if (ids === undefined) return
  requireDistribution(task, 'targetIds')
  task.targetsRefined = ids !== null
  if (ids === null) return
  const items = await visibleItems(em, ids, viewer, ['targetIds'])
  const inRelease = await rows<{ uuid: string }>(
    em,
    `select item_id as uuid from release_target where release_id = $1 and item_id = any($2::uuid[])`,
    [release.uuid, [...items.keys()]],
  )
  const stranger = [...items.values()].find((item) => !inRelease.some(({ uuid }) => uuid === item.uuid))
  if (stranger) {
    throw new BadInput(`${stranger.name} is no target of ${release.number}. Add it to the release first.`, {
      field: ['targetIds'],
      itemId: stranger.id,
      rule: 'target of the release',
    })
  }
  await rows(em, `delete from task_target where task_id = $1 and item_id <> all($2::uuid[])`, [
    task.uuid,
    [...items.keys()],
  ])
  await rows(
    em,
    `insert into task_target (task_id, item_id) select $1, i from unnest($2::uuid[]) as i on conflict do nothing`,
    [task.uuid, [...items.keys()]],
  )
}

/** Replaces the predecessors; refuses tasks of another release and cycles, naming the way round. */
export async function choosePredecessors(em: EntityManager, task: Task, ids: string[]): Promise<void> {
  const uuids = [...new Set(ids.map((id) => uuidOf(id, 'tsk', ['predecessorIds'])))]
  const siblings = await rows<{ uuid: string; ordinal: number }>(
    em,
    `select uuid, ordinal from task where release_id = $1`,
    [task.releaseId],
  )
  const numbers = new Map(siblings.map(({ uuid, ordinal }) => [uuid, `TSK-${ordinal}`] as const))
  const stranger = uuids.find((uuid) => !numbers.has(uuid))
  if (stranger)
    throw new NotFound(`task of the same release with the id`, toNodeId('tsk', stranger), ['predecessorIds'])
  const edges = await rows<{ from: string; to: string }>(
    em,
    `select p.task_id as "from", p.predecessor_id as "to" from task_predecessor p
     join task t on t.uuid = p.task_id where t.release_id = $1 and t.uuid <> $2`,
    [task.releaseId, task.uuid],
  )
  const way = wayBack(
    task.uuid,
    uuids,
    groupedBy(edges, ({ from }) => from),
  )
  if (way) throw new TaskCycle(way.map((uuid) => numbers.get(uuid)!))
  await rows(em, `delete from task_predecessor where task_id = $1`, [task.uuid])
  await rows(em, `insert into task_predecessor (task_id, predecessor_id) select $1, p from unnest($2::uuid[]) as p`, [
    task.uuid,
    uuids,
  ])
}

/** The way from a task over its new predecessors back to itself, or null. */
function wayBack(task: string, predecessors: string[], edges: Map<string, { to: string }[]>): string[] | null {
  const cameFrom = new Map(predecessors.map((uuid) => [uuid, task] as const))
  const queue = [...predecessors]
  for (let uuid = queue.shift(); uuid !== undefined; uuid = queue.shift()) {
    if (uuid === task) {
      const way = [task]
      do way.unshift(cameFrom.get(way[0]!)!)
      while (way[0] !== task)
      return way
    }
    for (const { to } of edges.get(uuid) ?? []) {
      if (cameFrom.has(to)) continue
      cameFrom.set(to, uuid)
      queue.push(to)
    }
  }
  return null
}

function requireDistribution(task: Task, field: string): void {
  if (task.type === 'SOFTWARE_DISTRIBUTION') return
  throw new BadInput('Only a task of the type SOFTWARE_DISTRIBUTION has a source and targets.', {
    field: [field],
    rule: 'type of the task',
  })
}
