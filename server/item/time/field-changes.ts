import { isDeepStrictEqual } from 'node:util'
import { toNodeId } from '../../kernel/node-id.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { FieldChange, ItemFacts } from './history.types.ts'

/** Facts beside the attributes, as people call them. The links are compared as global ids. */
const own = [
  { field: 'name', title: 'Name', of: (facts: ItemFacts) => facts.name },
  { field: 'class', title: 'Class', of: (facts: ItemFacts) => facts.class_name },
  { field: 'state', title: 'State', of: (facts: ItemFacts) => facts.state },
  { field: 'site', title: 'Site', of: (facts: ItemFacts) => facts.site_id && toNodeId('ci', facts.site_id) },
  {
    field: 'product',
    title: 'Product',
    of: (facts: ItemFacts) => facts.product_id && toNodeId('prd', facts.product_id),
  },
  { field: 'nativeKey', title: 'Key in the product', of: (facts: ItemFacts) => facts.native_key },
  {
    field: 'actualItem',
    title: 'Actual item',
    of: (facts: ItemFacts) => facts.actual_item_id && toNodeId('act', facts.actual_item_id),
  },
]

/** What is other in `after`: the item's own facts first, then its attributes in the order of the class. */
export function fieldChanges(catalogue: Catalogue, before: ItemFacts | null, after: ItemFacts): FieldChange[] {
  const facts = own.map(({ field, title, of }) => ({
    field,
    title,
    isAttribute: false,
    from: (before && of(before)) ?? null,
    to: of(after) ?? null,
  }))
  const rules = catalogue.attributesOf(after.class_name)
  const names = new Set([
    ...rules.map(({ name }) => name),
    ...Object.keys(before?.attributes ?? {}),
    ...Object.keys(after.attributes),
  ])
  const attributes = [...names].map((name) => ({
    field: name,
    title: rules.find((rule) => rule.name === name)?.title ?? name,
    isAttribute: true,
    from: before?.attributes[name] ?? null,
    to: after.attributes[name] ?? null,
  }))
  return [...facts, ...attributes].filter(({ from, to }) => !isDeepStrictEqual(from, to))
}
