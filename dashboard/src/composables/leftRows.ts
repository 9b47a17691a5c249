import { inject, type ComputedRef, type InjectionKey } from 'vue'

/** Keys of the rows that stand in a list although they are not in it any more. */
export const leftRowsKey: InjectionKey<ComputedRef<ReadonlySet<string>>> = Symbol('leftRows')

/** How a row looks that is not in the list any more and waits to be taken out of it. */
export const leftLook = 'line-through decoration-ink-3'
/** The same in words. */
export const leftWords = 'Not in this list any more'

/** Whether a row, by its key, has left the list above; for whoever draws the rows. */
export function useLeftRows(): (key: string) => boolean {
  const left = inject(leftRowsKey, null)
  return (key) => left?.value.has(key) ?? false
}
