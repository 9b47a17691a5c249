import type { Page } from 'playwright-core'

/** Frames of a page while something went on: how many a second, the longest, and within how many ms 95 % of them came. */
export interface Frames {
  fps: number
  longest: number
  p95: number
}

/** Counts the frames of the page from before `work` until after it. */
export async function framesDuring(page: Page, work: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(`globalThis.frames = []; globalThis.counting = true
    requestAnimationFrame(function tick(now) { frames.push(now); if (counting) requestAnimationFrame(tick) })`)
  await work()
  await page.evaluate('counting = false')
  const frames = await page.evaluate<number[]>('frames')
  const gaps = frames.slice(1).map((at, index) => at - frames[index]!)
  return {
    fps: (gaps.length / (frames.at(-1)! - frames[0]!)) * 1_000,
    longest: Math.max(...gaps),
    p95: gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length * 0.95)]!,
  }
}

export const inWords = ({ fps, longest, p95 }: Frames) =>
  `${fps.toFixed(0)} frames a second, 95 % of them within ${p95.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`

/** Does something while the processor of the page is so many times as slow. */
export async function slowed(page: Page, times: number, work: () => Promise<unknown>): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: times })
  try {
    await work()
  } finally {
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await session.detach()
  }
}

/** Milliseconds from the next click or key press until `isThere`, an expression of the page, is true and painted. */
export async function untilPainted(page: Page, isThere: string, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(`void (globalThis.painted = new Promise((done) => {
    let begun = 0
    const begin = ({ timeStamp }) => (begun ||= timeStamp)
    addEventListener('pointerdown', begin, { capture: true, once: true })
    addEventListener('keydown', begin, { capture: true, once: true })
    const look = () => {
      if (!begun || !(${isThere})) return requestAnimationFrame(look)
      // A message posted in a frame arrives after that frame was painted.
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => done(performance.now() - begun)
      port2.postMessage(null)
    }
    requestAnimationFrame(look)
  }))`)
  await act()
  return page.evaluate<number>('painted')
}

/** Prints what was measured beside its goal; a goal that is not met fails the benchmark. */
export function goal(measured: string, met: boolean, wanted: string): void {
  console.log(`  ${met ? 'met' : 'NOT MET'}: ${measured} (goal ${wanted})`)
  if (!met) process.exitCode = 1
}
