import { registerEnumType } from 'type-graphql'

/** The two ways of a list. */
export const OrderDirections = { ASC: 'ASC', DESC: 'DESC' } as const
export type OrderDirection = keyof typeof OrderDirections
registerEnumType(OrderDirections, {
  name: 'OrderDirection',
  description: 'Which way a list goes.',
  valuesConfig: {
    ASC: { description: 'From A to Z, oldest first.' },
    DESC: { description: 'From Z to A, newest first.' },
  },
})
