import { expect, test } from 'vitest'
import { changedAttributes, typedAttributes } from '../../dashboard/src/features/item/attributes.ts'
import { bySite, titleFor } from '../../dashboard/src/features/task/sites.ts'
import { counted, inBytes, inShort, shortDigest } from '../../dashboard/src/graphql/values.ts'

test('a value is one line, and nothing is a dash', () => {
  expect([null, undefined, '', true, false, 0, ['a', 1], [], { a: 1 }].map(inShort)).toEqual([
    '–',
    '–',
    '–',
    'yes',
    'no',
    '0',
    'a, 1',
    'none',
    '{"a":1}',
  ])
})

test('a digest keeps its two ends', () => {
  expect(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`)).toBe('012345…cdef')
  expect(shortDigest('abc')).toBe('abc')
})

test('sizes go up in steps of a thousand', () => {
  expect([0, 999, 1_000, 34_816, 5_200_000_000].map(inBytes)).toEqual(['0 B', '999 B', '1.0 kB', '34.8 kB', '5.2 GB'])
})

test('one is one and many are many', () => {
  expect([counted(1, 'target'), counted(2, 'target'), counted(2, 'entry', 'entries')]).toEqual([
    '1 target',
    '2 targets',
    '2 entries',
  ])
})

test('only changed attributes are sent, and an emptied one is taken away', () => {
  expect(changedAttributes({ role: 'web', owner: 'Ana' }, { role: 'api', owner: '', port: '' })).toEqual({
    role: 'api',
    owner: null,
  })
})

test('attributes are sent as their class types them; what does not fit stays text for the server to refuse', () => {
  const definitions = [
    { name: 'port', type: 'integer' },
    { name: 'answering', type: 'boolean' },
    { name: 'role', type: 'text' },
  ]
  expect(typedAttributes({ port: '80', answering: 'yes', role: '80' }, definitions)).toEqual({
    port: 80,
    answering: true,
    role: '80',
  })
  expect(typedAttributes({ port: 'many', answering: null }, definitions)).toEqual({ port: 'many', answering: null })
})

test('items stand by site in the order of the alphabet, those at none under their own words', () => {
  const items = [
    { name: 'b', site: { name: 'Tokyo' } },
    { name: 'a', site: { name: 'Austin' } },
    { name: 'c', site: null },
  ]
  expect(bySite(items).map(([site, list]) => [site, list.map(({ name }) => name)])).toEqual([
    ['At no site', ['c']],
    ['Austin', ['a']],
    ['Tokyo', ['b']],
  ])
})

test('a deployment to one site is called after the task and the site', () => {
  expect([titleFor('Patch', 'Austin'), titleFor('Patch', null)]).toEqual(['Patch, Austin', 'Patch'])
})
