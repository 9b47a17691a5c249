/** Pairs of a task without a difference: one narrow row for each, which is written only when it becomes so or ends. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'

export interface Match {
  /** UUIDs. */
  item: string
  actual: string
  /** Seen as it is authorized; or not seen, and nobody expects to see it, as what is in store. */
  code: 'AS_AUTHORIZED' | 'NOT_EXPECTED'
}

/** Columns of a result, in the order of the table. */
const COLUMNS = [
  ...['uuid', 'created_at', 'updated_at', 'version', 'scope_ids', 'run_id', 'kind', 'state', 'configuration_item_id'],
  ...['actual_item_id', 'differences', 'comment', 'resolved_by', 'resolved_at', 'task_id', 'code', 'message'],
  ...['relationships', 'candidate_ids', 'explanation'],
].join(', ')

/** SQL: the matches as results. Nothing is to be decided about one, and the last run of its task found it again. */
export const MATCHES = `(select m.uuid, m.since as created_at, m.since as updated_at, 1 as version, c.scope_ids, l.uuid as run_id,
    'MATCH' as kind, 'RESOLVED' as state, m.configuration_item_id, m.actual_item_id, '[]'::jsonb as differences, null::text as comment,
    null::uuid as resolved_by, m.since as resolved_at, m.task_id, m.code,
    c.name || case m.code when 'AS_AUTHORIZED' then ' is as it should be.'
      else ' is not seen, and nobody expects to see it: it is ' || c.state || '.' end as message,
    '[]'::jsonb as relationships, '{}'::uuid[] as candidate_ids, null::text as explanation
  from reconciliation_match m join configuration_item c on c.uuid = m.configuration_item_id
    left join (select distinct on (task_id) task_id, uuid from reconciliation_run where state = 'SUCCEEDED' and not dry_run
      order by task_id, created_at desc) l on l.task_id = m.task_id)`

export const RESULTS_AND_MATCHES = `(select ${COLUMNS} from reconciliation_result union all select ${COLUMNS} from ${MATCHES} m)`

/** What matches now; `since` of what did before stays. One statement, which writes no row that holds already. */
export async function keepMatches(em: EntityManager, taskId: string, matches: readonly Match[]): Promise<void> {
  await rows(
    em,
    `with now as (select * from unnest($2::uuid[], $3::uuid[], $4::text[]) as n(item, actual, code)),
       ended as (delete from reconciliation_match m where m.task_id = $1
         and not exists (select from now n where n.item = m.configuration_item_id))
     insert into reconciliation_match as m (task_id, configuration_item_id, actual_item_id, code)
     select $1, n.item, n.actual, n.code from now n
       where not exists (select from reconciliation_match o where o.task_id = $1
         and o.configuration_item_id = n.item and o.actual_item_id = n.actual and o.code = n.code)
     on conflict (task_id, configuration_item_id)
       do update set actual_item_id = excluded.actual_item_id, code = excluded.code, since = excluded.since`,
    [taskId, matches.map(({ item }) => item), matches.map(({ actual }) => actual), matches.map(({ code }) => code)],
  )
}
