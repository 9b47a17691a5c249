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
  /** The way back, while the words stand there. */
  undo?: () => unknown
}

const shownFor = 6_000 // 6 s
const shownWithUndo = 20_000 // 20 s: enough to read it and to change one's mind

/** Short news. Trouble stays until it is dismissed. */
export const useToasts = defineStore('toasts', () => {
  const list = ref<Toast[]>([])
  let last = 0
  const dismiss = (id: number) => (list.value = list.value.filter((toast) => toast.id !== id))
  const show = (toast: Omit<Toast, 'id'>) => {
    const id = ++last
    list.value = [...list.value.slice(-3), { ...toast, id }]
    if (toast.tone !== 'failed') setTimeout(() => dismiss(id), toast.undo ? shownWithUndo : shownFor)
  }
  const undo = ({ id, undo: back }: Toast) => {
    dismiss(id)
    return back?.()
  }
  /** Says what was done and offers the way back. `back` answers null when it was refused, which says so by itself. */
  const offerUndo = (title: string, back: () => Promise<unknown>, undone = 'It is as before.') =>
    show({
      tone: 'confirmed',
      title,
      undo: async () => {
        if ((await back()) !== null) show({ tone: 'confirmed', title: undone })
      },
    })
  /** Takes the last thing back that can be; false when there is none. */
  const undoLast = () => {
    const last = list.value.findLast(({ undo: back }) => back)
    if (last) undo(last)
    return last !== undefined
  }
  return { list, show, dismiss, undo, offerUndo, undoLast }
})
