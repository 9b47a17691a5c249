import type { Tone } from './tones.ts'

/** Something that happened, as the rail marks it. */
export interface RailMark {
  /** Milliseconds since 1970. */
  at: number
  tone: Tone
  label: string
}

/**
 * The moment after a key; null is live, undefined: the key is none of the rail's. Arrows go to the next change, pages go a
 * tenth of the rail.
 */
export function momentAfter(
  key: string,
  at: number | null,
  rail: { from: number; to: number; steps: readonly number[] },
): number | null | undefined {
  const { from, to, steps } = rail
  const now = at ?? to
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return at === null ? null : (steps.find((step) => step > now) ?? null)
    case 'ArrowLeft':
    case 'ArrowDown':
      return steps.findLast((step) => step < now || (at === null && step <= now)) ?? from
    case 'PageUp':
      return at === null || now + (to - from) / 10 >= to ? null : Math.round(now + (to - from) / 10)
    case 'PageDown':
      return Math.max(from, Math.round(now - (to - from) / 10))
    case 'Home':
      return from
    case 'End':
      return null
  }
  return undefined
}

/** One path of upright strokes for each tone: thousands of marks are a few elements, and those on one spot are one. */
export function strokes(marks: readonly RailMark[], from: number, to: number): { tone: Tone; path: string }[] {
  const places = new Map<Tone, Set<number>>()
  for (const { at, tone } of marks) {
    const place = Math.round(((at - from) / Math.max(1, to - from)) * 500) * 2
    if (place < 0 || place > 1_000) continue
    places.set(tone, (places.get(tone) ?? new Set()).add(place))
  }
  return [...places].map(([tone, all]) => ({ tone, path: [...all].map((place) => `M${place} 0V10`).join('') }))
}
