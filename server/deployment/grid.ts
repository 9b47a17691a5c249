import { reaches, viewerOf } from '../kernel/authorize.ts'
import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Confirmation } from './confirmation.ts'
import type { Deployment } from './deployment.entity.ts'
import { TargetGrid } from './deployment.types.ts'
import type { TargetState } from './target.lifecycle.ts'

interface Cell {
  deployment_id: string
  uuid: string
  item_id: string
  name: string
  site: string | null
  scope_ids: string[]
  state: TargetState
  confirmation: Confirmation
  percent: number
  step_index: number
}

/**
 * All targets in columns. The place in the log is read before the rows, so that a stream that goes on from there repeats
 * something at worst, and misses nothing. Places that the viewer may not see are kept without a name and an item: their number,
 * states and progress are the deployment's own.
 */
export async function gridOf(context: Context, deployment: Deployment): Promise<TargetGrid> {
  const viewer = viewerOf(context)
  const seq = context.events.head()
  const found = await batch(context, 'grid', deployment.uuid, (uuids) => cellsOf(context, uuids))
  const cells = found ?? []
  const seen = cells.map(({ scope_ids }) => reaches(viewer, 'deployment.read', scope_ids))
  return Object.assign(new TargetGrid(), {
    seq,
    position: context.events.positionAt(seq),
    ids: cells.map(({ uuid }) => toNodeId('tgt', uuid)),
    itemIds: cells.map(({ item_id }, index) => (seen[index] ? toNodeId('ci', item_id) : '')),
    names: cells.map(({ name }, index) => (seen[index] ? name : 'not visible to you')),
    sites: cells.map(({ site }, index) => (seen[index] ? (site ?? '') : '')),
    state: cells.map(({ state }) => state),
    confirmation: cells.map(({ confirmation }) => confirmation),
    percent: cells.map(({ percent }) => percent),
    step: cells.map(({ step_index }) => step_index),
    steps: deployment.steps,
  })
}

/** The targets of several deployments in their order, in one statement. */
async function cellsOf(context: Context, uuids: string[]): Promise<Map<string, Cell[]>> {
  const found = await rows<Cell>(
    context.em,
    `select t.deployment_id, t.uuid, t.item_id, i.name, s.name as site, t.scope_ids, t.state, t.confirmation, t.percent, t.step_index
     from deployment_target t join configuration_item i on i.uuid = t.item_id
       left join configuration_item s on s.uuid = i.site_id
     where t.deployment_id = any($1::uuid[]) order by t.deployment_id, t.idx`,
    [uuids],
  )
  return groupedBy(found, (cell) => cell.deployment_id)
}
