import { useEventListener, useIntervalFn } from '@vueuse/core'
import { watch } from 'vue'
import { useLive } from '../../live/live.ts'

const between = 60_000 // ms between two looks
const atRest = 60_000 // ms without a touch after which nobody is disturbed
const key = 'waybill.reloaded'

/** The first script of a page of the dashboard; its name holds the hash of what is in it. */
export const scriptOf = (html: string): string | null => /<script[^>]+src="([^"]+)"/.exec(html)?.[1] ?? null

/**
 * Loads the page anew once the server serves another build of the dashboard than this one. Only while nobody touches
 * the screen, and only once for one build.
 */
export function useServedVersion() {
  const { connection } = useLive()
  const own = scriptOf(document.documentElement.outerHTML)
  let touchedAt = 0
  for (const event of ['pointerdown', 'keydown'] as const)
    useEventListener(window, event, () => (touchedAt = Date.now()), { passive: true })

  async function look() {
    const answer = await fetch('/', { cache: 'no-cache', headers: { accept: 'text/html' } }).catch(() => null)
    const served = answer?.ok ? scriptOf(await answer.text()) : null
    if (!served || served === own || Date.now() - touchedAt < atRest) return
    if (sessionStorage.getItem(key) === served) return
    sessionStorage.setItem(key, served)
    location.reload()
  }
  useIntervalFn(() => void look(), between)
  useEventListener(window, 'online', () => void look())
  // A server that comes back is often a newer one.
  watch(
    () => connection.value.phase,
    (phase) => phase === 'open' && void look(),
  )
}
