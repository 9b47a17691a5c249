/** Keeps what was found as results, all of them in a few statements. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { recordMany } from '../kernel/events.ts'
import { rows } from '../kernel/sql.ts'
import type { Finding } from './compare.ts'
import type { ReconciliationRun } from './reconciliation-run.entity.ts'
import { EVERYTHING } from './reconciliation-task.entity.ts'
import type { ResultState } from './reconciliation.lifecycle.ts'

/** Who found it. */
export interface Finder {
  /** Null: a promotion did. Its results are open until a run of everything does not find them any more. */
  run: Pick<ReconciliationRun, 'uuid' | 'number' | 'taskId'> | null
  /** Nothing but these results was looked for; without it, all of the task. */
  only?: { code: string; actualIds: readonly string[] }
}

const nameOf = ({ run }: Finder) => run?.number ?? 'a promotion'
const taskOf = ({ run }: Finder) => run?.taskId ?? EVERYTHING

/** A finding as a row of JSON, and how a statement reads it as `f`. */
export const FINDING_COLUMNS = `kind text, item uuid, actual uuid, differences jsonb, scope_ids jsonb, code text, message text,
  relationships jsonb, candidates jsonb, explanation text`
export const asRows = (findings: readonly Finding[]) =>
  JSON.stringify(
    findings.map((finding) => ({
      kind: finding.kind,
      item: finding.configurationItemId,
      actual: finding.actualItemId,
      differences: finding.differences,
      scope_ids: finding.scopeIds,
      code: finding.code,
      message: finding.message,
      relationships: finding.relationships,
      candidates: finding.candidateIds,
      explanation: finding.explanation,
    })),
  )
export const CANDIDATES = 'array(select jsonb_array_elements_text(f.candidates))::uuid[]'
export const SCOPES = 'array(select jsonb_array_elements_text(f.scope_ids))::uuid[]'
const SAME = `r.kind = f.kind and r.configuration_item_id is not distinct from f.item and r.actual_item_id is not distinct from f.actual`

/** What still holds stays and is of this run, what does not is closed, what is new opens. An ignored one stays so until it differs. */
export async function keepResults(em: EntityManager, finder: Finder, findings: readonly Finding[]): Promise<void> {
  const held = await rows<{ uuid: string }>(
    em,
    `update reconciliation_result r set run_id = $2, differences = f.differences, relationships = f.relationships, updated_at = now(),
       scope_ids = ${SCOPES}, code = f.code, message = f.message, candidate_ids = ${CANDIDATES}, explanation = f.explanation,
       version = r.version + (r.differences <> f.differences or r.relationships <> f.relationships)::int
     from jsonb_to_recordset($1::jsonb) as f(${FINDING_COLUMNS})
     where ${SAME} and r.task_id = $3
       and (r.state = 'OPEN' or (r.state = 'IGNORED' and r.differences = f.differences and r.relationships = f.relationships
           and r.candidate_ids = ${CANDIDATES}))
     returning r.uuid`,
    [asRows(findings), finder.run?.uuid ?? null, taskOf(finder)],
  )
  const kept = held.map(({ uuid }) => uuid)
  await close(em, finder, kept)
  await addResults(em, finder, findings, 'OPEN', kept)
}

async function close(em: EntityManager, finder: Finder, kept: readonly string[]): Promise<void> {
  const said = `It does not hold any more, says ${nameOf(finder)}.`
  const closed = await rows<{ uuid: string; from_state: string }>(
    em,
    `update reconciliation_result r set state = 'RESOLVED', resolved_at = now(), updated_at = now(), version = r.version + 1,
       comment = coalesce(r.comment, $1)
     from (select uuid, state as from_state from reconciliation_result where state in ('OPEN', 'IGNORED') and task_id = $2
         and not (uuid = any($3::uuid[])) and ($4::text is null or code = $4 and actual_item_id = any($5::uuid[])) for update) old
     where r.uuid = old.uuid returning r.uuid, old.from_state`,
    [said, taskOf(finder), kept, finder.only?.code ?? null, finder.only?.actualIds ?? []],
  )
  if (closed.length === 0) return
  await rows(
    em,
    `insert into history (uuid, subject, action, from_state, to_state, reason)
     select gen_random_uuid(), h.uuid, 'close', h.from_state, 'RESOLVED', $3 from unnest($1::uuid[], $2::text[]) as h(uuid, from_state)`,
    [closed.map(({ uuid }) => uuid), closed.map(({ from_state }) => from_state), said],
  )
}

/** Adds what is not among the `kept`; of a run the change of the run tells of them, of a promotion each tells of itself. */
export async function addResults(
  em: EntityManager,
  finder: Finder,
  findings: readonly Finding[],
  state: ResultState,
  kept: readonly string[] = [],
): Promise<void> {
  if (findings.length === 0) return
  const fresh = await rows<{ uuid: string; scope_ids: string[] }>(
    em,
    `insert into reconciliation_result (uuid, run_id, kind, state, configuration_item_id, actual_item_id, differences, scope_ids, resolved_at,
       task_id, code, message, relationships, candidate_ids, explanation)
     select gen_random_uuid(), $2, f.kind, $3, f.item, f.actual, f.differences, ${SCOPES}, case when $3 = 'RESOLVED' then now() end,
       $4, f.code, f.message, f.relationships, ${CANDIDATES}, f.explanation
     from jsonb_to_recordset($1::jsonb) as f(${FINDING_COLUMNS})
     where not exists (select from reconciliation_result r where ${SAME} and r.uuid = any($5::uuid[]))
     returning uuid, scope_ids::text[] as scope_ids`,
    [asRows(findings), finder.run?.uuid ?? null, state, taskOf(finder), kept],
  )
  await rows(
    em,
    `insert into history (uuid, subject, action, to_state, reason)
     select gen_random_uuid(), f, 'find', $2, $3 from unnest($1::uuid[]) as f`,
    [fresh.map(({ uuid }) => uuid), state, nameOf(finder)],
  )
  if (finder.run) return
  await recordMany(
    em,
    fresh.map(({ uuid, scope_ids: scopeIds }) => ({ topic: 'reconciliationResult.changed', subject: uuid, scopeIds })),
  )
}
