import { useIntervalFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { ref } from 'vue'

/** One clock for the whole page, so that all relative times move together; and whether times are shown in UTC. */
export const useClock = defineStore('clock', () => {
  const now = ref(Date.now())
  const utc = ref(false)
  useIntervalFn(() => (now.value = Date.now()), 1_000)
  return { now, utc }
})
