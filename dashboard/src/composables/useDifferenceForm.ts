import { useLocalStorage, useMediaQuery } from '@vueuse/core'
import { computed } from 'vue'

export const differenceForms = ['beside', 'inline'] as const
export type DifferenceForm = (typeof differenceForms)[number]

/** How somebody likes to see differences, everywhere and kept in this browser; on a narrow screen always one below the other. */
export function useDifferenceForm() {
  const form = useLocalStorage<DifferenceForm>('waybill.difference', 'beside')
  const whole = useLocalStorage('waybill.difference.whole', false)
  const narrow = useMediaQuery('(max-width: 767px)')
  return {
    form,
    /** What is the same is shown too. */
    whole,
    narrow,
    inline: computed(() => narrow.value || form.value === 'inline'),
  }
}
