/**
 * Two items turn out to be one. A merge is a recorded operation: what it moved stands in its row, so that undoing it gives
 * both back as they were, with what their sources have said since.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../../kernel/errors.ts'
import { record } from '../../kernel/events.ts'
import type { Because } from '../../kernel/move.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { uuidv7 } from '../../kernel/noun.ts'
import { row, rows } from '../../kernel/sql.ts'
import { DISCOVERY_LOCK, tellLinked } from '../load/load.ts'
import type { IdentityRules } from './rules.ts'
import { settleItems } from './settle-items.ts'

interface ItemRow {
  uuid: string
  name: string
  class_name: string
  state: string
}

/** What a merge moved, as it was. */
interface Before {
  survivor: Record<string, unknown>
  absorbed: Record<string, unknown>
  observations: string[]
  /** Observations of confirmations that gave way to a later one. */
  ended: string[]
  marks: { observation_id: string; item_id: string; host_id: string; entry: string; value: string }[]
  relationships: { uuid: string; source_id: string; target_id: string; closed: boolean }[]
  /** Configuration item that was linked to the absorbed one. */
  linked: string | null
}

export interface MergeOrder {
  /** UUIDs. */
  survivorId: string
  absorbedId: string
  questionId: string | null
}

/** Makes the absorbed item part of the survivor. Answers the UUID of the merge. Call it in a transaction. */
export async function mergeItems(
  em: EntityManager,
  rules: IdentityRules,
  { survivorId, absorbedId, questionId }: MergeOrder,
  because: Because,
): Promise<string> {
  await rows(em, 'select pg_advisory_xact_lock($1)', [DISCOVERY_LOCK])
  const { survivor, absorbed } = await lockBoth(em, survivorId, absorbedId)
  if (rules.familyOf(survivor.class_name) !== rules.familyOf(absorbed.class_name)) {
    throw new BadInput(
      `${survivor.name} is a ${survivor.class_name} and ${absorbed.name} a ${absorbed.class_name}; only things of one kind can be one thing.`,
      {
        itemId: toNodeId('act', absorbed.uuid),
        rule: 'one kind',
        evidence: { classes: [survivor.class_name, absorbed.class_name] },
      },
    )
  }
  const before = await snapshot(em, survivor, absorbed)
  const both = [survivor.uuid, absorbed.uuid]
  await rows(em, 'update observation set current = false where uuid = any($1::uuid[])', [before.ended])
  await rows(em, 'update observation set actual_item_id = $1 where actual_item_id = $2', both)
  await rows(em, 'update actual_mark set item_id = $1 where item_id = $2', both)
  await rows(em, 'update actual_mark set host_id = $1 where host_id = $2', both)
  await moveRelationships(em, before, both)
  await rows(
    em,
    'update configuration_item set actual_item_id = $1, version = version + 1 where actual_item_id = $2',
    both,
  )
  await rows(
    em,
    `update actual_item s set first_seen_at = least(s.first_seen_at, a.first_seen_at), last_seen_at = greatest(s.last_seen_at, a.last_seen_at),
       state = case when 'PRESENT' in (s.state, a.state) then 'PRESENT' else s.state end, version = s.version + 1, updated_at = now()
     from actual_item a where s.uuid = $1 and a.uuid = $2`,
    both,
  )
  await rows(
    em,
    `update actual_item set state = 'MERGED', merged_into = $1, version = version + 1, updated_at = now() where uuid = $2`,
    both,
  )
  const uuid = uuidv7()
  await rows(
    em,
    `insert into identity_merge (uuid, survivor_id, absorbed_id, question_id, before, reason, merged_by, created_at) values ($1, $2, $3, $4, $5::jsonb, $6, $7, clock_timestamp())`,
    [uuid, ...both, questionId, JSON.stringify(before), because.reason ?? null, because.by],
  )
  await settleItems(em, rules, [survivor.uuid])
  await tell(em, both, 'merge', because)
  return uuid
}

async function lockBoth(em: EntityManager, survivorId: string, absorbedId: string) {
  const found = await rows<ItemRow>(
    em,
    'select uuid, name, class_name, state from actual_item where uuid = any($1::uuid[]) order by uuid for update',
    [[survivorId, absorbedId]],
  )
  const [survivor, absorbed] = [
    found.find(({ uuid }) => uuid === survivorId),
    found.find(({ uuid }) => uuid === absorbedId),
  ]
  if (!survivor || !absorbed || survivor === absorbed) {
    throw new BadInput('A merge takes two different actual items.', { rule: 'two items' })
  }
  for (const one of [survivor, absorbed]) {
    if (one.state !== 'MERGED') continue
    throw new BadInput(`${one.name} was merged into another item already. Look again, then decide.`, {
      itemId: toNodeId('act', one.uuid),
      rule: 'merged once',
    })
  }
  const links = await rows<{ actual_item_id: string; name: string }>(
    em,
    'select actual_item_id, name from configuration_item where actual_item_id = any($1::uuid[]) for update',
    [[survivorId, absorbedId]],
  )
  if (links.length === 2) {
    throw new BadInput(
      `${survivor.name} and ${absorbed.name} are linked to two configuration items, ${links.map(({ name }) => name).join(' and ')}. Decommission or unlink one of them first.`,
      {
        itemId: toNodeId('act', absorbed.uuid),
        rule: 'one record for one thing',
        evidence: { configurationItems: links.map(({ name }) => name) },
      },
    )
  }
  return { survivor, absorbed }
}

async function snapshot(em: EntityManager, survivor: ItemRow, absorbed: ItemRow): Promise<Before> {
  const both = [survivor.uuid, absorbed.uuid]
  const found = await row<Before>(
    em,
    `select (select to_jsonb(a) from actual_item a where uuid = $1) as survivor, (select to_jsonb(a) from actual_item a where uuid = $2) as absorbed,
       (select coalesce(jsonb_agg(uuid), '[]') from observation where actual_item_id = $2) as observations,
       (select coalesce(jsonb_agg(uuid), '[]') from (
          select uuid, row_number() over (partition by source order by last_at desc) as place from observation
          where actual_item_id in ($1, $2) and current and native_key is null) o where place > 1) as ended,
       (select coalesce(jsonb_agg(jsonb_build_object('observation_id', observation_id, 'item_id', item_id, 'host_id', host_id, 'entry', entry, 'value', value)), '[]')
          from actual_mark where item_id = $2 or host_id = $2) as marks,
       (select coalesce(jsonb_agg(jsonb_build_object('uuid', r.uuid, 'source_id', r.source_id, 'target_id', r.target_id, 'closed',
            ends.source_id = ends.target_id or exists (select from actual_relationship o where o.gone_at is null and o.uuid <> r.uuid
              and o.type = r.type and o.product_id is not distinct from r.product_id and o.source_id = ends.source_id and o.target_id = ends.target_id))), '[]')
          from actual_relationship r cross join lateral (
            select case when r.source_id = $2 then $1::uuid else r.source_id end as source_id, case when r.target_id = $2 then $1::uuid else r.target_id end as target_id) ends
          where r.gone_at is null and $2::uuid in (r.source_id, r.target_id)) as relationships,
       (select uuid from configuration_item where actual_item_id = $2) as linked`,
    both,
  )
  return found!
}

/** What both had becomes one; what would join the item to itself ends. */
async function moveRelationships(em: EntityManager, { relationships }: Before, both: string[]): Promise<void> {
  await rows(em, 'update actual_relationship set gone_at = now() where uuid = any($1::uuid[])', [
    relationships.filter(({ closed }) => closed).map(({ uuid }) => uuid),
  ])
  await rows(
    em,
    `update actual_relationship set source_id = case when source_id = $2 then $1 else source_id end, target_id = case when target_id = $2 then $1 else target_id end
     where uuid = any($3::uuid[])`,
    [...both, relationships.filter(({ closed }) => !closed).map(({ uuid }) => uuid)],
  )
}

/** Gives both items back. What their sources told since goes to the one whose key it has. */
export async function undoMerge(
  em: EntityManager,
  rules: IdentityRules,
  mergeId: string,
  because: Because,
): Promise<void> {
  await rows(em, 'select pg_advisory_xact_lock($1)', [DISCOVERY_LOCK])
  const merge = await row<{ survivor_id: string; absorbed_id: string; before: Before }>(
    em,
    'select survivor_id, absorbed_id, before from identity_merge where uuid = $1 and undone_at is null for update',
    [mergeId],
  )
  if (!merge) throw new BadInput('This merge was undone already.', { rule: 'undone once' })
  const { survivor_id, absorbed_id, before } = merge
  const later = await row<{ name: string }>(
    em,
    `select coalesce(t.name, s.name) as name from actual_item s left join actual_item t on t.uuid = s.merged_into where s.uuid = $1 and s.state = 'MERGED'`,
    [survivor_id],
  )
  if (later) {
    throw new BadInput(`The merged item became part of ${later.name} later. Undo that merge first.`, {
      itemId: toNodeId('act', survivor_id),
      rule: 'last merge first',
    })
  }
  const both = [survivor_id, absorbed_id]
  await rows(
    em,
    `update observation o set actual_item_id = $2 where o.actual_item_id = $1 and (o.uuid = any($3::uuid[]) or exists (
       select from observation k where k.uuid = any($3::uuid[]) and k.product_id = o.product_id and k.class_name = o.class_name and k.native_key = o.native_key))`,
    [...both, before.observations],
  )
  await rows(
    em,
    `update observation o set current = true where o.uuid = any($1::uuid[]) and not exists (
       select from observation c where c.actual_item_id = o.actual_item_id and c.source = o.source and c.current and c.native_key is null)`,
    [before.ended],
  )
  await rows(
    em,
    `update actual_mark m set item_id = $2 from observation o where o.uuid = m.observation_id and o.actual_item_id = $2 and m.item_id = $1`,
    both,
  )
  await rows(
    em,
    `update actual_mark m set item_id = b.item_id, host_id = b.host_id from jsonb_to_recordset($1::jsonb)
       as b(observation_id uuid, item_id uuid, host_id uuid, entry text, value text)
     where m.observation_id = b.observation_id and m.entry = b.entry and m.value = b.value`,
    [JSON.stringify(before.marks)],
  )
  await rows(
    em,
    `update actual_relationship r set source_id = b.source_id, target_id = b.target_id, gone_at = case when b.closed then null else r.gone_at end
     from jsonb_to_recordset($1::jsonb) as b(uuid uuid, source_id uuid, target_id uuid, closed boolean) where r.uuid = b.uuid`,
    [JSON.stringify(before.relationships)],
  )
  if (before.linked) {
    await rows(
      em,
      'update configuration_item set actual_item_id = $2, version = version + 1 where uuid = $3 and actual_item_id = $1',
      [...both, before.linked],
    )
  }
  for (const [uuid, was] of [
    [survivor_id, before.survivor],
    [absorbed_id, before.absorbed],
  ] as const) {
    await rows(
      em,
      `update actual_item a set merged_into = null, class_name = $2, first_seen_at = $3::timestamptz, name = $5, attributes = $6::jsonb,
         state = case when exists (select from observation o where o.actual_item_id = a.uuid and o.current and o.product_id is not null and not o.missing) then 'PRESENT' else $4 end,
         last_seen_at = greatest($7::timestamptz, (select max(o.last_at) from observation o where o.actual_item_id = a.uuid and o.current)),
         version = a.version + 1, updated_at = now() where a.uuid = $1`,
      [uuid, was.class_name, was.first_seen_at, was.state, was.name, JSON.stringify(was.attributes), was.last_seen_at],
    )
  }
  await rows(em, 'update identity_merge set undone_at = now(), undone_by = $2 where uuid = $1', [mergeId, because.by])
  await settleItems(em, rules, both)
  await tell(em, both, 'undo merge', because)
}

async function tell(em: EntityManager, both: readonly string[], action: string, because: Because): Promise<void> {
  await rows(
    em,
    `insert into history (uuid, subject, action, actor, reason) select gen_random_uuid(), s, $2, $3, $4 from unnest($1::uuid[]) as s`,
    [both, action, because.by, because.reason ?? null],
  )
  await record(em, {
    topic: 'actualItem.changed',
    subject: both[0]!,
    scopeIds: [],
    actor: because.by,
    payload: { count: 2 },
  })
  await tellLinked(em, 'select unnest($1::uuid[])', [both])
}
