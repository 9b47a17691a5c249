import { useDocumentVisibility } from '@vueuse/core'
import { onScopeDispose, watch } from 'vue'

const inSight = 'waybill.in-sight'

/** Holds a lock of this browser until the returned function is called; runs `held` once it has it. */
function hold(name: string, mode: LockMode, held: () => void): () => void {
  let release = () => {}
  const gone = new AbortController()
  void navigator.locks
    .request(name, { mode, signal: gone.signal }, () => {
      held()
      return new Promise<void>((done) => (release = done))
    })
    .catch(() => {})
  return () => {
    gone.abort()
    release()
  }
}

/**
 * Runs `lead` in one tab of this browser; when that one closes, in another. Without locks, which need HTTPS or
 * localhost, every tab leads.
 */
export function useLeader(name: string, lead: () => () => void) {
  let stop = () => {}
  const begin = () => (stop = lead())
  const release = 'locks' in navigator ? hold(name, 'exclusive', begin) : (begin(), () => {})
  onScopeDispose(() => {
    stop()
    release()
  })
}

/** Tells the other tabs while this one is in sight. */
export function useInSight() {
  const visibility = useDocumentVisibility()
  let release = () => {}
  const follow = () => {
    release()
    release = visibility.value === 'visible' && 'locks' in navigator ? hold(inSight, 'shared', () => {}) : () => {}
  }
  watch(visibility, follow, { immediate: true })
  onScopeDispose(() => release())
}

/** Whether any tab of Waybill in this browser is in sight. */
export async function isAnyInSight(): Promise<boolean> {
  if (document.visibilityState === 'visible') return true
  if (!('locks' in navigator)) return false
  const { held } = await navigator.locks.query()
  return held?.some(({ name }) => name === inSight) ?? false
}
