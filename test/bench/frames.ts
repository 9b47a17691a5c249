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
