import type { LogLine } from '../../components/LogView.vue'

/** A line as the API gives it. */
export interface StoredLine {
  number: number
  at: string
  level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'
  text: string
}
/** A line as it is shown, with its instant in milliseconds since 1970. */
export type ShownLine = LogLine & { time: number }

export const page = 200 // lines that one answer holds
const levels = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const

/**
 * The lines of one log, each in its place; only those that were read are there. A log of a hundred thousand lines costs
 * what of it was looked at, and a line that comes costs the same whether it is the tenth or the last of those.
 */
export interface LogLines {
  /** Line n has the place n - 1. */
  readonly places: readonly (ShownLine | undefined)[]
  add(lines: readonly StoredLine[]): void
  /** There are so many lines, read or not. */
  reach(total: number): void
  /** The `after` of a page that fills the last hole among the lines `from` to `to`; null when there is none. */
  hole(from: number, to: number): number | null
  /** What a page was asked for and did not bring is not asked for again. */
  asked(after: number): void
  forget(): void
}

export function createLogLines(): LogLines {
  const places: (ShownLine | undefined)[] = []
  const tried = new Set<number>()
  let start: number | null = null
  return {
    places,
    add(lines) {
      for (const { number, at, level, text } of lines) {
        const time = Date.parse(at)
        start ??= time
        const since = ((time - start) / 1000).toFixed(3)
        // In their order, so that the array keeps no holes of its own, which would make it slow.
        while (places.length < number) places.push(undefined)
        places[number - 1] = { number, at: since, level: levels[level], text, time }
      }
    },
    reach(total) {
      while (places.length < total) places.push(undefined)
    },
    hole(from, to) {
      for (let number = Math.min(to, places.length); number >= Math.max(1, from); number--) {
        if (places[number - 1]) continue
        const after = Math.floor((number - 1) / page) * page
        if (!tried.has(after)) return after
        number = after + 1
      }
      return null
    },
    asked: (after) => void tried.add(after),
    forget: () => tried.clear(),
  }
}
