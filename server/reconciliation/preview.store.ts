/** What a dry run found, kept until the next dry run of its task: as much as a result says, and nothing to decide. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { childPage } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import type { Finding } from './compare.ts'
import { PreviewLine } from './preview.type.ts'
import type { ReconciliationKind } from './reconciliation-result.entity.ts'
import type { ReconciliationRun } from './reconciliation-run.entity.ts'
import { asRows, CANDIDATES, FINDING_COLUMNS, SCOPES } from './results.store.ts'

const AT_ONCE = 5_000 // findings

export async function keepPreview(
  em: EntityManager,
  { uuid, taskId }: Pick<ReconciliationRun, 'uuid' | 'taskId'>,
  findings: readonly Finding[],
): Promise<void> {
  await rows(
    em,
    'delete from reconciliation_preview p using reconciliation_run r where r.uuid = p.run_id and r.task_id = $1',
    [taskId],
  )
  for (let first = 0; first < findings.length; first += AT_ONCE) {
    await rows(
      em,
      `insert into reconciliation_preview (run_id, ordinal, kind, configuration_item_id, actual_item_id, differences, relationships,
         scope_ids, code, message, candidate_ids, explanation)
       select $2, $3 + (row_number() over ())::int, f.kind, f.item, f.actual, f.differences, f.relationships, ${SCOPES}, f.code, f.message,
         ${CANDIDATES}, f.explanation
       from jsonb_to_recordset($1::jsonb) as f(${FINDING_COLUMNS})`,
      [asRows(findings.slice(first, first + AT_ONCE)), uuid, first],
    )
  }
}

/** Findings about items that the caller sees; those about nothing authorized only for who sees the whole estate. */
export function previewOf(
  context: Context,
  runId: string,
  kinds: readonly ReconciliationKind[] | null,
  page: PageArgs,
): Promise<Page<PreviewLine>> {
  const values: unknown[] = []
  const where: string[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  if (scope) where.push(scope)
  if (kinds) {
    values.push(kinds)
    where.push(`x.kind = any($${values.length}::text[])`)
  }
  const query = {
    select: `x.kind, x.code, x.message, x.differences, x.relationships, x.explanation, x.configuration_item_id as "configurationItemId",
      x.actual_item_id as "actualItemId", x.candidate_ids::text[] as "candidateIds"`,
    from: 'reconciliation_preview x',
    where,
    values,
    order: [{ column: 'x.ordinal', cast: 'integer' }],
  }
  return childPage(context, 'reconciliationPreview', runId, 'x.run_id', query, page, (found) =>
    found.map((one) => Object.assign(new PreviewLine(), one)),
  )
}
