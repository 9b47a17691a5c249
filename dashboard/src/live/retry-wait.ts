/** Longest pause between two attempts to connect. */
const cap = 15_000 // 15 s
const base = 500 // 0.5 s

/** Milliseconds before attempt `retries`: doubled each time, capped, and spread so that a thousand screens do not return at once. */
export function delayOf(retries: number, random: () => number = Math.random) {
  const ceiling = Math.min(cap, base * 2 ** Math.min(retries, 10))
  return Math.round(ceiling * (0.5 + random() / 2))
}

/** Waits `ms`, or less: the network coming back and the tab being looked at again are reasons to try at once. */
export function waitOrWake(ms: number, target: Pick<Window, 'addEventListener' | 'removeEventListener'> = window) {
  return new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      target.removeEventListener('online', done)
      document.removeEventListener('visibilitychange', onVisible)
      resolve()
    }
    const onVisible = () => document.visibilityState === 'visible' && done()
    const timer = setTimeout(done, ms)
    target.addEventListener('online', done)
    document.addEventListener('visibilitychange', onVisible)
  })
}
