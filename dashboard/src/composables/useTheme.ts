import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'

export const themes = ['system', 'light', 'dark', 'wall'] as const
export type Theme = (typeof themes)[number]

/** The chosen theme, kept in this browser. `system` follows the operating system. */
export const useTheme = defineStore('theme', () => {
  const theme = useLocalStorage<Theme>('waybill.theme', 'system')
  /** What the open screen demands instead, such as a wall; nothing of it is kept. */
  const demanded = ref<Theme | null>(null)
  const shown = computed(() => demanded.value ?? theme.value)
  watchEffect(() => {
    const { dataset } = document.documentElement
    if (shown.value === 'system') delete dataset.theme
    else dataset.theme = shown.value
  })
  const next = () => (theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!)
  return { theme, demanded, shown, next }
})
