/** Writes what a look changed, set by set, so that the number of statements does not grow with the estate. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { record, recordMany } from '../kernel/events.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import type { ChangeSet, Matched } from './change-set.ts'
import { sourceOf } from './known.ts'
import { keyOf, type SeenEdge } from './seen.ts'

export interface Look {
  runId: string
  productId: string
  at: Date
}

/** A matched item with its UUID, old or new. */
interface Placed extends Matched {
  uuid: string
}

/** Answers the UUIDs of the seen items by their key. Call it in a transaction, with the discovery lock held. */
export async function applyChanges(
  em: EntityManager,
  look: Look,
  changes: ChangeSet,
  edges: Iterable<SeenEdge>,
): Promise<Map<string, string>> {
  const placed = changes.matched.map((one): Placed => ({ ...one, uuid: one.known?.uuid ?? uuidv7() }))
  await insertItems(
    em,
    look,
    placed.filter(({ known }) => !known),
  )
  await updateItems(em, look, placed)
  await observe(em, look, placed)
  await loseItems(em, look, changes)
  const uuids = new Map(placed.map(({ seen, uuid }) => [keyOf(seen), uuid]))
  await relate(em, look, changes, uuids, edges)
  await tell(em, look, changes, placed)
  return uuids
}

const COLUMNS =
  'uuid uuid, class_name text, name text, native_key text, identity text, attributes jsonb, observed jsonb'

const asRows = (placed: readonly Placed[]) =>
  JSON.stringify(
    placed.map(({ uuid, seen, attributes }) => ({
      uuid,
      class_name: seen.className,
      name: seen.name,
      native_key: seen.nativeKey,
      identity: seen.identity,
      attributes,
      observed: seen.attributes,
    })),
  )

async function insertItems(em: EntityManager, { productId, at }: Look, fresh: readonly Placed[]): Promise<void> {
  await rows(
    em,
    `insert into actual_item (uuid, class_name, name, native_key, identity, product_id, state, attributes, first_seen_at, last_seen_at)
     select s.uuid, s.class_name, s.name, s.native_key, s.identity, $2, 'PRESENT', s.attributes, $3, $3
     from jsonb_to_recordset($1::jsonb) as s(${COLUMNS})`,
    [asRows(fresh), productId, at],
  )
}

/** Only what changed gets a new version; of the others it is noted that they were seen. */
async function updateItems(em: EntityManager, { at }: Look, placed: readonly Placed[]): Promise<void> {
  await rows(
    em,
    `update actual_item a set name = s.name, native_key = s.native_key, identity = coalesce(s.identity, a.identity),
       state = 'PRESENT', attributes = s.attributes, version = a.version + 1, updated_at = now()
     from jsonb_to_recordset($1::jsonb) as s(${COLUMNS}) where a.uuid = s.uuid`,
    [asRows(placed.filter(({ known, change }) => known && change))],
  )
  await rows(em, 'update actual_item set last_seen_at = $1 where uuid = any($2::uuid[])', [
    at,
    placed.map(({ uuid }) => uuid),
  ])
}

/** An unchanged observation is prolonged, another value begins a new one. */
async function observe(em: EntityManager, { runId, productId, at }: Look, placed: readonly Placed[]): Promise<void> {
  const seen = asRows(placed)
  const source = sourceOf(productId)
  await rows(
    em,
    `update observation o set current = false from jsonb_to_recordset($1::jsonb) as s(${COLUMNS})
     where o.current and o.source = $2 and o.actual_item_id = s.uuid
       and (o.attributes <> s.observed or o.native_key is distinct from s.native_key)`,
    [seen, source],
  )
  await rows(
    em,
    `update observation o set current = false from jsonb_to_recordset($1::jsonb) as s(${COLUMNS})
     where o.current and o.product_id = $2 and o.class_name = s.class_name and o.native_key = s.native_key
       and o.actual_item_id <> s.uuid`,
    [seen, productId],
  )
  await rows(
    em,
    `update observation set last_at = $1, missing = false
     where current and source = $2 and actual_item_id = any($3::uuid[])`,
    [at, source, placed.map(({ uuid }) => uuid)],
  )
  await rows(
    em,
    `insert into observation (uuid, actual_item_id, source, product_id, class_name, native_key, run_id, attributes, first_at, last_at)
     select gen_random_uuid(), s.uuid, $2, $3, s.class_name, s.native_key, $4, s.observed, $5, $5
     from jsonb_to_recordset($1::jsonb) as s(${COLUMNS})
     where not exists (select from observation o where o.actual_item_id = s.uuid and o.source = $2 and o.current)`,
    [seen, source, productId, runId, at],
  )
}

async function loseItems(em: EntityManager, { productId }: Look, { gone, missing }: ChangeSet): Promise<void> {
  await rows(
    em,
    'update observation set missing = true where current and source = $1 and actual_item_id = any($2::uuid[])',
    [sourceOf(productId), gone.map(({ uuid }) => uuid)],
  )
  await rows(
    em,
    `update actual_item set state = 'MISSING', version = version + 1, updated_at = now() where uuid = any($1::uuid[])`,
    [missing.map(({ known }) => known.uuid)],
  )
}

/** What a source that was seen does not have any more is gone; of a missing source nothing is known. */
async function relate(
  em: EntityManager,
  { productId, at }: Look,
  { gone }: ChangeSet,
  uuids: Map<string, string>,
  edges: Iterable<SeenEdge>,
): Promise<void> {
  const ends = new Map(gone.map((one) => [keyOf({ className: one.className, nativeKey: one.nativeKey! }), one.uuid]))
  for (const [key, uuid] of uuids) ends.set(key, uuid)
  const known = [...edges].flatMap(({ type, source, target, evidence }) => {
    const [source_id, target_id] = [ends.get(source), ends.get(target)]
    return source_id && target_id ? [{ type, source_id, target_id, evidence }] : []
  })
  const columns = 'type text, source_id uuid, target_id uuid, evidence text'
  await rows(
    em,
    `insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at)
     select gen_random_uuid(), e.type, e.source_id, e.target_id, $2, e.evidence, $3, $3
     from jsonb_to_recordset($1::jsonb) as e(${columns})
     on conflict (source_id, target_id, type, product_id) where gone_at is null
       do update set last_seen_at = excluded.last_seen_at, evidence = excluded.evidence`,
    [JSON.stringify(known), productId, at],
  )
  await rows(
    em,
    `update actual_relationship set gone_at = $1
     where product_id = $2 and gone_at is null and last_seen_at < $1 and source_id = any($3::uuid[])`,
    [at, productId, [...uuids.values()]],
  )
}

/** One event for the list of actual items, and one for each configuration item whose actual side changed. */
async function tell(
  em: EntityManager,
  { productId }: Look,
  changes: ChangeSet,
  placed: readonly Placed[],
): Promise<void> {
  const touched = [...placed.filter(({ change }) => change), ...changes.missing.map(({ known }) => known)]
  if (touched.length === 0) return
  await record(em, {
    topic: 'actualItem.changed',
    subject: productId,
    scopeIds: [],
    payload: { count: touched.length },
  })
  await tellLinked(
    em,
    touched.map(({ uuid }) => uuid),
  )
}

/** The configuration items linked to these actual items show other observed values now. */
export async function tellLinked(em: EntityManager, actualItemIds: readonly string[]): Promise<void> {
  const linked = await rows<{ uuid: string; version: number; scope_ids: string[] }>(
    em,
    `select uuid, version, scope_ids::text[] as scope_ids from configuration_item where actual_item_id = any($1::uuid[])`,
    [actualItemIds],
  )
  await recordMany(
    em,
    linked.map(({ uuid, version, scope_ids }) => ({
      topic: 'item.changed',
      subject: uuid,
      version,
      scopeIds: scope_ids,
    })),
  )
}
