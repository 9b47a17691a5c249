import { useLocalStorage } from '@vueuse/core'
import { fallback, picklist } from 'valibot'
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { useUrlState } from './useUrlState.ts'

export const densities = ['comfortable', 'dense'] as const
export type Density = (typeof densities)[number]

/**
 * How close together rows stand. The address says it; what somebody chose last is kept in this browser, and put into an address
 * without any parameter: a link, a saved view and a wall show what they were made for.
 */
export function useDensity() {
  const { density } = useUrlState({ density: fallback(picklist(densities), 'comfortable') })
  const kept = useLocalStorage<Density>('waybill.density', 'comfortable')
  if (kept.value === 'dense' && Object.keys(useRoute().query).length === 0) density.value = 'dense'
  return computed({ get: () => density.value, set: (value) => (density.value = kept.value = value) })
}
