/** The orders in which a list of items comes, and what each is in SQL. */
import { Field, InputType, registerEnumType } from 'type-graphql'
import { OrderDirections, type OrderDirection } from '../kernel/order.ts'
import type { OrderKey } from '../kernel/page.ts'

const ItemOrderFields = {
  NAME: 'NAME',
  CLASS: 'CLASS',
  STATE: 'STATE',
  SITE: 'SITE',
  UPDATED_AT: 'UPDATED_AT',
} as const
export type ItemOrderField = keyof typeof ItemOrderFields
registerEnumType(ItemOrderFields, {
  name: 'ItemOrderField',
  description: 'What items are put in order by; equal ones by name.',
  valuesConfig: { SITE: { description: 'The name of the nearest site; items outside every site come first.' } },
})

@InputType({ description: 'A cursor goes on only in the order it was given out in.' })
export class ItemOrder {
  @Field(() => ItemOrderFields)
  field!: ItemOrderField

  @Field(() => OrderDirections, { defaultValue: 'ASC' })
  direction!: OrderDirection
}

const name: OrderKey = { column: 'x.name', cast: 'text' }
const uuid: OrderKey = { column: 'x.uuid', cast: 'uuid' }

/** Over `configuration_item x`; for SITE with the site as `s` beside it. Each but SITE has its index. */
const keys: Record<ItemOrderField, readonly OrderKey[]> = {
  NAME: [name, uuid],
  CLASS: [{ column: 'x.class_name', cast: 'text' }, name, uuid],
  STATE: [{ column: 'x.state', cast: 'text' }, name, uuid],
  SITE: [{ column: `coalesce(s.name, '')`, cast: 'text' }, name, uuid],
  UPDATED_AT: [{ column: 'x.updated_at', cast: 'timestamptz' }, uuid],
}

/** What the order is called in its cursors. */
export const orderNameOf = ({ field, direction }: ItemOrder) => `${field} ${direction}`

/** Every key turns round with the direction, so that an index serves both ways. */
export function itemOrder(order: ItemOrder): { order: OrderKey[]; orderName: string } {
  const descending = order.direction === 'DESC'
  return { order: keys[order.field].map((key) => ({ ...key, descending })), orderName: orderNameOf(order) }
}
