import type { TableOrder } from '../../components/DataTable.vue'
import type { ItemOrder, ItemOrderField } from '../../gql/graphql.ts'

/** The columns by which the server can put items in order. */
const fields: Record<string, ItemOrderField> = {
  name: 'NAME',
  state: 'STATE',
  class: 'CLASS',
  site: 'SITE',
  changed: 'UPDATED_AT',
}

/** The order in the address: `state`, or `-state` downwards; null: the order of the list itself, by name. */
export function orderOf(text: string): TableOrder | null {
  const down = text.startsWith('-')
  const key = down ? text.slice(1) : text
  return key in fields ? { key, down } : null
}

export const textOfOrder = (order: TableOrder | null) => (order ? `${order.down ? '-' : ''}${order.key}` : '')

/** The same as the API takes it. */
export const itemOrder = (order: TableOrder | null): ItemOrder | null =>
  order && { field: fields[order.key]!, direction: order.down ? 'DESC' : 'ASC' }
