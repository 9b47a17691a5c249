import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import { ReconciliationTask } from './reconciliation-task.entity.ts'

export const reconciliationTaskOf = (context: Context, uuid: string): Promise<ReconciliationTask | null> =>
  batch(context, 'reconciliationTask', uuid, (uuids) => reconciliationTasks(context, uuids))

/** How things are compared is no secret of a site. */
async function reconciliationTasks(context: Context, uuids: string[]): Promise<Map<string, ReconciliationTask>> {
  const found = await rows<object>(context.em, 'select x.* from reconciliation_task x where x.uuid = any($1::uuid[])', [
    uuids,
  ])
  return byKey(lean(context.em, ReconciliationTask, found), ({ uuid }) => uuid)
}

export function reconciliationTaskPage(context: Context, page: PageArgs): Promise<Page<ReconciliationTask>> {
  const query = {
    select: 'x.*',
    from: 'reconciliation_task x',
    order: [
      { column: 'x.name', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return pageOf(context.em, query, page, (found) => lean(context.em, ReconciliationTask, found))
}

export function lastRunOf(context: Context, taskId: string): Promise<ReconciliationRun | null> {
  return batch(context, 'lastReconciliationRun', taskId, async (uuids) => {
    const found = await rows<object>(
      context.em,
      'select distinct on (x.task_id) x.* from reconciliation_run x where x.task_id = any($1::uuid[]) order by x.task_id, x.created_at desc',
      [uuids],
    )
    return byKey(lean(context.em, ReconciliationRun, found), (run) => run.taskId)
  })
}

export function ignoreRulePage(context: Context, page: PageArgs): Promise<Page<ReconciliationIgnoreRule>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const query = {
    select: 'x.*',
    from: 'reconciliation_ignore_rule x',
    where: scope ? [scope] : [],
    values,
    order: [
      { column: 'x.created_at', cast: 'timestamptz', descending: true },
      { column: 'x.uuid', cast: 'uuid', descending: true },
    ],
  }
  return pageOf(context.em, query, page, (found) => lean(context.em, ReconciliationIgnoreRule, found))
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const taskNodeLoaders = {
  rct: reconciliationTasks,
  rci: async (context: Context, uuids: string[]): Promise<Map<string, object>> => {
    const values: unknown[] = [uuids]
    const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
    const found = await rows<object>(
      context.em,
      `select x.* from reconciliation_ignore_rule x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
      values,
    )
    return byKey(lean(context.em, ReconciliationIgnoreRule, found), ({ uuid }) => uuid)
  },
}
