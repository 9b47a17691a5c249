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
  /** Something that can still be done about it, such as Undo. */
  action?: { label: string; run: () => unknown }
}

const shownFor = 6_000 // 6 s
const shownWithAction = 20_000 // 20 s: enough to read it and to change one's mind

/** Short news. Trouble stays until it is dismissed. */
export const useToasts = defineStore('toasts', () => {
  const list = ref<Toast[]>([])
  let last = 0
  const dismiss = (id: number) => (list.value = list.value.filter((toast) => toast.id !== id))
  const show = (toast: Omit<Toast, 'id'>) => {
    const id = ++last
    list.value = [...list.value.slice(-3), { ...toast, id }]
    if (toast.tone !== 'failed') setTimeout(() => dismiss(id), toast.action ? shownWithAction : shownFor)
  }
  return { list, show, dismiss }
})
