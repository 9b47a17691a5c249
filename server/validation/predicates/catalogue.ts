import { itemAuthorized, itemInTask, itemPlatform, itemReached, itemState } from './about-items.ts'
import { dependantsOutside, deploymentsNear, deploymentsOn } from './about-neighbours.ts'
import {
  packageAlert,
  packageDigest,
  packageHeld,
  packagePlatform,
  packageState,
  sourceInRelease,
} from './about-packages.ts'
import type { Predicate } from './predicate.ts'

/** Everything a rule can ask. The names stand in stored read sets: a landed one keeps its meaning. */
export const catalogue = {
  itemAuthorized,
  itemState,
  itemPlatform,
  itemReached,
  itemInTask,
  packageState,
  packageAlert,
  packageHeld,
  packageDigest,
  packagePlatform,
  sourceInRelease,
  deploymentsOn,
  deploymentsNear,
  dependantsOutside,
} satisfies Record<string, Predicate<never> | Predicate>

export type PredicateName = keyof typeof catalogue
export type ValueOf<P extends PredicateName> = (typeof catalogue)[P] extends Predicate<infer V> ? V : never

/** A predicate by its stored name; undefined for one that an older version knew. */
export const predicateOf = (name: string): Predicate | undefined =>
  catalogue[name as PredicateName] as Predicate | undefined
