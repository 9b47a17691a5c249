import type { FindingSeverity } from '../finding.entity.ts'
import type { Recorder } from '../recorder.ts'

export interface NewFinding {
  severity: FindingSeverity
  /** A few words: what is wrong. */
  title: string
  /** A sentence that names the item and what was seen. */
  message: string
  /** What can be done about it. */
  advice?: string
  /**
   * `elsewhere` lists what lies beyond the finding's item. Who sees only a part of the estate is told how many those are and
   * not the message, which names them.
   */
  evidence?: Record<string, unknown>
  item?: { uuid: string; name: string }
}

/**
 * One thing that is checked before a deployment runs. It learns about the world through the recorder alone. To add one:
 * a file here, a line in `all-rules.ts`, a case table in test/unit/validation/rules.test.ts.
 */
export interface Rule {
  id: string
  title: string
  /** What a deployment that follows the rule looks like: the sentence of the PASS finding. */
  holds: string
  check(recorder: Recorder): Promise<NewFinding[]>
}

type More = Omit<NewFinding, 'severity' | 'title' | 'message'>

export function block(title: string, message: string, more: More = {}): NewFinding {
  return { severity: 'BLOCK', title, message, ...more }
}

export function warning(title: string, message: string, more: More = {}): NewFinding {
  return { severity: 'WARNING', title, message, ...more }
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], total = names.length, most = 5): string {
  const shown = names.slice(0, most)
  const rest = total - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
