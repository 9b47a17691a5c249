import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { watchEffect } from 'vue'

export const themes = ['system', 'light', 'dark', 'wall'] as const
export type Theme = (typeof themes)[number]

/** The chosen theme, kept in this browser. `system` follows the operating system. */
export const useTheme = defineStore('theme', () => {
  const theme = useLocalStorage<Theme>('waybill.theme', 'system')
  watchEffect(() => {
    const { dataset } = document.documentElement
    if (theme.value === 'system') delete dataset.theme
    else dataset.theme = theme.value
  })
  const next = () => (theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!)
  return { theme, next }
})
