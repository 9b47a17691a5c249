import { refDebounced } from '@vueuse/core'
import { ref, watch, type Ref } from 'vue'
import { viewFromText, viewToText, type View } from '../../components/plane.ts'

const settled = 400 // ms without a move, then the address is written: browsers refuse it at every frame

/** What a plane shows, kept in the address as text. */
export function usePlaneView(text: Ref<string>): Ref<View | null> {
  const view = ref(viewFromText(text.value))
  const textOf = () => (view.value ? viewToText(view.value) : '')
  watch(refDebounced(view, settled), () => (text.value = textOf()))
  watch(text, (now) => {
    if (now !== textOf()) view.value = viewFromText(now)
  })
  return view
}
