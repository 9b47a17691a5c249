import type { ActualItemFilter, ActualItemState, ConfigurationItemFilter, ItemState } from '../../gql/graphql.ts'

/** What is chosen in each facet of the list of items; none: any. */
export type Chosen = Readonly<Record<'class' | 'state' | 'site' | 'product', readonly string[]>>

/** What is chosen in each facet of the list of actual items; none: any. */
export type ActualChosen = Readonly<Record<keyof Chosen | 'linked', readonly string[]>>

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

/** Where actual items are with being seen. */
export const actualStates: readonly string[] = ['PRESENT', 'MISSING', 'RETIRED', 'MERGED']

const some = (values: readonly string[]) => (values.length ? [...values] : null)

export function filterOf(search: string, chosen: Chosen): ConfigurationItemFilter {
  return {
    search: search || null,
    classNames: some(chosen.class),
    states: some(chosen.state) as ItemState[] | null,
    siteIds: some(chosen.site),
    productIds: some(chosen.product),
  }
}

/** Both whether and whether not is any. */
const oneOf = (values: readonly string[]) => (values.length === 1 ? values[0] === 'true' : null)

export function actualFilterOf(search: string, chosen: ActualChosen): ActualItemFilter {
  return {
    search: search || null,
    classNames: some(chosen.class),
    states: some(chosen.state.filter((state) => actualStates.includes(state))) as ActualItemState[] | null,
    siteIds: some(chosen.site),
    productIds: some(chosen.product),
    linked: oneOf(chosen.linked),
  }
}
