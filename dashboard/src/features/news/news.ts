import type { Tone } from '../../components/tones.ts'

/** How much something presses: an alarm is trouble now, what waits needs a person, news is only good to know. */
export const severities = ['alarm', 'waiting', 'news'] as const
export type Severity = (typeof severities)[number]

/** What can have become of a deployment that somebody may want to hear of. */
export const kinds = {
  intervention: { severity: 'alarm', tone: 'timedout', words: 'needs a decision' },
  failed: { severity: 'alarm', tone: 'failed', words: 'failed' },
  partial: { severity: 'alarm', tone: 'timedout', words: 'ended in part' },
  contradicted: { severity: 'alarm', tone: 'contradicted', words: 'is not what was reported' },
  approval: { severity: 'waiting', tone: 'timedout', words: 'awaits your approval' },
  invalidated: { severity: 'waiting', tone: 'timedout', words: 'is no longer valid: check it again' },
  ended: { severity: 'news', tone: 'confirmed', words: 'ended well' },
  // Of several deployments at once, when nobody listened for longer than the log is kept.
  awayTrouble: { severity: 'alarm', tone: 'failed', words: 'changed while you were away' },
  awayWaiting: { severity: 'waiting', tone: 'timedout', words: 'changed while you were away' },
  away: { severity: 'news', tone: 'confirmed', words: 'changed while you were away' },
} as const satisfies Record<string, { severity: Severity; tone: Tone; words: string }>
export type Kind = keyof typeof kinds

/** One line of the list. */
export interface Note {
  /** Number of the event in the log. */
  seq: number
  /** Epoch milliseconds. */
  at: number
  kind: Kind
  /** Null where it is about several. */
  deployment: string | null
  number: string
  title: string
  /** Why, in words, where there is a cause. */
  cause: string | null
}

/** A deployment as far as it says whether it is news. */
export interface Looked {
  state: string
  confirmation: string
  allowedActions: readonly string[]
}

const awayOf = { alarm: 'awayTrouble', waiting: 'awayWaiting', news: 'away' } as const

/** What became of deployments while nobody listened, in one line: the worst first. Null where nothing is worth it. */
export function summaryOf(became: readonly Kind[]): Pick<Note, 'kind' | 'number' | 'title'> | null {
  const found = severities.flatMap((severity) =>
    (Object.keys(kinds) as Kind[])
      .filter((kind) => kinds[kind].severity === severity)
      .map((kind) => ({ severity, kind, count: became.filter((one) => one === kind).length }))
      .filter(({ count }) => count > 0),
  )
  if (!found[0]) return null
  return {
    kind: awayOf[found[0].severity],
    number: became.length === 1 ? '1 deployment' : `${became.length} deployments`,
    title: found.map(({ kind, count }) => `${count} ${counted[kind] ?? kinds[kind].words}`).join(', '),
  }
}
/** Where the words are said of one only. */
const counted: Partial<Record<Kind, string>> = {
  intervention: 'in need of a decision',
  contradicted: 'not what was reported',
  approval: 'awaiting your approval',
  invalidated: 'no longer valid',
}

/** What this deployment has to say to the reader now, if anything. */
export function kindOf({ state, confirmation, allowedActions }: Looked): Kind | null {
  if (confirmation === 'CONTRADICTED') return 'contradicted'
  switch (state) {
    case 'INTERVENTION':
      return 'intervention'
    case 'FAILED':
      return 'failed'
    case 'PARTIAL':
      return 'partial'
    case 'INVALIDATED':
      return 'invalidated'
    case 'AWAITING_APPROVAL':
      return allowedActions.includes('approve') ? 'approval' : null
    case 'SUCCEEDED':
      return confirmation === 'CONFIRMED' ? 'ended' : null
    default:
      return null
  }
}
