import { auditNodeLoaders } from './audit/audit.nodes.ts'
import { accountNodeLoaders } from './account/account.nodes.ts'
import { approvalNodeLoaders } from './approval/approval.reads.ts'
import { approvalGate } from './approval/gate.ts'
import type { BeginGate, StartGate } from './deployment/deployment.gate.ts'
import { deploymentNodes } from './deployment/deployment.nodes.ts'
import { deploymentTaskGate } from './deployment/task-gate.ts'
import { actualItemNodeLoaders } from './discovery/actual.reads.ts'
import { questionNodeLoaders } from './discovery/identity/question.reads.ts'
import { discoveryNodeLoaders } from './discovery/discovery.reads.ts'
import { hostKeyNodeLoaders } from './discovery/host-key.reads.ts'
import type { ItemGate } from './item/item.gate.ts'
import { itemNodeLoaders } from './item/item.reads.ts'
import type { Topology } from './item/graph/topology.ts'
import type { NodeLoader } from './overview/node.resolver.ts'
import { libraryNodes } from './library/library.reads.ts'
import { productNodeLoaders } from './product/product.reads.ts'
import type { NodePrefix } from './kernel/node-id.ts'
import { reconciliationNodeLoaders } from './reconciliation/reconciliation.reads.ts'
import { taskNodeLoaders } from './reconciliation/task.reads.ts'
import { unplannedNodeLoaders } from './reconciliation/unplanned.reads.ts'
import { releasesOfItem } from './release/item-gate.ts'
import { releaseNodes } from './release/release.reads.ts'
import type { ReleaseGate } from './release/release.gate.ts'
import { tasksOfRelease } from './task/task-follow.ts'
import { taskNodes } from './task/task.reads.ts'
import type { TaskGate } from './task/task.gate.ts'
import { validationAtBegin } from './validation/begin-gate.ts'
import { validationGate } from './validation/gate.ts'
import { validationNodeLoaders } from './validation/validation.reads.ts'

/** What upper nouns hand down to lower ones that do not know them. */
export const nodeLoaders: Partial<Record<NodePrefix, NodeLoader>> = {
  ...accountNodeLoaders,
  ...auditNodeLoaders,
  ...approvalNodeLoaders,
  ...validationNodeLoaders,
  ...itemNodeLoaders,
  ...productNodeLoaders,
  ...discoveryNodeLoaders,
  ...actualItemNodeLoaders,
  ...questionNodeLoaders,
  ...hostKeyNodeLoaders,
  ...reconciliationNodeLoaders,
  ...taskNodeLoaders,
  ...unplannedNodeLoaders,
  ...libraryNodes,
  ...releaseNodes,
  ...taskNodes,
  ...deploymentNodes,
}
/** In the order in which they are asked. */
export const startGates = (topology: Topology): readonly StartGate[] => [validationGate(topology), approvalGate]
export const beginGates = (topology: Topology): readonly BeginGate[] => [validationAtBegin(topology)]
export const itemGates: readonly ItemGate[] = [releasesOfItem]
export const releaseGates: readonly ReleaseGate[] = [tasksOfRelease]
export const taskGates: readonly TaskGate[] = [deploymentTaskGate]
