import type { StartGate } from './deployment/deployment.gate.ts'
import { actualItemNodeLoaders } from './discovery/actual.reads.ts'
import { discoveryNodeLoaders } from './discovery/discovery.reads.ts'
import { itemNodeLoaders } from './item/item.reads.ts'
import { libraryNodes } from './library/library.reads.ts'
import type { NodeLoader } from './overview/node.resolver.ts'
import { productNodeLoaders } from './product/product.reads.ts'
import type { NodePrefix } from './kernel/node-id.ts'
import type { ReleaseGate } from './release/release.gate.ts'
import { releaseNodes } from './release/release.reads.ts'
import { tasksOfRelease } from './task/task-follow.ts'
import type { TaskGate } from './task/task.gate.ts'
import { taskNodes } from './task/task.reads.ts'

/** What upper nouns hand down to lower ones that do not know them. */
export const nodeLoaders: Partial<Record<NodePrefix, NodeLoader>> = {
  ...itemNodeLoaders,
  ...productNodeLoaders,
  ...discoveryNodeLoaders,
  ...actualItemNodeLoaders,
  ...libraryNodes,
  ...releaseNodes,
  ...taskNodes,
}
export const startGates: readonly StartGate[] = []
export const releaseGates: readonly ReleaseGate[] = [tasksOfRelease]
export const taskGates: readonly TaskGate[] = []
