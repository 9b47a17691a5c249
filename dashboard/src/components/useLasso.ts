import { onScopeDispose, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Box, Choice } from './lasso.ts'

const threshold = 4 // px: less is a click
const longPress = 500 // ms

/**
 * A rectangle dragged over `host` by a mouse or a pen. A finger scrolls there; its long press is told instead. Bind `on`
 * with v-on, so that the click at the end of a drag opens nothing.
 */
export function useLasso(
  host: Readonly<Ref<HTMLElement | null>>,
  choose: (box: Box, how: Choice) => void,
): { box: Readonly<ShallowRef<Box | null>>; on: Record<string, (event: PointerEvent) => void> } {
  const box = shallowRef<Box | null>(null)
  let from: { x: number; y: number } | null = null
  let press: ReturnType<typeof setTimeout> | undefined
  let handled = false
  const local = ({ clientX, clientY }: PointerEvent) => {
    const { left, top } = host.value!.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }
  const end = () => {
    clearTimeout(press)
    from = null
    box.value = null
  }
  onScopeDispose(end)
  return {
    box,
    on: {
      pointerdown(event) {
        handled = false
        if (event.button !== 0) return
        from = local(event)
        const { x, y } = from
        if (event.pointerType !== 'touch') return
        press = setTimeout(() => {
          handled = true
          choose({ left: x, top: y, right: x, bottom: y }, 'toggle')
        }, longPress)
      },
      pointermove(event) {
        if (!from) return
        const { x, y } = local(event)
        const far = Math.hypot(x - from.x, y - from.y) >= threshold
        if (event.pointerType === 'touch') return void (far && clearTimeout(press))
        if (!far && !box.value) return
        if (!box.value) host.value!.setPointerCapture(event.pointerId)
        const [left, right] = [Math.min(x, from.x), Math.max(x, from.x)]
        box.value = { left, right, top: Math.min(y, from.y), bottom: Math.max(y, from.y) }
      },
      pointerup(event) {
        const drawn = box.value
        end()
        if (!drawn) return
        handled = true
        choose(drawn, event.shiftKey || event.ctrlKey || event.metaKey ? 'add' : 'only')
      },
      pointercancel: end,
      // Before it comes to what is below.
      clickCapture(event) {
        if (!handled) return
        handled = false
        event.stopPropagation()
        event.preventDefault()
      },
      contextmenu: (event) => handled && event.preventDefault(),
    },
  }
}
