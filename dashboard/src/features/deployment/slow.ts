/** Words for what takes longer than nearly all runs before it; null where it does not, or where too little is known. */
export function slowness(
  seconds: number | null | undefined,
  usual: { runs: number; seconds: number } | null | undefined,
): string | null {
  if (seconds == null || !usual || seconds <= usual.seconds) return null
  return `longer than 95 % of the last ${usual.runs} runs`
}
