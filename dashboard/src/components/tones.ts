/** The visual states, worst first: the order of every list, grid and bar. What a lifecycle's state looks like is decided in graphql/states.ts. */
export const tones = [
  'failed',
  'contradicted',
  'timedout',
  'doubt',
  'running',
  'reported',
  'pending',
  'confirmed',
  'excluded',
] as const
export type Tone = (typeof tones)[number]

/** Tailwind sees class names only when they are written out. */
export const toneText: Record<Tone, string> = {
  failed: 'text-failed',
  contradicted: 'text-contradicted',
  timedout: 'text-timedout',
  doubt: 'text-doubt',
  running: 'text-running',
  reported: 'text-reported',
  pending: 'text-pending',
  confirmed: 'text-confirmed',
  excluded: 'text-excluded',
}

export const toneSoft: Record<Tone, string> = {
  failed: 'bg-failed-soft text-failed',
  contradicted: 'bg-contradicted-soft text-contradicted',
  timedout: 'bg-timedout-soft text-timedout',
  doubt: 'bg-doubt-soft text-doubt',
  running: 'bg-running-soft text-running',
  reported: 'bg-reported-soft text-reported',
  pending: 'bg-pending-soft text-ink-2',
  confirmed: 'bg-confirmed-soft text-confirmed',
  excluded: 'bg-excluded-soft text-ink-2',
}

export const toneFill: Record<Tone, string> = {
  failed: 'bg-failed',
  contradicted: 'bg-contradicted',
  timedout: 'bg-timedout',
  doubt: 'bg-doubt',
  running: 'bg-running',
  reported: 'bg-reported',
  pending: 'bg-line',
  confirmed: 'bg-confirmed',
  excluded: 'hatched',
}
