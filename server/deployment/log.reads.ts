import { batch, groupedBy } from '../kernel/batch.ts'
import { MAX_PAGE } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { LogLine, LogPage, logLevels, type LogLevel } from './deployment.types.ts'
import type { DeploymentTarget } from './target.entity.ts'

interface LogRow {
  target_id: string
  attempt_id: string
  number: number
  at: string
  level: LogLevel
  text: string
}

export interface LogArgs {
  first: number
  after?: number | null
  /** The least important level that is wanted. */
  level?: LogLevel | null
}

/** A stretch of the log of a target, all targets of a level in one statement. */
export async function logOf(context: Context, target: DeploymentTarget, args: LogArgs): Promise<LogPage> {
  const { first, after = 0, level } = args
  if (first < 1 || first > MAX_PAGE) {
    throw new BadInput(`A page of a log holds 1 to ${MAX_PAGE} lines; ${first} were asked for.`, { field: ['first'] })
  }
  const levels = level ? logLevels.slice(logLevels.indexOf(level)) : logLevels
  const found = await batch(context, `log:${JSON.stringify(args)}`, target.uuid, async (uuids) => {
    const all = await rows<LogRow>(
      context.em,
      `select l.* from unnest($1::uuid[]) as t(id) cross join lateral (
         select * from attempt_log where target_id = t.id and number > $2 and level = any($3::text[])
         order by number limit $4) l order by l.number`,
      [uuids, after ?? 0, levels, first + 1],
    )
    return groupedBy(all, (line) => line.target_id)
  })
  const lines = found ?? []
  return Object.assign(new LogPage(), {
    lines: lines.slice(0, first).map(lineOf),
    hasMore: lines.length > first,
    total: target.logCount,
    firstError: target.firstError,
  })
}

const lineOf = ({ attempt_id, number, at, level, text }: LogRow): LogLine =>
  Object.assign(new LogLine(), { number, at, level, text, attemptId: toNodeId('att', attempt_id) })
