import { useEventListener, useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { onScopeDispose, shallowReactive, watchEffect } from 'vue'

/**
 * Something that can be done here and now, in words for the palette and for the sheet of keys, and the key that does it, or
 * two pressed one after the other such as 'g d'. What has no key stands in the palette only.
 */
export interface Shortcut {
  keys?: string
  label: string
  /** Quiet words behind the label, where the palette shows several of one name. */
  note?: string
  run: () => unknown
  group?: string
}

const pairWithin = 1_200 // 1.2 s between the two keys of a pair

/** Typing into a field is never a shortcut. */
export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** While a dialog is open, keys belong to it and not to the page behind. */
export const isAsking = () => document.querySelector('[role=dialog][data-state=open]') !== null

/** Space belongs to the control that has the focus; it is a shortcut only where nothing but the page has it. */
const isTaken = ({ key, target }: KeyboardEvent) =>
  key === ' ' && target instanceof HTMLElement && !target.matches('body, #main, [role=tabpanel]')

/** Every shortcut that works at the moment; one listener for all of them. */
export const useShortcuts = defineStore('shortcuts', () => {
  const list = shallowReactive(new Set<Shortcut>())
  // Who speaks to the machine, or has a shaking hand, must be able to turn single keys off (WCAG 2.1.4).
  const on = useLocalStorage('waybill.keys', true)
  let first = ''
  let firstAt = 0
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    if (!on.value || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return
    if (isTaken(event)) return
    if (isAsking()) return
    const key = event.key === ' ' ? 'Space' : event.key
    const pair = event.timeStamp - firstAt < pairWithin ? `${first} ${key}` : ''
    // The youngest binding wins: a page may take a key that the shell also knows.
    const found = [...list].reverse().find(({ keys }) => keys && (keys === pair || keys === key))
    first = key
    firstAt = event.timeStamp
    if (!found) return
    event.preventDefault()
    firstAt = 0
    found.run()
  })
  return { list, on }
})

/** Binds shortcuts for as long as the calling component lives. */
export function useKeys(shortcuts: readonly Shortcut[]) {
  const { list } = useShortcuts()
  for (const shortcut of shortcuts) list.add(shortcut)
  onScopeDispose(() => shortcuts.forEach((shortcut) => list.delete(shortcut)))
}

/** The same for what comes and goes, such as the actions that the server offers. */
export function useChangingKeys(shortcuts: () => readonly Shortcut[]) {
  const { list } = useShortcuts()
  watchEffect((onCleanup) => {
    const bound = shortcuts()
    for (const shortcut of bound) list.add(shortcut)
    onCleanup(() => bound.forEach((shortcut) => list.delete(shortcut)))
  })
}
