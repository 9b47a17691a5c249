import { dependants } from './dependants.ts'
import { itemState } from './item-state.ts'
import { otherDeployments } from './other-deployments.ts'
import { packageAvailable } from './package-available.ts'
import { packageDigest } from './package-digest.ts'
import { platform } from './platform.ts'
import type { Rule } from './rule.ts'
import { sourceAndTargets } from './source-and-targets.ts'
import { targetAuthorized } from './target-authorized.ts'

/** In the order in which they are checked: the quickest to explain a refusal first. */
export const allRules: readonly Rule[] = [
  sourceAndTargets,
  targetAuthorized,
  itemState,
  packageAvailable,
  packageDigest,
  platform,
  otherDeployments,
  dependants,
]
