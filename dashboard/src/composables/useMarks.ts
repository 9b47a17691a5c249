import { computed, type Ref } from 'vue'

/** Rows that are ticked for something to be done with all of them. `keys` are those at hand, in the order shown. */
export function useMarks(marked: Ref<readonly string[] | undefined>, keys: () => readonly string[]) {
  const set = computed(() => new Set(marked.value))
  /** Where a range begins: the row that was ticked last. */
  let from: string | null = null
  const all = computed(() => keys().length > 0 && keys().every((key) => set.value.has(key)))
  const some = computed(() => !all.value && keys().some((key) => set.value.has(key)))
  const having = (changed: readonly string[], on: boolean) =>
    on ? [...new Set([...set.value, ...changed])] : [...set.value].filter((key) => !changed.includes(key))

  /** Ticks a row or lets it go; with `range` all rows from the last one to it. */
  const mark = (key: string, on: boolean, range: boolean) => {
    const [a, b] = [from === null ? -1 : keys().indexOf(from), keys().indexOf(key)]
    const changed = range && a >= 0 ? keys().slice(Math.min(a, b), Math.max(a, b) + 1) : [key]
    from = key
    marked.value = having(changed, on)
  }
  const turn = (key: string, range: boolean) => mark(key, !set.value.has(key), range)
  const markAll = (on: boolean) => (marked.value = having(keys(), on))
  return { isMarked: (key: string) => set.value.has(key), all, some, mark, turn, markAll }
}
