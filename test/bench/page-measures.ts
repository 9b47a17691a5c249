import type { Page } from 'playwright-core'

/** What the browser itself saw of a page since it was loaded. */
export interface Seen {
  /** Largest contentful paint, ms after the navigation began, and of what. */
  paint: number
  painted: string
  /** When what was waited for was there, ms after the navigation began. */
  content: number
  shifts: { at: number; by: number; path: string; what: string }[]
  /** What came of clicks and keys: ms from each until the next frame was shown. */
  events: { id: number; ms: number; type: string; path: string; target: string }[]
}

/** A page has a title and nothing of it is loading. */
const AT_REST = "document.querySelector('h1') && !document.querySelector('[role=status][aria-label=Loading]')"

/** Runs before the scripts of every page. */
const observer = (isThere: string) => `(() => {
  const seen = (globalThis.seen = { paint: 0, painted: '', content: 0, shifts: [], events: [] })
  const nameOf = (node) => {
    const element = node instanceof Element ? node : node?.parentElement
    if (!element) return 'what is gone'
    const words = element.getAttribute('aria-label') || element.textContent.trim().replace(/\\s+/g, ' ').slice(0, 30)
    return element.tagName.toLowerCase() + (words ? ' "' + words + '"' : '')
  }
  const watch = (type, take, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more })
  watch('largest-contentful-paint', (entry) => {
    seen.paint = entry.startTime
    seen.painted = nameOf(entry.element)
  })
  watch('layout-shift', (entry) => {
    if (entry.hadRecentInput) return
    const what = entry.sources.map(({ node }) => nameOf(node)).join(', ')
    seen.shifts.push({ at: entry.startTime, by: entry.value, path: location.pathname, what })
  })
  const take = (entry) => entry.interactionId && seen.events.push({
    id: entry.interactionId, ms: entry.duration, type: entry.name, path: location.pathname, target: nameOf(entry.target),
  })
  watch('event', take, { durationThreshold: 16 })
  requestAnimationFrame(function look() {
    if (!(${isThere})) return requestAnimationFrame(look)
    seen.content = performance.now()
  })
})()`

/** Before anything is opened. `isThere`: an expression that says when the content is; without it, when nothing is loading any more. */
export const observe = (page: Page, isThere = AT_REST): Promise<unknown> => page.addInitScript(observer(isThere))
export const seenBy = (page: Page): Promise<Seen> => page.evaluate<Seen>('seen')

/** Waits until the page has a title and nothing of it is loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' })
}

/**
 * Cumulative layout shift as browsers tell it: the largest sum of a burst of shifts, which ends with a second of rest and is
 * at most five long; and what moved most in it.
 */
export function layoutShift(shifts: Seen['shifts']): { by: number; what: string } {
  let largest: Seen['shifts'] = []
  let burst: Seen['shifts'] = []
  const sum = (of: Seen['shifts']) => of.reduce((total, { by }) => total + by, 0)
  for (const shift of shifts) {
    const goesOn = burst.length > 0 && shift.at - burst.at(-1)!.at < 1_000 && shift.at - burst[0]!.at < 5_000
    burst = goesOn ? [...burst, shift] : [shift]
    if (sum(burst) > sum(largest)) largest = burst
  }
  const most = largest.toSorted((a, b) => b.by - a.by)[0]
  return { by: sum(largest), what: most ? `${most.what} at ${most.path}` : '' }
}

/** Interaction to next paint, ms: the slowest interaction, without one of each 50; and which were the slowest. */
export function interaction(events: Seen['events'], all: number): { ms: number; slowest: string[] } {
  const byId = new Map<number, Seen['events'][number]>()
  for (const event of events) if (event.ms > (byId.get(event.id)?.ms ?? 0)) byId.set(event.id, event)
  const slow = [...byId.values()].toSorted((a, b) => b.ms - a.ms)
  return {
    ms: slow[Math.floor(all / 50)]?.ms ?? 0,
    slowest: slow.slice(0, 5).map(({ ms, type, path, target }) => `${ms} ms ${type} on ${target} at ${path}`),
  }
}

/** A processor and a line as slow as that: of every request, its answer and the first script. */
export async function throttled(
  page: Page,
  { times, megabits, latency }: { times: number; megabits: number; latency: number },
) {
  const session = await page.context().newCDPSession(page)
  const throughput = (megabits * 1_000_000) / 8
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: times })
}

/** Milliseconds by which the clock of the page is ahead of this program's. */
export async function clockAhead(page: Page): Promise<number> {
  let best = { took: Infinity, ahead: 0 }
  for (let round = 0; round < 20; round++) {
    const begun = clock()
    const there = await page.evaluate<number>('performance.timeOrigin + performance.now()')
    const ended = clock()
    if (ended - begun < best.took) best = { took: ended - begun, ahead: there - (begun + ended) / 2 }
  }
  return best.ahead
}

export const clock = () => performance.timeOrigin + performance.now()

/**
 * Looks at every frame for the next difference of what `read`, an expression of the page, gives: text, or the picture of a
 * canvas. Answers a function that gives the time of the frame in which it was there, by the clock of the page.
 */
export async function nextDifference(page: Page, read: string): Promise<() => Promise<number>> {
  await page.evaluate(`void (globalThis.different = new Promise((done, failed) => {
    setTimeout(() => failed(new Error('The change was not shown within 20 s.')), 20_000)
    const same = (a, b) => typeof a === 'string' ? a === b : a.length === b.length && a.every((each, at) => each === b[at])
    const before = ${read}
    requestAnimationFrame(function look() {
      if (same(${read}, before)) return requestAnimationFrame(look)
      done(performance.timeOrigin + performance.now())
    })
  }))`)
  return () => page.evaluate<number>('different')
}

/** The picture of the first canvas, pixel by pixel. */
export const PIXELS = `(() => {
  const canvas = document.querySelector('canvas')
  return new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
})()`
