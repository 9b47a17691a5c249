import type { EntityManager } from '@mikro-orm/postgresql'
import { explainUnlessSaid } from '../kernel/cause.ts'
import { recordMany } from '../kernel/events.ts'
import { lean } from '../kernel/lean.ts'
import type { Because } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { lockContainment, refreshContainment } from './containment.ts'
import { Relationship } from './relationship.entity.ts'

export interface Edge {
  type: string
  sourceId: string
  targetId: string
}

/**
 * Writes relationships that do not exist yet, with their events, and keeps the scopes. Rules are the caller's affair.
 * Answers those that are new.
 */
export async function addRelationships(
  em: EntityManager,
  edges: readonly Edge[],
  because: Because,
): Promise<Relationship[]> {
  const containment = await containmentTypes(em)
  const inside = edges.filter(({ type }) => containment.has(type)).map(({ sourceId }) => sourceId)
  if (inside.length > 0) await lockContainment(em)
  await explainUnlessSaid(em, because)
  const added = await rows<EdgeRow>(
    em,
    `insert into relationship (uuid, type, source_id, target_id)
     select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[])
     on conflict (source_id, target_id, type) where valid_to is null do nothing returning *`,
    [
      edges.map(() => uuidv7()),
      edges.map(({ type }) => type),
      edges.map(({ sourceId }) => sourceId),
      edges.map(({ targetId }) => targetId),
    ],
  )
  await refreshContainment(em, inside, because.by)
  await tell(em, added, because, false)
  return lean(em, Relationship, added)
}

/** Ends the validity of relationships; they stay in the past. */
export async function endRelationships(em: EntityManager, uuids: readonly string[], because: Because): Promise<void> {
  await lockContainment(em)
  await explainUnlessSaid(em, because)
  const ended = await rows<EdgeRow>(
    em,
    `update relationship set valid_to = now(), version = version + 1
     where uuid = any($1::uuid[]) and valid_to is null returning *`,
    [uuids],
  )
  await tell(em, ended, because, true)
  const containment = await containmentTypes(em)
  const inside = ended.filter(({ type }) => containment.has(type)).map(({ source_id }) => source_id)
  await refreshContainment(em, inside, because.by)
}

async function containmentTypes(em: EntityManager): Promise<Set<string>> {
  const types = await rows<{ name: string }>(em, 'select name from relationship_type where containment')
  return new Set(types.map(({ name }) => name))
}

interface EdgeRow {
  uuid: string
  type: string
  source_id: string
  target_id: string
  version: number
}

/** Only who sees both ends sees the relationship. */
async function tell(em: EntityManager, edges: EdgeRow[], because: Because, removed: boolean): Promise<void> {
  if (edges.length === 0) return
  const ends = await rows<{ uuid: string; name: string; scope_ids: string[] }>(
    em,
    'select uuid, name, scope_ids::text[] as scope_ids from configuration_item where uuid = any($1::uuid[])',
    [edges.flatMap(({ source_id, target_id }) => [source_id, target_id])],
  )
  const byUuid = new Map(ends.map((end) => [end.uuid, end]))
  await recordMany(
    em,
    edges.map(({ uuid, type, version, source_id: sourceId, target_id: targetId }) => {
      const source = byUuid.get(sourceId)!
      const target = byUuid.get(targetId)!
      return {
        topic: 'relationship.changed',
        subject: uuid,
        version,
        scopeIds: source.scope_ids.filter((scope) => target.scope_ids.includes(scope)),
        payload: { type, sourceId, targetId, removed },
        actor: because.by,
        summary: `${source.name} ${type} ${target.name}: ${removed ? 'removed' : 'added'}`,
      }
    }),
  )
}
