/** What reconciliation found missing or other than planned is brought back by a deployment of what should be there. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Release } from '../release/release.entity.ts'
import { createRelease, moveRelease } from '../release/release.service.ts'
import type { Task } from '../task/task.entity.ts'
import { createTask } from '../task/task.service.ts'
import type { Deployment } from './deployment.entity.ts'
import { createDeployment } from './deployment.service.ts'

const MOST = 200
/** Characters of a title. */
const LONGEST = 200

export interface BringBackInput {
  ids: string[]
  reason?: string | null
}

export interface BroughtBack {
  release: Release
  tasks: Task[]
  /** One for each task, where whoever asks may create deployments. */
  deployments: Deployment[]
}

/** What should be on a machine and is not, or is another. */
export interface Remedy {
  result: string
  state: string
  kind: string
  name: string
  scopeIds: string[]
  /** The machine on which it is authorized to be. */
  itemId: string | null
  itemName: string | null
  package: string | null
  version: string | null
  /** The version in the library that it is: of the same digest, from the product of the machine if there are several. */
  versionId: string | null
}

/** What would bring back these results, by UUID. One statement. */
export async function remediesOf(em: EntityManager, uuids: readonly string[]): Promise<Map<string, Remedy>> {
  const found = await rows<Remedy>(
    em,
    `select r.uuid as result, r.state, r.kind, coalesce(c.name, a.name) as name, r.scope_ids::text[] as "scopeIds",
       h.uuid as "itemId", h.name as "itemName", c.attributes->>'package' as package, c.attributes->>'version' as version, v.uuid as "versionId"
     from reconciliation_result r left join configuration_item c on c.uuid = r.configuration_item_id
       left join actual_item a on a.uuid = r.actual_item_id
       left join lateral (
         select h.uuid, h.name, h.product_id from relationship e join configuration_item h on h.uuid = e.target_id
         where e.source_id = c.uuid and e.type = 'runsOn' and e.valid_to is null and h.state <> 'DECOMMISSIONED' limit 1) h on true
       left join lateral (
         select v.uuid from package k join package_version v on v.package_id = k.uuid join repository p on p.uuid = k.repository_id
         where k.name = c.attributes->>'package' and v.number = c.attributes->>'version' and v.state = 'AVAILABLE'
           and v.digest = coalesce(c.attributes->>'digest', v.digest)
         order by p.product_id is not distinct from h.product_id desc, v.uuid limit 1) v on true
     where r.uuid = any($1::uuid[])`,
    [uuids],
  )
  return new Map(found.map((one) => [one.result, one]))
}

/** Whether a deployment can bring it back. */
export const isRemediable = ({ kind, state, itemId, versionId }: Remedy) =>
  (kind === 'MISMATCH' || kind === 'MISSING') && state !== 'RESOLVED' && itemId !== null && versionId !== null

/**
 * Prepares a release with a task for each package version, and drafts of deployments, so far as whoever asks may. Nothing
 * starts: it is validated, approved and deployed like any other. The results are resolved when it was seen to be there.
 */
export async function bringBack(
  em: EntityManager,
  services: Pick<Services, 'integrations' | 'releaseGates'>,
  catalogue: Catalogue,
  input: BringBackInput,
  viewer: Viewer,
): Promise<BroughtBack> {
  const remedies = await remediesToUse(em, input.ids, viewer)
  const byVersion = [...Map.groupBy(remedies, ({ versionId }) => versionId!)]
  const { reason } = input
  const gates = services.releaseGates
  const facts = {
    title: byVersion.length === 1 ? titleOf(remedies) : `Bring back ${byVersion.length} packages as authorized`,
    purpose: `Reconciliation found ${remedies.length === 1 ? 'an installation' : `${remedies.length} installations`} missing or other than authorized.`,
    backOutPlan: 'Roll back to the version that was there before.',
    verificationPlan: 'Each target is looked at after the deployment; the results are resolved where it is confirmed.',
    sourceIds: byVersion.map(([versionId]) => toNodeId('pkv', versionId)),
    targetIds: targetsOf(remedies),
    reason,
  }
  const release = await createRelease(em, catalogue, facts, viewer, gates)
  const may = (permission: string) => reachAnywhere(viewer, permission) === 'estate'
  const tasks: Task[] = []
  for (const [versionId, some] of byVersion) {
    const [sourceId, targetIds] = [toNodeId('pkv', versionId), targetsOf(some)]
    const [title, type] = [titleOf(some), 'SOFTWARE_DISTRIBUTION' as const]
    const task = await createTask(em, { releaseId: release.id, title, type, sourceId, targetIds, reason }, viewer)
    await keep(em, task, some)
    tasks.push(task)
  }
  const deployments: Deployment[] = []
  if (!may('release.manage')) return { release, tasks, deployments }
  await moveRelease(em, { id: release.id, reason }, 'plan', viewer, gates)
  for (const task of may('deployment.create') ? tasks : []) {
    deployments.push(await createDeployment(em, services, viewer, { taskId: task.id, title: task.title, reason }))
  }
  return { release, tasks, deployments }
}

function titleOf([first, ...more]: readonly Remedy[]): string {
  const where = more.length > 0 ? `${more.length + 1} machines` : first!.itemName
  return `Bring back ${first!.package} ${first!.version} on ${where}`.slice(0, LONGEST)
}

const targetsOf = (remedies: readonly Remedy[]) =>
  [...new Set(remedies.map(({ itemId }) => itemId!))].map((uuid) => toNodeId('ci', uuid))

async function remediesToUse(em: EntityManager, ids: readonly string[], viewer: Viewer): Promise<Remedy[]> {
  const uuids = [...new Set(ids.map((id) => uuidOf(id, 'rcn', ['ids'])))]
  if (uuids.length < 1 || uuids.length > MOST) {
    throw new BadInput(`Give 1 to ${MOST} results; ${uuids.length} were given.`, { field: ['ids'], rule: 'list size' })
  }
  const found = await remediesOf(em, uuids)
  return uuids.map((uuid) => {
    const remedy = found.get(uuid)
    const itemId = toNodeId('rcn', uuid)
    if (!remedy || !reaches(viewer, 'estate.read', remedy.scopeIds)) {
      throw new NotFound('reconciliation result', itemId, ['ids'])
    }
    if (isRemediable(remedy)) return remedy
    throw new BadInput(whyNot(remedy), { field: ['ids'], itemId, rule: 'can be brought back' })
  })
}

function whyNot({ kind, state, name, itemId, package: wanted, version }: Remedy): string {
  if (state === 'RESOLVED') return `What was found about ${name} is resolved already.`
  if (kind !== 'MISMATCH' && kind !== 'MISSING') return `Nothing is planned for ${name} that could be brought back.`
  if (!wanted || !version) return `No package version is authorized for ${name}, so no deployment can bring it back.`
  if (!itemId) return `It is not authorized on which machine ${name} runs.`
  return `${wanted} ${version} is not available in the library, so nothing can bring ${name} back.`
}

const keep = (em: EntityManager, task: Task, remedies: readonly Remedy[]) =>
  rows(
    em,
    `insert into reconciliation_remedy (result_id, task_id, item_id, package_version_id)
     select r.result, $1, r.item, r.version from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as r(result, item, version)`,
    [
      task.uuid,
      remedies.map(({ result }) => result),
      remedies.map(({ itemId }) => itemId),
      remedies.map(({ versionId }) => versionId),
    ],
  )
