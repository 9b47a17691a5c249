import { useLocalStorage } from '@vueuse/core'
import { computed } from 'vue'
import type { Note } from './news.ts'
import { rulesFrom, usualRules, type Rules } from './rules.ts'

/** What this browser knows of the news of one account; all of its tabs see the same. */
export interface Kept {
  /** Newest first. */
  notes: Note[]
  /** Number of the newest event that was read in the list. */
  readTo: number
  /** Where the log was left, so that what happened meanwhile is found; null before the first time. */
  position: string | null
  /** When it was there, in epoch milliseconds: for the case that the log of then is gone. */
  heardAt: number | null
  /** The latest outcome of each deployment that was looked at, so that one outcome is told once. */
  last: Record<string, string>
}

const most = 100 // notes
const mostRemembered = 300 // deployments

export function useNews(account: string) {
  const kept = useLocalStorage<Kept>(
    `waybill.news.${account}`,
    { notes: [], readTo: 0, position: null, heardAt: null, last: {} },
    { mergeDefaults: true },
  )
  const stored = useLocalStorage<Rules>(`waybill.news-rules.${account}`, usualRules)
  return {
    notes: computed(() => kept.value.notes),
    unread: computed(() => kept.value.notes.filter(({ seq }) => seq > kept.value.readTo).length),
    readTo: computed(() => kept.value.readTo),
    position: computed(() => kept.value.position),
    heardAt: computed(() => kept.value.heardAt),
    rules: computed(() => rulesFrom(stored.value)),
    changeRules: (change: Partial<Rules>) => (stored.value = { ...rulesFrom(stored.value), ...change }),
    /** The log has been followed to here. */
    moveTo: (position: string, heardAt: number) => (kept.value = { ...kept.value, position, heardAt }),
    /** Remembers what became of a deployment; false when that was known. */
    remember(deployment: string, outcome: string): boolean {
      if (kept.value.last[deployment] === outcome) return false
      const others = Object.entries(kept.value.last).filter(([id]) => id !== deployment)
      const last = Object.fromEntries([...others, [deployment, outcome]].slice(-mostRemembered))
      kept.value = { ...kept.value, last }
      return true
    },
    add: (note: Note) => (kept.value = { ...kept.value, notes: [note, ...kept.value.notes].slice(0, most) }),
    readAll: () => (kept.value = { ...kept.value, readTo: Math.max(0, ...kept.value.notes.map(({ seq }) => seq)) }),
    clear: () => (kept.value = { ...kept.value, notes: [] }),
  }
}
export type News = ReturnType<typeof useNews>
