import type { ConfigurationItemFilter, ItemState } from '../../gql/graphql.ts'

/** What is chosen in each facet of the list of items; none: any. */
export type Chosen = Readonly<Record<'class' | 'state' | 'site' | 'product', readonly string[]>>

/** Several values of one parameter of the address. */
export const listOf = (text: string): string[] => text.split(',').filter(Boolean)

/** Every state of an item. */
export const itemStates: readonly string[] = ['PRODUCTION', 'TEST', 'BUILD', 'INVENTORY', 'NOT_READY', 'DECOMMISSIONED']

/** The states of an address that are some. */
export const statesOf = (text: string) => listOf(text).filter((state) => itemStates.includes(state))

/** What is chosen in an address. */
export const chosenIn = (address: Record<keyof Chosen, string>): Chosen => ({
  class: listOf(address.class),
  state: statesOf(address.state),
  site: listOf(address.site),
  product: listOf(address.product),
})

export function filterOf(search: string, chosen: Chosen): ConfigurationItemFilter {
  const some = (values: readonly string[]) => (values.length ? [...values] : null)
  return {
    search: search || null,
    classNames: some(chosen.class),
    states: some(chosen.state) as ItemState[] | null,
    siteIds: some(chosen.site),
    productIds: some(chosen.product),
  }
}
