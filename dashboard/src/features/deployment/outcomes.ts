import { tones, type Tone } from '../../components/tones.ts'
import { outcomeOf, toneOf } from '../../graphql/states.ts'

/** What a target can have come to: its state, or what was confirmed afterwards. The index is what the hot store keeps. */
export const outcomes = [
  'PENDING',
  'DEFERRED',
  'RUNNING',
  'REPORTED_OK',
  'FAILED',
  'TIMED_OUT',
  'IN_DOUBT',
  'EXCLUDED',
  'CANCELLED',
  'CONFIRMED',
  'CONTRADICTED',
  'UNCONFIRMED',
] as const

const places = new Map<string, number>(outcomes.map((outcome, at) => [outcome, at]))
const outcomeTones: readonly Tone[] = outcomes.map(toneOf)

export const placeOf = (state: string, confirmation: string) => places.get(outcomeOf({ state, confirmation })) ?? 0
export const toneAt = (place: number): Tone => outcomeTones[place] ?? 'pending'

/** Trouble has a place before everything else: the worse, the smaller. Null for what is well. */
export function troubleAt(place: number): number | null {
  const rank = tones.indexOf(toneAt(place))
  return rank < tones.indexOf('running') ? rank : null
}
