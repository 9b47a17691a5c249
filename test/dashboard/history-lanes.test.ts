import { expect, it } from 'vitest'
import { entriesOf, stretchesOf } from '../../dashboard/src/features/history/changes.ts'
import { atInUrl } from '../../dashboard/src/features/history/moments.ts'
import { parse } from 'valibot'

const why = (id: string) => ({ id }) as never
const field = (name: string, from: unknown, isAttribute = false) => ({ field: name, from, isAttribute }) as never
const item = {
  versions: {
    totalCount: 3,
    nodes: [
      {
        id: '3',
        validFrom: '2026-11-25T12:00:00.000Z',
        state: 'TEST',
        change: why('c'),
        changes: [field('state', 'PRODUCTION')],
      },
      {
        id: '2',
        validFrom: '2026-11-25T11:00:00.000Z',
        state: 'PRODUCTION',
        change: why('b'),
        changes: [field('owner', null, true)],
      },
      {
        id: '1',
        validFrom: '2026-11-25T10:00:00.000Z',
        state: 'PRODUCTION',
        change: why('a'),
        changes: [field('name', null), field('state', null)],
      },
    ],
  },
  relationshipChanges: {
    totalCount: 2,
    nodes: [
      { id: 'r1', at: '2026-11-25T12:00:00.000Z', kind: 'ADDED', change: why('c') },
      { id: 'r2', at: '2026-11-25T11:30:00.000Z', kind: 'REMOVED', change: null },
    ],
  },
  observedVersions: {
    totalCount: 1,
    nodes: [{ id: 'o', validFrom: '2026-11-25T09:00:00.000Z', change: why('z'), changes: [field('port', null, true)] }],
  },
} as unknown as Parameters<typeof entriesOf>[0]

it('gathers what one transaction did in all lanes into one entry, newest first', () => {
  const entries = entriesOf(item)
  expect(entries.map(({ key }) => key)).toEqual(['c', '2026-11-25T11:30:00.000Z', 'b', 'a', 'z'])
  expect(entries[0]).toMatchObject({ state: 'TEST', stateFrom: 'PRODUCTION', isFirst: false })
  expect(entries[0]!.relations).toHaveLength(1)
  expect(entries[3]).toMatchObject({ isFirst: true, state: 'PRODUCTION' })
  expect(entries[4]!.observed).toHaveLength(1)
})

it('draws a state from the change that brought it to the one that ended it', () => {
  expect(stretchesOf(entriesOf(item))).toEqual([
    { state: 'PRODUCTION', from: 1, to: 4 },
    { state: 'TEST', from: 4, to: 5 },
  ])
})

it('takes from the address only what is an instant', () => {
  expect(parse(atInUrl, '2026-11-25T10:00:00.000Z')).toBe('2026-11-25T10:00:00.000Z')
  expect(parse(atInUrl, 'yesterday')).toBeNull()
})
