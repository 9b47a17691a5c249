import { describe, expect, test } from 'vitest'
import {
  choiceOf,
  choose,
  classesOf,
  cleaned,
  guess,
  savedMapping,
  split,
  type Mapping,
} from '../../dashboard/src/features/mapping/mapping.ts'

const attribute = (name: string, title: string, type = 'text') => ({ name, title, type })
const classes = [
  {
    name: 'ComputerSystem',
    title: 'Computer system',
    attributes: [
      attribute('serialNumber', 'Serial number'),
      attribute('cpus', 'Processors'),
      attribute('address', 'Address'),
    ],
  },
]
const column = (name: string) => ({ name, samples: ['x'] })
const mapping: Mapping = {
  class: 'ComputerSystem',
  name: 'Host',
  attributes: { cpus: 'CPUs', tags: { column: 'Labels', split: ';' } },
  relationships: [{ type: 'runsOn', class: 'Cluster', column: 'On', direction: 'from' }],
}

test('names of columns are a first proposal, each attribute once', () => {
  const columns = ['Asset Tag', 'HOSTNAME', 'Serial-No', 'Serial Number', 'IP', 'processors', 'Colour', 'Site'].map(
    column,
  )
  expect(guess(columns, 'ComputerSystem', classes)).toEqual({
    class: 'ComputerSystem',
    name: 'HOSTNAME',
    key: 'Asset Tag',
    site: 'Site',
    attributes: { serialNumber: 'Serial-No', address: 'IP', cpus: 'processors' },
    relationships: [],
  })
  expect(guess([column('Bezeichnung')], 'ComputerSystem', classes)).toMatchObject({
    name: 'Bezeichnung',
    attributes: {},
  })
})

describe('a column', () => {
  test('says what it becomes', () => {
    expect(['CPUs', 'Labels', 'On', 'Host'].map((name) => choiceOf(mapping, name))).toEqual([
      'attribute cpus',
      'attribute tags',
      'from runsOn',
      '',
    ])
  })

  test('that becomes something else is not what it was, and takes an attribute from the column that had it', () => {
    const next = choose(mapping, 'Labels', 'attribute cpus', '')
    expect(next.attributes).toEqual({ cpus: { column: 'Labels', split: ';' } })
    const related = choose(mapping, 'CPUs', 'to dependsOn', 'ComputerSystem')
    expect(related.attributes).toEqual({ tags: mapping.attributes.tags })
    expect(related.relationships.at(-1)).toEqual({ type: 'dependsOn', column: 'CPUs', class: 'ComputerSystem' })
    expect(choose(mapping, 'On', '', '').relationships).toEqual([])
  })

  test('is split where its cells hold several values, and whole again', () => {
    expect(split(mapping, 'On', '|').relationships[0]!.column).toEqual({ column: 'On', split: '|' })
    expect(split(mapping, 'Labels', '').attributes.tags).toBe('Labels')
  })
})

test('what was left open is not saved, and a product without a mapping has an empty one', () => {
  expect(cleaned({ ...mapping, key: '', site: undefined as never })).toEqual(mapping)
  expect(savedMapping({ path: '/x' })).toEqual({ class: '', name: '', attributes: {}, relationships: [] })
  expect(savedMapping({ mapping: { class: 'Site', name: 'Name' } })).toMatchObject({ class: 'Site', relationships: [] })
  expect(classesOf({ ...mapping, class: { column: 'Type', values: { a: 'Site', b: 'Site' } } })).toEqual(['Site'])
})
