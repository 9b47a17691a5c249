/** How long runs at one target took, in seconds: a quarter was quicker than `quick`, a tenth slower than `slow`. */
export interface Times {
  runs: number
  quick: number
  median: number
  slow: number
  /** The steps in their order, each with its median. */
  steps: readonly { step: string; seconds: number }[]
}

/** A target that is worked on. */
export interface UnderWay {
  step: string | null
  /** Percent, as the module says it. */
  percent: number
  /** Seconds since it began. */
  spent: number
}

/** How far a deployment is. */
export interface Facts {
  /** Targets nobody is at, and those that are settled. */
  waiting: number
  settled: number
  running: readonly UnderWay[]
  atOnce: number
  /** Runs of this deployment that ended well. */
  own: { runs: number; median: number | null }
}

export interface Reckoned {
  /** Seconds left; null where nothing is known. */
  range: { low: number; high: number } | null
  /** 0 to 100, with fractions. */
  percent: number
  /** How many times as long as in earlier runs its targets take, as far as it goes. */
  pace: number
  /** Of targets under way, the step that takes longer than usual most often. */
  overdue: { step: string; targets: number } | null
}

/** As many runs of this deployment weigh as much as all that was before. */
const BEFORE = 5
/** No range is narrower than this share on each side. */
const LEAST = 0.08
/** What is past its time is taken to have this share of its step before it. */
const REST = 0.1

/**
 * What is left and how far it is, both from the same weights: what each step took in earlier runs, at the pace of this one.
 * `off` is the share by which earlier forecasts missed: the range is at least as wide.
 */
export function reckon(times: Times | null, facts: Facts, off = 0): Reckoned {
  const { waiting, settled, running, atOnce, own } = facts
  const total = waiting + settled + running.length
  const done = (shares: number[]) => (total === 0 ? 0 : (100 * (settled + sum(shares))) / total)
  if (!times || times.median <= 0) {
    const percent = done(running.map((one) => Math.min(99, one.percent) / 100))
    return { range: null, percent, pace: 1, overdue: null }
  }
  const pace = own.median === null ? 1 : (BEFORE + own.runs * (own.median / times.median)) / (BEFORE + own.runs)
  const each = times.median * pace
  const left = running.map((one) => secondsLeft(times, one, pace))
  const percent = done(left.map((seconds) => Math.min(0.99, Math.max(0, 1 - seconds / each))))
  const overdue = longest(times, running, pace)
  if (waiting + running.length === 0) return { range: null, percent, pace, overdue }
  const middle = untilAllAreDone(left, waiting, each, atOnce)
  const spread = 1 / Math.sqrt(1 + own.runs / 4)
  const less = Math.min(0.9, Math.max(LEAST, (1 - times.quick / times.median) * spread, off))
  const more = Math.max(LEAST, (times.slow / times.median - 1) * spread, off)
  return {
    range: { low: middle * (1 - less), high: middle * (1 + more) + beyond(times, running, pace) },
    percent,
    pace,
    overdue,
  }
}

/** What the whole was foretold to take, before its first target. */
export function foretold(times: Times | null, targets: number, atOnce: number, off = 0): Reckoned['range'] {
  return reckon(times, { waiting: targets, settled: 0, running: [], atOnce, own: { runs: 0, median: null } }, off).range
}

function secondsLeft(times: Times, { step, spent }: UnderWay, pace: number): number {
  const whole = times.median * pace
  const at = times.steps.findIndex((each) => each.step === step)
  const measured = sum(times.steps.map(({ seconds }) => seconds))
  if (at < 0 || measured === 0) return Math.max(whole - spent, whole * REST)
  // What lies between steps counts with them, in proportion.
  const scale = whole / measured
  const before = sum(times.steps.slice(0, at).map(({ seconds }) => seconds)) * scale
  const mine = times.steps[at]!.seconds * scale
  const inStep = Math.max(0, spent - before)
  return whole - before - mine + Math.max(mine - inStep, mine * REST)
}

/** Seconds until `waiting` more of `each` are done, as many at once as there may be, each place free when its target is done. */
function untilAllAreDone(left: readonly number[], waiting: number, each: number, atOnce: number): number {
  const last = Math.max(0, ...left)
  const places = Math.max(1, Math.min(atOnce, left.length + waiting))
  const free = [...left, ...Array<number>(Math.max(0, places - left.length)).fill(0)].sort((a, b) => a - b)
  const fits = (end: number) => sum(free.map((at) => Math.max(0, Math.floor((end - at) / each + 1e-9)))) >= waiting
  if (fits(last)) return last
  let [from, to] = [last, (free.at(-1) ?? 0) + Math.ceil(waiting / places + 1) * each]
  for (let turn = 0; turn < 50; turn++) {
    const middle = (from + to) / 2
    if (fits(middle)) to = middle
    else from = middle
  }
  return to
}

/** What is slower than nearly all before may take as long again as it is late: a hang does not end "in a few seconds". */
function beyond(times: Times, running: readonly UnderWay[], pace: number): number {
  return Math.max(0, ...running.map(({ spent }) => spent - times.slow * Math.max(1, pace)))
}

function longest(times: Times, running: readonly UnderWay[], pace: number): Reckoned['overdue'] {
  const late = new Map<string, number>()
  for (const { step, spent } of running) {
    if (step !== null && spent > times.slow * Math.max(1, pace)) late.set(step, (late.get(step) ?? 0) + 1)
  }
  const [worst] = [...late].sort(([, a], [, b]) => b - a)
  return worst ? { step: worst[0], targets: worst[1] } : null
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
