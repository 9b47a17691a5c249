import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { nodeTypes, parseNodeId } from '../../kernel/node-id.ts'
import { rows } from '../../kernel/sql.ts'

const MOST = 200
const KINDS = ['rls', 'tsk', 'dpl'] as const
type Kind = (typeof KINDS)[number]

/**
 * UUIDs of the releases whose row in a matrix may be another after a change of these releases, tasks and deployments. What a
 * deployment brings to an item replaces what earlier releases brought there of the same package: their rows are touched too.
 */
export async function releasesTouchedBy(context: Context, ids: readonly string[]): Promise<string[]> {
  const field = ['touchedBy']
  if (ids.length > MOST)
    throw new BadInput(`At most ${MOST} changed things are named at once; ${ids.length} were.`, { field })
  const named: Record<Kind, string[]> = { rls: [], tsk: [], dpl: [] }
  for (const id of ids) {
    const { prefix, uuid } = parseNodeId(id, field)
    if (!isKind(prefix)) {
      throw new BadInput(`${id} is the id of a ${nodeTypes[prefix]}; releases, tasks and deployments touch rows.`, {
        field,
      })
    }
    named[prefix].push(uuid)
  }
  const values: unknown[] = [named.rls, named.tsk, named.dpl]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'd.scope_ids', values) ?? 'true'
  const found = await rows<{ uuid: string }>(
    context.em,
    `with changed as (
       select d.uuid, d.release_id, d.started_at, v.package_id from deployment d join package_version v on v.uuid = d.source_id
       where d.uuid = any($3::uuid[]) and ${scope}
     )
     select unnest($1::uuid[]) as uuid
     union select release_id from task where uuid = any($2::uuid[])
     union select release_id from changed
     union select e.release_id from changed c
       join deployment_target t on t.deployment_id = c.uuid join deployment_target o on o.item_id = t.item_id
       join deployment e on e.uuid = o.deployment_id and e.started_at < c.started_at
       join package_version w on w.uuid = e.source_id and w.package_id = c.package_id`,
    values,
  )
  return found.map(({ uuid }) => uuid)
}

const isKind = (prefix: string): prefix is Kind => (KINDS as readonly string[]).includes(prefix)
