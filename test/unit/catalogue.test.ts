import { expect, test } from 'vitest'
import { catalogueOf, protectableStates, type CatalogueRows } from '../../server/catalogue/catalogue.ts'
import { itemLifecycle } from '../../server/item/item.lifecycle.ts'

const attribute = (class_name: string, name: string) => ({
  class_name,
  name,
  title: name,
  type: 'text' as const,
  unit: null,
  values: [],
  copied: false,
  never_from_discovery: false,
})
const aClass = (name: string, parent: string | null, facts = {}) => ({
  name,
  title: name,
  description: null,
  parent,
  is_abstract: false,
  is_targetable: null,
  protected_states: null,
  retired: false,
  ...facts,
})
const rows: CatalogueRows = {
  version: 7,
  classes: [
    aClass('Router', 'Machine', { is_targetable: false }),
    aClass('Thing', null, { is_abstract: true }),
    aClass('Machine', 'Thing', { is_targetable: true }),
    aClass('Blade', 'Machine'),
    aClass('Telex', 'Machine', { retired: true }),
  ],
  attributes: [attribute('Thing', 'owner'), attribute('Machine', 'model'), attribute('Blade', 'slot')],
  types: [
    {
      name: 'feeds',
      title: 'feeds',
      description: null,
      inverse: 'fedBy',
      inverse_title: 'is fed by',
      containment: false,
      impact: 'SOURCE_TO_TARGET',
      cardinality: 'MANY_TO_MANY',
      retired: false,
    },
  ],
  pairs: [{ type: 'feeds', source: 'Machine', target: 'Blade' }],
}
const catalogue = catalogueOf(rows)

test('a class inherits attributes, nearest first, and says who declares each', () => {
  expect(catalogue.attributesOf('Blade').map(({ name, declaredBy }) => `${name} of ${declaredBy}`)).toEqual([
    'slot of Blade',
    'model of Machine',
    'owner of Thing',
  ])
})

test('a class is targetable as its nearest ancestor that says so', () => {
  expect(['Thing', 'Machine', 'Blade', 'Router'].map((name) => catalogue.class(name)!.isTargetable)).toEqual([
    false,
    true,
    true,
    false,
  ])
})

test('classes come after their parents, and a retired one is known but not listed', () => {
  expect(catalogue.classes.map(({ name }) => name)).toEqual(['Thing', 'Machine', 'Router', 'Blade'])
  expect(catalogue.class('Telex')!.isRetired).toBe(true)
})

test('a class with its subclasses names the retired ones too, because items of them exist', () => {
  expect(catalogue.withSubclasses(['Machine', 'Unheard']).toSorted()).toEqual(['Blade', 'Machine', 'Router', 'Telex'])
})

test('a rule of a relationship holds for subclasses of both ends, and not the other way round', () => {
  expect(catalogue.mayRelate('feeds', 'Router', 'Blade')).toBe(true)
  expect(catalogue.mayRelate('feeds', 'Blade', 'Router')).toBe(false)
  expect(catalogue.mayRelate('feeds', 'Thing', 'Blade')).toBe(false)
  expect(catalogue.mayRelate('starves', 'Blade', 'Blade')).toBe(false)
})

test('a class inherits which states are protected until it says so itself, also that none are', () => {
  const { class: of } = catalogueOf({
    ...rows,
    classes: [
      aClass('Thing', null),
      aClass('Machine', 'Thing', { protected_states: ['PRODUCTION'] }),
      aClass('Blade', 'Machine'),
      aClass('Toy', 'Machine', { protected_states: [] }),
    ],
  })
  const said = ['Thing', 'Machine', 'Blade', 'Toy'].map((name) => [of(name)!.protectedStates, of(name)!.protectedBy])
  expect(said).toEqual([
    [[], null],
    [['PRODUCTION'], 'Machine'],
    [['PRODUCTION'], 'Machine'],
    [[], 'Toy'],
  ])
})

test('every state that an item can leave can be protected', () => {
  expect(protectableStates).toEqual(itemLifecycle.states.filter((state) => !itemLifecycle.isTerminal(state)))
})
