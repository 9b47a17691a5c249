import { placeOf } from './outcomes.ts'

/** A page of moves as the API answers them, one array per column. */
export interface MovesPage {
  id: readonly number[]
  idx: readonly number[]
  at: readonly number[]
  state: readonly string[]
  confirmation: readonly string[]
  percent: readonly number[]
}
interface Move {
  id: number
  idx: number
  /** Milliseconds since 1970. */
  at: number
  place: number
  percent: number
}

/** Every move of every target in the order of time; any moment is a walk over them, so a drag asks nobody. */
export interface Replay {
  readonly moves: readonly Move[]
  /** Takes what is not there yet; answers whether there was some. */
  add(page: MovesPage): boolean
  /** What `size` targets were at `at`: places of outcomes and percents. Who has not moved was pending. */
  foldTo(at: number, size: number): { state: Uint8Array; percent: Uint8Array }
}

export function createReplay(): Replay {
  const moves: Move[] = []
  const known = new Set<number>()
  return {
    moves,
    add(page) {
      const before = moves.length
      page.id.forEach((id, i) => {
        if (known.has(id)) return
        known.add(id)
        const place = placeOf(page.state[i]!, page.confirmation[i]!)
        moves.push({ id, idx: page.idx[i]!, at: page.at[i]!, place, percent: page.percent[i]! })
      })
      const added = moves.length > before
      // Nearly always in order already; a move that was committed late goes back to its place.
      if (added) moves.sort((a, b) => a.at - b.at || a.id - b.id)
      return added
    },
    foldTo(at, size) {
      const state = new Uint8Array(size).fill(placeOf('PENDING', 'AWAITED'))
      const percent = new Uint8Array(size)
      for (const move of moves) {
        if (move.at > at) break
        state[move.idx] = move.place
        percent[move.idx] = move.percent
      }
      return { state, percent }
    },
  }
}

/**
 * The instants at which something moved, in whole milliseconds and each once. Rounded up, so that the moment includes
 * what it is named after.
 */
export function stepsOf(moves: readonly { at: number }[], more: readonly number[] = []): number[] {
  return [...new Set([...moves.map(({ at }) => Math.ceil(at)), ...more.map(Math.ceil)])].sort((a, b) => a - b)
}
