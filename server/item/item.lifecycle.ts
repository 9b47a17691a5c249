import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

const use = { test: 'TEST', build: 'BUILD', goLive: 'PRODUCTION', store: 'INVENTORY' } as const
const retire = { decommission: 'DECOMMISSIONED' } as const

/**
 * In DECOMMISSIONED nothing about the item can be changed any more. Which of the other states are protected says its class;
 * see protection.ts.
 */
export const itemLifecycle = lifecycle('configuration item', 'NOT_READY', {
  NOT_READY: { ...use, ...retire },
  TEST: { build: 'BUILD', goLive: 'PRODUCTION', store: 'INVENTORY', withdraw: 'NOT_READY', ...retire },
  BUILD: { test: 'TEST', goLive: 'PRODUCTION', store: 'INVENTORY', withdraw: 'NOT_READY', ...retire },
  PRODUCTION: { test: 'TEST', build: 'BUILD', store: 'INVENTORY', withdraw: 'NOT_READY', ...retire },
  INVENTORY: { test: 'TEST', build: 'BUILD', goLive: 'PRODUCTION', withdraw: 'NOT_READY', ...retire },
  DECOMMISSIONED: {},
})

export type ItemState = StateOf<typeof itemLifecycle>
export type ItemAction = ActionOf<typeof itemLifecycle>

/** In these states an item is authorized: people may plan with it, and it can be a target. */
export const authorizedStates: readonly ItemState[] = ['TEST', 'BUILD', 'PRODUCTION']
