import type { LocationQuery } from 'vue-router'

/** Boards in turn, as the address says: which, for how many seconds each, and which of them is shown. */
export interface Playlist {
  /** `now`, a deployment by its number or id, or a saved view by its id. */
  boards: readonly string[]
  every: number
  turn: number
}

export const usualSeconds = 30
const shortest = 5 // s; nobody reads a board faster
const longest = 3_600 // s
const most = 20 // boards

const one = (value: LocationQuery[string] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''

/** Boards written one after the other with commas; what is empty or stands twice counts once. */
export const boardsOf = (text: string): string[] =>
  [...new Set(text.split(',').map((each) => each.trim()))].filter(Boolean).slice(0, most)

/** Seconds of one board, within reason; 30 where the text is no number. */
export function secondsOf(text: string): number {
  const seconds = Math.round(Number(text))
  return text.trim() && Number.isFinite(seconds) ? Math.min(longest, Math.max(shortest, seconds)) : usualSeconds
}

export function playlistOf(query: LocationQuery): Playlist {
  const boards = boardsOf(one(query.boards))
  const turn = Math.trunc(Number(one(query.turn)))
  return { boards, every: secondsOf(one(query.every)), turn: turn >= 0 && turn < boards.length ? turn : 0 }
}

/** The address of the wall that begins with the first of these boards. */
export const wallPath = (boards: readonly string[], every: number): string =>
  boards.length ? `/wall?${new URLSearchParams({ boards: boards.join(','), every: String(every) })}` : '/wall'

/** The address that shows `path` as the board `turn` of the playlist. */
export function pathOfTurn(path: string, { boards, every }: Playlist, turn: number): string {
  const [page, query = ''] = path.split('#', 1)[0]!.split('?', 2) as [string, string?]
  const parameters = new URLSearchParams(query)
  if (page !== '/wall') parameters.set('wall', '1')
  parameters.set('boards', boards.join(','))
  parameters.set('every', String(every))
  parameters.set('turn', String(turn))
  return `${page}?${parameters}`
}

/** The address without what makes it a wall. */
export function pathWithoutWall(path: string): string {
  const [page, query = ''] = path.split('?', 2) as [string, string?]
  if (page === '/wall') return '/'
  const parameters = new URLSearchParams(query)
  for (const name of ['wall', 'boards', 'every', 'turn']) parameters.delete(name)
  return parameters.size ? `${page}?${parameters}` : page
}
