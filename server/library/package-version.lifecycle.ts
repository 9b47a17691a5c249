import { registerEnumType } from 'type-graphql'
import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/**
 * `withdraw` is a person's; the others are what a scan finds: `vanish` gone from the repository, `restore` back again,
 * `alarm` the bytes are not what they should be, `clear` they are again.
 */
export const packageVersionLifecycle = lifecycle('package version', 'AVAILABLE', {
  AVAILABLE: { withdraw: 'WITHDRAWN', vanish: 'WITHDRAWN', alarm: 'ALERT' },
  WITHDRAWN: { restore: 'AVAILABLE', alarm: 'ALERT' },
  ALERT: { withdraw: 'WITHDRAWN', vanish: 'WITHDRAWN', clear: 'AVAILABLE' },
})

export type PackageVersionState = StateOf<typeof packageVersionLifecycle>

export const PackageVersionStates = Object.fromEntries(packageVersionLifecycle.states.map((state) => [state, state]))
registerEnumType(PackageVersionStates, {
  name: 'PackageVersionState',
  description: 'Only an AVAILABLE version can be deployed. ALERT: its bytes are not what they should be.',
})
