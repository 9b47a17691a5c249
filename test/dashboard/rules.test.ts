import { expect, test } from 'vitest'
import {
  anIdentifier,
  aValue,
  draftOf,
  durationOf,
  ruleOf,
  secondsOf,
  type Rule,
} from '../../dashboard/src/features/discovery/rules.ts'

const rule: Rule = {
  className: 'ComputerSystem',
  version: 3,
  identifiers: [
    { name: 'machine-id', by: ['machineId'], strength: 'STRONG', decisive: true, exclude: ['0*', 'to be filled'] },
    {
      name: 'mac-set',
      by: [],
      strength: 'STRONG',
      lookup: { className: 'NetworkInterface', attribute: 'macAddress' },
      minOverlap: 2,
    },
  ],
  host: { types: ['runsOn'], classNames: ['Cluster'] },
  values: [
    { attribute: '*', sources: ['ssh', 'netbox'], staleAfter: 5400 },
    { attribute: 'tags', union: true },
    { attribute: 'owner', neverFromDiscovery: true },
    { attribute: 'model', union: false },
  ],
  insertFrom: ['ssh', 'table'],
}

test('a rule that nobody touched in the form goes back as it came', () => {
  const { className: _class, version: _version, ...same } = rule
  expect(ruleOf(draftOf(rule))).toEqual({ rule: same, faults: {} })
})

test('durations are read and written as people say them', () => {
  expect([90, 5400, 7200, 604_800].map(durationOf)).toEqual(['90 s', '90 min', '2 h', '7 d'])
  expect(['90', '90 s', '1.5 h', '15min', '7 days', '2 Hours'].map(secondsOf)).toEqual([
    90, 90, 5400, 900, 604_800, 7200,
  ])
  expect(['soon', '-1 h', '3 parsecs', ''].map(secondsOf)).toEqual([null, null, null, null])
  expect(durationOf(null)).toBe('')
})

test('what no number and no time can be is said at its field', () => {
  const draft = draftOf(rule)
  draft.identifiers[1]!.minOverlap = 'two'
  draft.identifiers.push({ ...anIdentifier(), name: 'serial', lookupAttribute: 'serial' })
  draft.values[0]!.staleAfter = 'tomorrow'
  expect(Object.keys(ruleOf(draft).faults)).toEqual([
    'identifiers.1.minOverlap',
    'identifiers.2.lookup.className',
    'values.0.staleAfter',
  ])
})

test('who may insert is what the parent class says, every source, or some that are named', () => {
  const inserting = (insertFrom: string[] | null) => draftOf({ ...rule, insertFrom })
  expect([null, [], ['ssh']].map((one) => inserting(one).inserting)).toEqual(['inherit', 'every', 'only'])
  expect([null, [], ['ssh']].map((one) => ruleOf(inserting(one)).rule.insertFrom)).toEqual([null, [], ['ssh']])
  expect(ruleOf({ ...inserting(null), inserting: 'only', insertFrom: ' ' }).faults).toEqual({
    insertFrom: 'Who may? Kinds of products, or single ones by their id.',
  })
})

test('an empty field leaves the matter to the parent class', () => {
  const draft = {
    ...draftOf({ className: 'Pod', version: 0, identifiers: [], host: null, values: [] }),
    hostTypes: ['runsOn'],
    values: [aValue()],
  }
  draft.values[0]!.attribute = ' model '
  expect(ruleOf(draft).rule).toEqual({
    identifiers: [],
    host: null,
    values: [{ attribute: 'model' }],
    insertFrom: null,
  })
  draft.values[0]!.shown = 'one'
  expect(ruleOf(draft).rule.values).toEqual([{ attribute: 'model', union: false, neverFromDiscovery: false }])
})
