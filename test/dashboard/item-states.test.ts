import { expect, test } from 'vitest'
import { statesForAll } from '../../dashboard/src/features/item/item-states.ts'

const testing = { state: 'TEST', allowedActions: ['build', 'goLive', 'store', 'withdraw', 'decommission'] }
const fresh = { state: 'NOT_READY', allowedActions: ['test', 'build', 'goLive', 'store', 'decommission'] }
const gone = { state: 'DECOMMISSIONED', allowedActions: [] }

test('many items are offered the states that a step open to each of them leads to', () => {
  expect(statesForAll([testing])).toEqual(['PRODUCTION', 'BUILD', 'INVENTORY', 'NOT_READY', 'DECOMMISSIONED'])
  expect(statesForAll([testing, fresh])).toEqual([
    'PRODUCTION',
    'TEST',
    'BUILD',
    'INVENTORY',
    'NOT_READY',
    'DECOMMISSIONED',
  ])
})

test('one that nothing may be done with leaves none to the others, except the state it is in', () => {
  expect(statesForAll([testing, { ...testing, allowedActions: [] }])).toEqual([])
  expect(statesForAll([testing, gone])).toEqual(['DECOMMISSIONED'])
  expect(statesForAll([gone])).toEqual([])
  expect(statesForAll([])).toEqual([])
})
