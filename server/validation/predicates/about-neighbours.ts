import { createHash } from 'node:crypto'
import { activeStates } from '../../deployment/deployment.lifecycle.ts'
import { rows } from '../../kernel/sql.ts'
import type { Predicate, World } from './predicate.ts'

/** Validated and waiting for approval or start: the item is spoken for. */
const plannedStates = ['VALIDATED', 'AWAITING_APPROVAL', 'SCHEDULED'] as const
const NAMED = 50

/** Numbers of other deployments that are planned or under way on an item. */
export const deploymentsOn: Predicate<string[]> = {
  kind: 'FACT',
  title: 'other deployments',
  subject: 'item',
  touchedBy: { 'deployment.changed': 'targets' },
  async read(world, items) {
    const found = await others(world, items, [...plannedStates, ...activeStates])
    return new Map(items.map((item) => [item, found.get(item) ?? []]))
  },
}

/** `DPL-9 on db-1`: other deployments under way on items that an item depends on, or that depend on it. */
export const deploymentsNear: Predicate<string[]> = {
  kind: 'FACT',
  title: 'deployments on related items',
  subject: 'item',
  namesOthers: true,
  touchedBy: { 'deployment.changed': 'around', 'relationship.changed': 'ends' },
  async read(world, items) {
    const own = new Set(world.plan.targets.map(({ uuid }) => uuid))
    const neighbours = new Map(
      items.map((item) => [
        item,
        world.topology
          .related(item)
          .filter(({ uuid, type }) => type === 'dependsOn' && !own.has(uuid))
          .map(({ uuid }) => uuid),
      ]),
    )
    const all = [...new Set([...neighbours.values()].flat())]
    const found = all.length > 0 ? await others(world, all, activeStates) : new Map<string, string[]>()
    const names = await namesOf(world, [...found.keys()])
    const near = (item: string) =>
      neighbours
        .get(item)!
        .flatMap((uuid) => (found.get(uuid) ?? []).map((number) => `${number} on ${names.get(uuid)}`))
    return new Map(items.map((item) => [item, near(item).sort()]))
  },
}

async function others({ em, plan }: World, items: string[], states: readonly string[]): Promise<Map<string, string[]>> {
  const found = await rows<{ item_id: string; numbers: string[] }>(
    em,
    `select t.item_id, array_agg(d.number order by d.number) as numbers
     from deployment_target t join deployment d on d.uuid = t.deployment_id
     where t.item_id = any($1::uuid[]) and d.uuid <> $2 and d.state = any($3::text[])
       and t.state not in ('EXCLUDED', 'CANCELLED')
     group by 1`,
    [items, plan.deploymentId, states],
  )
  return new Map(found.map(({ item_id, numbers }) => [item_id, numbers]))
}

async function namesOf({ em }: World, items: string[]): Promise<Map<string, string>> {
  if (items.length === 0) return new Map()
  const found = await rows<{ uuid: string; name: string }>(
    em,
    `select uuid, name from configuration_item where uuid = any($1::uuid[])`,
    [items],
  )
  return new Map(found.map(({ uuid, name }) => [uuid, name]))
}

/**
 * Items that depend on a target and are not targets of the release: how many, the first 50 by UUID, and a hash of all,
 * so that the value stays small in a large estate and still changes with each of them.
 */
export const dependantsOutside: Predicate<{ count: number; first: string[]; all: string }> = {
  kind: 'FACT',
  title: 'dependants outside the release',
  subject: 'deployment',
  namesOthers: true,
  touchedBy: { 'relationship.changed': 'every', 'release.changed': 'ofRelease' },
  async read({ em, topology, plan }, deployments) {
    const inRelease = await rows<{ item_id: string }>(em, `select item_id from release_target where release_id = $1`, [
      plan.releaseId,
    ])
    const known = new Set(inRelease.map(({ item_id }) => item_id))
    const outside = topology
      .dependantsOutside(plan.targets.map(({ uuid }) => uuid))
      .filter((uuid) => !known.has(uuid))
      .sort()
    const all = createHash('sha256').update(outside.join()).digest('hex')
    return new Map(deployments.map((uuid) => [uuid, { count: outside.length, first: outside.slice(0, NAMED), all }]))
  },
}
