/** How a deployment goes about its targets, as it is typed: whole numbers, or nothing for what is usual. */
export interface Pace {
  maxInFlight: string
  attemptSeconds: string
}

export const usualPace: Pace = { maxInFlight: '', attemptSeconds: '' }

const isWhole = (text: string) => /^\s*\d{1,9}\s*$/.test(text)

/** What is wrong with one of them, in words; whether it is within its bounds, the server says. */
export const wrongAt = (text: string) => (text.trim() === '' || isWhole(text) ? null : 'A whole number, please.')

/** For the input of a mutation, without what was left empty; null while something is no number. */
export function paceInput({ maxInFlight, attemptSeconds }: Pace): {
  maxInFlight?: number
  attemptSeconds?: number
} | null {
  if (wrongAt(maxInFlight) || wrongAt(attemptSeconds)) return null
  return {
    ...(maxInFlight.trim() && { maxInFlight: Number(maxInFlight) }),
    ...(attemptSeconds.trim() && { attemptSeconds: Number(attemptSeconds) }),
  }
}
