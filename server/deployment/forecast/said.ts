import type { Reckoned } from './reckon.ts'

/** What was last said of a deployment. Times in seconds since some instant. */
export interface Said {
  at: number
  low: number | null
  high: number | null
  percent: number
  paused: boolean
  /** Targets that are tried again, and those that wait for another deployment. */
  again: number
  deferred: number
  /** Why it jumped back, and when. */
  reason: string | null
  reasonAt: number | null
  /** The latest end that was held out, in seconds from `promisedAt`: what a later word is measured by. */
  promised: number | null
  promisedAt: number | null
}

/** What is so now. */
export interface Present extends Reckoned {
  at: number
  paused: boolean
  again: number
  deferred: number
  /** Earlier runs at the median, and those of this deployment, in seconds. */
  usual: number | null
  own: number | null
}

/** By so much an end may slip without a word. */
const SLACK = 0.1
const GRACE = 1 // s; below it nobody sees a jump
/** A reason is told for so long, unless another takes its place. */
const TOLD = 600 // s

/**
 * What is said next. The end that was held out slips by more than a tenth, or the percent falls, only with a reason, which is
 * said with it. Small slips do not add up: they are measured by what was held out last.
 */
export function sayNext(before: Said | null, now: Present): Said {
  const happened = before && whatHappened(before, now)
  const limit = before?.promised == null ? null : before.promisedAt! + before.promised * (1 + SLACK) + GRACE
  const end = now.range && now.at + now.range.high
  const slipped = limit !== null && end !== null && end > limit
  const reason = happened ?? (slipped ? whySlow(now) : null)
  const percent = Math.min(Math.floor(now.percent), 100)
  const told = before?.reason != null && (now.paused || now.at - before.reasonAt! < TOLD) ? before : null
  const earlier = before?.promised == null || (end !== null && end < before.promisedAt! + before.promised)
  const anew = reason !== null || earlier
  return {
    at: now.at,
    low: now.range?.low ?? null,
    high: now.range?.high ?? null,
    percent: before && !reason ? Math.max(before.percent, percent) : percent,
    paused: now.paused,
    again: now.again,
    deferred: now.deferred,
    reason: reason ?? told?.reason ?? null,
    reasonAt: reason && !(before?.paused && now.paused) ? now.at : (told?.reasonAt ?? null),
    promised: anew ? (now.range?.high ?? null) : before.promised,
    promisedAt: anew ? (now.range ? now.at : null) : before.promisedAt,
  }
}

/** What somebody did, or another deployment does, since it was last looked at. */
function whatHappened(before: Said, now: Present): string | null {
  if (now.paused) return 'It is paused.'
  if (before.paused) return 'It was paused.'
  if (now.again > before.again) return triedAgain(now.again)
  if (now.deferred > before.deferred)
    return `${targets(now.deferred)} ${now.deferred === 1 ? 'waits' : 'wait'} for another deployment.`
  return null
}

export const triedAgain = (count: number) => `${targets(count)} ${count === 1 ? 'is' : 'are'} tried again.`

/** Nothing happened, and yet it takes longer: then something takes longer than it did before, and that is what is said. */
function whySlow({ overdue, usual, own }: Present): string {
  if (overdue) return `The step "${overdue.step}" takes longer than usual at ${targets(overdue.targets)}.`
  if (usual !== null && own !== null && own > usual * (1 + SLACK))
    return `Targets take ${inSeconds(own)} instead of ${inSeconds(usual)} in earlier runs, at the median.`
  return 'It takes longer than earlier runs.'
}

const targets = (count: number) => (count === 1 ? '1 target' : `${count} targets`)
const inSeconds = (seconds: number) => `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
