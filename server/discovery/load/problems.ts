import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { withoutSecrets } from '../../kernel/secrets.ts'
import type { Problem, Where } from '../adapters/adapter.ts'
import type { Told } from './interrupted.ts'

/** Of each rule so many are kept one by one; a book of a million bad elements must not fill the disk. */
const KEPT = 1_000

interface Row {
  scope: string
  severity: Problem['severity']
  rule: string
  message: string
  source: string | null
  line: number | null
  col: number | null
  element: string | null
}

/** The scope of what is found while it is taken over; no scope of an adapter has a line break. */
export const OF_LOAD = 'load\n'

/** What could not be taken over, gathered while a run reads and written with its batches. */
export class Problems {
  private waiting: Row[] = []
  private readonly counts = new Map<string, number>()
  /** What is said once. */
  private readonly left: Set<string>
  private warnings = 0
  private errors = 0

  constructor(
    private readonly runId: string,
    /** What an earlier try of the run told of the scopes that it finished. */
    told: readonly Told[],
  ) {
    for (const { rule } of told) this.counts.set(rule, (this.counts.get(rule) ?? 0) + 1)
    this.left = new Set(told.flatMap(({ rule, message }) => (rule === 'attribute' ? [message] : [])))
  }

  add({ severity, rule, message, where }: Problem, scope = ''): void {
    if (severity === 'error') this.errors++
    else this.warnings++
    const count = (this.counts.get(rule) ?? 0) + 1
    this.counts.set(rule, count)
    if (count > KEPT) return
    this.waiting.push({
      scope,
      severity,
      rule: rule.slice(0, 100),
      message: (withoutSecrets(message) as string).slice(0, 1_000),
      source: where?.source ?? null,
      line: where?.line ?? null,
      col: where?.column ?? null,
      element: where?.element?.slice(0, 500) ?? null,
    })
    if (count === KEPT)
      this.waiting.push({
        scope,
        severity,
        rule,
        message: `From here on further problems of the rule "${rule}" are only counted.`,
        source: null,
        line: null,
        col: null,
        element: null,
      })
  }

  /** Said once for a class and attribute, at the first element that has it. */
  leftOut(className: string, attribute: string, why: string, where: Where | undefined, scope: string): void {
    const message = `${className} ${attribute} was left out: ${why}.`
    if (this.left.has(message)) return
    this.left.add(message)
    this.add({ kind: 'problem', severity: 'warning', rule: 'attribute', message, ...(where ? { where } : {}) }, scope)
  }

  /** Hands over what was gathered: writing it comes later, when more may have been gathered already. */
  take(): (em: EntityManager) => Promise<void> {
    const { runId, waiting, warnings, errors } = this
    this.waiting = []
    this.warnings = this.errors = 0
    return async (em) => {
      if (warnings + errors === 0) return
      await writeProblems(em, runId, waiting)
      await rows(em, 'update discovery_run set warnings = warnings + $2, errors = errors + $3 where uuid = $1', [
        runId,
        warnings,
        errors,
      ])
    }
  }
}

async function writeProblems(em: EntityManager, runId: string, problems: readonly Row[]): Promise<void> {
  if (problems.length === 0) return
  await rows(
    em,
    `insert into discovery_problem (run_id, scope, severity, rule, message, source, line, col, element)
     select $2, p.* from json_to_recordset($1::json)
       as p(scope text, severity text, rule text, message text, source text, line int, col int, element text)`,
    [JSON.stringify(problems).replaceAll('\\u0000', ''), runId],
  )
}

/** Counts what a load leaves out; written to the run at its end, because its row is not locked before. */
export interface Tally {
  runId: string
  warnings: number
}

/** Warnings that a statement finds: `select` gives message, source, line and element, in the order in which they are told. */
export async function warnOf(
  em: EntityManager,
  tally: Tally,
  rule: string,
  select: string,
  values: readonly unknown[] = [],
): Promise<void> {
  const [found] = await rows<{ n: string }>(
    em,
    `with found as materialized (${select}), kept as (
       insert into discovery_problem (run_id, scope, severity, rule, message, source, line, element)
       select '${tally.runId}', '${OF_LOAD}', 'warning', '${rule}', message, source, line, element from found limit ${KEPT})
     select count(*) as n from found`,
    values,
  )
  tally.warnings += Number(found!.n)
}
