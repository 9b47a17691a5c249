import type { Problem, Where } from '../adapter.ts'

export const problem = (severity: Problem['severity'], rule: string, message: string, where: Where): Problem => ({
  kind: 'problem',
  severity,
  rule,
  message,
  where,
})

/** Of one kind, told one by one; the others are counted. */
const MOST_TOLD = 20
/** Rules that speak of a class, not of each of its elements. */
const ONCE = ['class-ancestor']

/** Keeps a book with a million equal faults from making a million problems. */
export class Warnings {
  private readonly told = new Map<string, { count: number; last: Problem }>()

  /** The problem, if it is still to be told; `of` is what it has in common with its like. */
  take(of: string, warning: Problem): Problem | undefined {
    const kind = `${warning.rule} ${of}`
    const count = (this.told.get(kind)?.count ?? 0) + 1
    this.told.set(kind, { count, last: warning })
    return count <= (ONCE.includes(warning.rule) ? 1 : MOST_TOLD) ? warning : undefined
  }

  /** What was counted, one problem a kind. */
  rest(): Problem[] {
    return [...this.told.values()].flatMap(({ count, last }) => {
      if (count <= MOST_TOLD || ONCE.includes(last.rule)) return []
      const message = `${count - MOST_TOLD} more like this, the last in line ${last.where?.line}. ${last.message}`
      return [{ ...last, message }]
    })
  }
}
