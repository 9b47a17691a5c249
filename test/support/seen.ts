/** What discovery sees, without ids and times: to compare one installation or one way with another. */
import { rows } from '../../server/kernel/sql.ts'
import type { Estate } from './estate.ts'

export async function seenBy(estate: Pick<Estate, 'orm'>) {
  const em = estate.orm.em.fork()
  const items = await rows<{ class: string; name: string; attributes: object }>(
    em,
    `select class_name as class, name, attributes from actual_item where state = 'PRESENT' order by class_name, name, attributes::text`,
  )
  const relationships = await rows<{ triple: string }>(
    em,
    `select concat_ws(' ', s.class_name, s.name, '→', r.type, '→', t.class_name, t.name) as triple from actual_relationship r
       join actual_item s on s.uuid = r.source_id join actual_item t on t.uuid = r.target_id where r.gone_at is null order by 1`,
  )
  return { items, relationships: relationships.map(({ triple }) => triple) }
}

/** What each product told last, and what its last run said of it. */
export async function toldTo(estate: Pick<Estate, 'orm'>) {
  const em = estate.orm.em.fork()
  const last = `(select uuid from discovery_run order by created_at desc limit 1)`
  return {
    observations: await rows<object>(
      em,
      `select class_name, native_key, name, attributes, identifiers, scope, missing from observation where current order by class_name, native_key`,
    ),
    marks: await rows<object>(em, 'select entry, value, strong from actual_mark order by entry, value'),
    run: await rows<object>(
      em,
      `select state, failure, seen, created, changed, unchanged, missing, relationships, relationships_new, warnings, errors, questions, percent
       from discovery_run where uuid = ${last}`,
    ),
    problems: await rows<object>(
      em,
      `select scope, severity, rule, message, source, line, col, element from discovery_problem where run_id = ${last} order by scope, rule, message, element`,
    ),
    scopes: await rows<object>(
      em,
      `select ordinal, name, state, complete, seen, problems, problem from discovery_scope where run_id = ${last} order by ordinal`,
    ),
  }
}
