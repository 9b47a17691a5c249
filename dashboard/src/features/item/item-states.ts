import { itemStates } from './item-filter.ts'

/** The state that each step of an item's life leads to. */
const leadsTo: Readonly<Record<string, string>> = {
  withdraw: 'NOT_READY',
  test: 'TEST',
  build: 'BUILD',
  goLive: 'PRODUCTION',
  store: 'INVENTORY',
  decommission: 'DECOMMISSIONED',
}

interface Item {
  state: string
  allowedActions: readonly string[]
}

/** States that a step open to each of these items leads to; one that is there already has no step to take. */
export function statesForAll(items: readonly Item[]): string[] {
  const reaches = ({ state, allowedActions }: Item, wanted: string) =>
    state === wanted || allowedActions.some((action) => leadsTo[action] === wanted)
  return itemStates.filter(
    (wanted) => items.some(({ state }) => state !== wanted) && items.every((item) => reaches(item, wanted)),
  )
}
