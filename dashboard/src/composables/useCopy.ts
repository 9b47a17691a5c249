import { refAutoReset } from '@vueuse/core'
import { useToasts } from './useToasts.ts'

/** Copies text; `copied` is true for a moment once it is in the clipboard. What did not get there is said. */
export function useCopy() {
  const toasts = useToasts()
  const copied = refAutoReset(false, 1_500)
  async function copy(text: string) {
    copied.value = (await write(text)) || writeOverSelection(text)
    if (copied.value) return
    toasts.show({
      tone: 'failed',
      title: 'Nothing was copied.',
      text: 'The browser does not let this page write to the clipboard. Allow it in the settings of this page, or open Waybill at an https:// address.',
    })
  }
  return { copy, copied }
}

/** Browsers have a clipboard for pages of a secure origin only. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** For pages over plain http: what is selected in a field may still be copied, as Ctrl-C does. */
function writeOverSelection(text: string): boolean {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.style.cssText = 'position: fixed; opacity: 0'
  document.body.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (before instanceof HTMLElement) before.focus()
  }
}
