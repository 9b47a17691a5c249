import { BadInput } from '../../kernel/errors.ts'

const LONGEST = 1000 // characters

/** What somebody wrote, without the blanks around it; null when that is nothing. */
export function textOf(text: string | null | undefined, field: string): string | null {
  const trimmed = text?.trim() || null
  if (trimmed && trimmed.length > LONGEST) {
    throw new BadInput(`Keep it short: at most ${LONGEST} characters, not ${trimmed.length}.`, { field: [field] })
  }
  return trimmed
}
