import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, isEnumType, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { embedded } from '../../dashboard/src/graphql/cache.ts'
import { looks, outcomeOf } from '../../dashboard/src/graphql/states.ts'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'))
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))

it('has a look and a word for every state, confirmation, verdict and kind of the API', () => {
  const shown =
    /State$|^Confirmation$|^FindingSeverity$|^ReconciliationKind$|^DiscoveryChangeKind$|^ApprovalDecision$|^AuditOutcome$/
  const values = types
    .filter(isEnumType)
    .filter(({ name }) => shown.test(name))
    .flatMap((type) => type.getValues().map(({ name }) => name))
  expect(values.length).toBeGreaterThan(60)
  expect(values.filter((value) => !(value in looks))).toEqual([])
})

it('tells the cache of every type that has no id of its own', () => {
  const known = new Set(embedded.split(' '))
  const passing = /Payload$|Connection$|Event$|Batch$|^Query$|^Mutation$|^Subscription$/
  const nameless = types
    .filter(isObjectType)
    .filter(({ name }) => !passing.test(name))
    .filter((type) => !('id' in type.getFields()))
    .map(({ name }) => name)
  expect(nameless.filter((name) => !known.has(name))).toEqual([])
})

it('never shows as done what was only reported, nor hides a contradiction', () => {
  expect(outcomeOf({ state: 'REPORTED_OK', confirmation: 'AWAITED' })).toBe('REPORTED_OK')
  expect(outcomeOf({ state: 'REPORTED_OK', confirmation: 'CONFIRMED' })).toBe('CONFIRMED')
  expect(outcomeOf({ state: 'SUCCEEDED', confirmation: 'CONTRADICTED' })).toBe('CONTRADICTED')
  expect(outcomeOf({ state: 'FAILED', confirmation: 'UNCONFIRMED' })).toBe('FAILED')
})
