import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import type { Tone } from '../components/tones.ts'

export interface Toast {
  id: number
  tone: Tone
  title: string
  text?: string
  to?: RouteLocationRaw
  linkText?: string
}

const shownFor = 6_000 // 6 s

/** Short news. Trouble stays until it is dismissed. */
export const useToasts = defineStore('toasts', () => {
  const list = ref<Toast[]>([])
  let last = 0
  const dismiss = (id: number) => (list.value = list.value.filter((toast) => toast.id !== id))
  const show = (toast: Omit<Toast, 'id'>) => {
    const id = ++last
    list.value = [...list.value.slice(-3), { ...toast, id }]
    if (toast.tone !== 'failed') setTimeout(() => dismiss(id), shownFor)
  }
  return { list, show, dismiss }
})
