import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { deploymentsByUuid } from './deployment.reads.ts'
import { attemptsByUuid, targetsByUuid } from './target.reads.ts'

type Loaded = Promise<Map<string, object>>

/** For `node(id)`: by prefix, what of these UUIDs the caller may see. */
export const deploymentNodes = {
  dpl: (context: Context, uuids: string[]): Loaded => deploymentsByUuid(context.em, uuids, viewerOf(context)),
  tgt: (context: Context, uuids: string[]): Loaded => targetsByUuid(context.em, uuids, viewerOf(context)),
  att: (context: Context, uuids: string[]): Loaded => attemptsByUuid(context.em, uuids, viewerOf(context)),
}
