import type { EntityManager } from '@mikro-orm/postgresql'
import { record } from '../../kernel/events.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { LogLine, Progress, Report } from '../../integrations/integration.ts'
import type { ProgressRow } from './progress.ts'

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const
const LONGEST_LINE = 4_000 // characters
/** A module that writes faster than this between two flushes loses lines, and is told so in the log. */
const MOST_LINES = 5_000

interface BufferedLine {
  attemptId: string
  at: string
  level: (typeof LEVELS)[keyof typeof LEVELS]
  text: string
}

interface Buffered {
  progress: Progress[]
  lines: BufferedLine[]
}

/** What modules say while they work, kept until the next flush: only the newest progress of each attempt, and all lines. */
export class Reports implements Report {
  private newest = new Map<string, Progress>()
  private lines: BufferedLine[] = []
  private readonly errors = new Map<string, string>()

  constructor(private readonly onNews: () => void) {}

  progress(progress: Progress): void {
    this.newest.set(progress.attemptId, progress)
    this.onNews()
  }

  log({ attemptId, level, line }: LogLine): void {
    // PostgreSQL keeps no NUL and no half of a surrogate pair.
    const text = line.replaceAll('\0', '').toWellFormed().slice(0, LONGEST_LINE)
    if (level === 'error') this.errors.set(attemptId, text)
    if (this.lines.length < MOST_LINES) {
      this.lines.push({ attemptId, at: new Date().toISOString(), level: LEVELS[level] ?? 'INFO', text })
    } else if (this.lines.length === MOST_LINES) {
      const lost = 'Too many lines at once: some were not kept.'
      this.lines.push({ attemptId, at: new Date().toISOString(), level: 'WARNING', text: lost })
    }
    this.onNews()
  }

  get waiting(): boolean {
    return this.newest.size > 0 || this.lines.length > 0
  }

  /** The last error line of an attempt: the cause, where the module names none. */
  lastError(attemptId: string): string | null {
    return this.errors.get(attemptId) ?? null
  }

  forget(attemptId: string): void {
    this.errors.delete(attemptId)
  }

  take(): Buffered {
    const taken = { progress: [...this.newest.values()], lines: this.lines }
    this.newest = new Map()
    this.lines = []
    return taken
  }

  /** After a failed flush; what came meanwhile is newer. */
  putBack({ progress, lines }: Buffered): void {
    for (const one of progress) if (!this.newest.has(one.attemptId)) this.newest.set(one.attemptId, one)
    this.lines = [...lines, ...this.lines]
  }
}

interface FlushedRow extends ProgressRow {
  target_id: string
  attempt_id: string
  base: number
}

/** Writes what was buffered: targets in one statement, lines in one, and the event of the lines. */
export async function flush(
  em: EntityManager,
  me: string,
  deployment: { uuid: string; version: number; scopeIds: readonly string[]; steps: string[] },
  { progress, lines }: Buffered,
): Promise<ProgressRow[]> {
  if (progress.length === 0 && lines.length === 0) return []
  const steps = await knownSteps(em, deployment, progress)
  const byAttempt = new Map<string, BufferedLine[]>()
  for (const line of lines) byAttempt.set(line.attemptId, [...(byAttempt.get(line.attemptId) ?? []), line])
  const newest = new Map(progress.map((one) => [one.attemptId, one]))
  const input = [...new Set([...newest.keys(), ...byAttempt.keys()])].map((attemptId) => {
    const at = newest.get(attemptId)
    const said = byAttempt.get(attemptId) ?? []
    return {
      attempt_id: attemptId,
      percent: at ? Math.max(0, Math.min(99, Math.round(at.percent) || 0)) : null,
      step: at ? steps.indexOf(at.step) : null,
      lines: said.length,
      error: said.findIndex(({ level }) => level === 'ERROR') + 1,
    }
  })
  const written = await rows<FlushedRow>(
    em,
    `with input as (
       select * from jsonb_to_recordset($1::jsonb) as i(attempt_id uuid, percent int, step int, lines int, error int)
     ), begun as (
       update attempt a set state = 'RUNNING' from input i
       where a.uuid = i.attempt_id and a.state = 'STARTING' and a.process_id = $2
     )
     update deployment_target t set percent = greatest(t.percent, coalesce(i.percent, 0)),
       step_index = coalesce(i.step, t.step_index), log_count = t.log_count + i.lines,
       first_error = coalesce(t.first_error, case when i.error > 0 then t.log_count + i.error end), updated_at = now()
     from input i where t.attempt_id = i.attempt_id and t.deployment_id = $3 and t.state in ('RUNNING', 'IN_DOUBT')
     returning t.uuid as target_id, t.attempt_id, t.log_count - i.lines as base, t.idx, t.state, t.confirmation, t.percent, t.step_index`,
    [JSON.stringify(input), me, deployment.uuid],
  )
  await writeLines(em, deployment, byAttempt, written)
  return written
}

async function writeLines(
  em: EntityManager,
  deployment: { uuid: string; version: number; scopeIds: readonly string[] },
  byAttempt: Map<string, BufferedLine[]>,
  written: FlushedRow[],
): Promise<void> {
  const numbered = written.flatMap(({ target_id: targetId, attempt_id: attemptId, base }) =>
    (byAttempt.get(attemptId) ?? []).map((line, index) => ({ targetId, ...line, number: base + index + 1 })),
  )
  if (numbered.length === 0) return
  await rows(
    em,
    `insert into attempt_log (target_id, number, attempt_id, at, level, text)
     select "targetId", number, "attemptId", at, level, text from jsonb_to_recordset($1::jsonb)
       as l("targetId" uuid, number int, "attemptId" uuid, at timestamptz, level text, text text)`,
    [JSON.stringify(numbered)],
  )
  await record(em, {
    topic: 'deployment.log',
    subject: deployment.uuid,
    version: deployment.version,
    scopeIds: deployment.scopeIds,
    payload: { lines: numbered },
  })
}

/** The deployment's names of steps, with those that a module says for the first time. */
async function knownSteps(
  em: EntityManager,
  deployment: { uuid: string; steps: string[] },
  progress: Progress[],
): Promise<string[]> {
  const fresh = progress.toSorted((a, b) => a.index - b.index).map(({ step }) => step)
  const missing = [...new Set(fresh)].filter((step) => !deployment.steps.includes(step))
  if (missing.length === 0) return deployment.steps
  const updated = await row<{ steps: string[] }>(
    em,
    `update deployment set steps = steps || $2::text[] where uuid = $1 returning steps`,
    [deployment.uuid, missing],
  )
  return updated!.steps
}
