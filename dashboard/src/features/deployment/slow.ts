/** Words for what takes longer than nearly all runs before it; null where it does not, or where too little is known. */
export function slowness(
  seconds: number | null | undefined,
  usual: { runs: number; seconds: number } | null | undefined,
): string | null {
  if (seconds == null || !usual || seconds <= usual.seconds) return null
  return `longer than 95 % of the last ${usual.runs} runs`
}

interface Step {
  state: string
  seconds?: number | null
}

/**
 * How long a step took, or one that runs has taken by `now` (epoch milliseconds); null before it. Steps follow each other:
 * one that runs began when those before it had taken their time, and what lies between two steps counts with it.
 */
export function secondsOf(
  step: Step,
  { startedAt, steps }: { startedAt?: string | null; steps: readonly Step[] },
  now: number,
): number | null {
  if (step.state !== 'RUNNING' || !startedAt) return step.seconds ?? null
  const before = steps.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0)
  return Math.max(0, (now - Date.parse(startedAt)) / 1000 - before)
}
