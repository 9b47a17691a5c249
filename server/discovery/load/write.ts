/** What was recognised becomes items and observations. Over the temporary tables of recognise.ts; `touched` are the items to settle. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { sourceOf } from '../identity/values.ts'
import { NOWHERE } from './recognise.ts'
import { touchRepeated } from './repeated.ts'
import type { Staging } from './staging.ts'

export interface Look {
  runId: string
  productId: string
  /** The product, for people and for the rules. */
  source: { name: string; kind: string }
  at: Date
}

/** `at` of a source may not go backwards: what it tells of an earlier time than we know is left out. */
export const BACKWARDS = `select format('%s was left out: the source tells of it as it was at %s, and of a later time before.', s.name, s.at) as message,
  s.source, s.line, s.element from seen s where s.at is not null and s.obs is not null and s.at < s.obs_at and not s.same order by s.n`

export async function dropBackwards(em: EntityManager): Promise<void> {
  await rows(
    em,
    `update seen s set same = true, how = 'SAME', item = anchor, held = obs where s.at is not null and s.obs is not null and s.at < s.obs_at and not s.same`,
  )
}

/**
 * A new word that repeats what the item shows lets nothing else win: whoever wins says the same. It takes back nothing, being
 * new, and only beside a confirmation can its age let another word win.
 */
const SAYS_WHAT_IS_SHOWN = `not r.chosen and s.obs is null and a.class_name = s.class_name and a.name = s.name
  and a.attributes || (s.attributes - r.never) = a.attributes
  and not exists (select from observation c where c.actual_item_id = s.item and c.current and c.native_key is null)`

/** The end of a statement that begins with the observations that are over (`uuid`, `item`): their marks go, lent ones too. */
export const FORGET_MARKS = `, lent as (delete from actual_mark m using over where m.lent and m.observation_id = over.uuid)
     delete from actual_mark m using over where m.item_id = over.item and m.observation_id = over.uuid and not m.lent`

export async function writeSeen(
  em: EntityManager,
  { runId, productId, at }: Look,
  rules: IdentityRules,
  staging: Staging,
): Promise<void> {
  await rows(em, `create temp table touched (item uuid primary key, fresh boolean not null) on commit drop`)
  await rows(em, `create temp table lost (item uuid primary key, at timestamptz) on commit drop`)
  // What is never taken from discovery is left out; where values have to be chosen, settling follows.
  await rows(
    em,
    `create temp table choice on commit drop as select * from json_to_recordset($1::json) as r(name text, never text[], chosen boolean, soonest int)`,
    [JSON.stringify(choicesOf(rules))],
  )
  await rows(
    em,
    `insert into actual_item (uuid, class_name, name, native_key, product_id, state, attributes, first_seen_at, last_seen_at, created_at, updated_at)
     select s.item, s.class_name, s.name, s.key, $1, 'PRESENT', case when r.chosen then '{}' else s.attributes - r.never end,
       coalesce(s.at, $2), coalesce(s.at, $2), $2, $2
     from seen s join choice r on r.name = s.class_name where s.fresh and not s.mention`,
    [productId, at],
  )
  // Another item had this key of the source, or an earlier word of it: both end here.
  await rows(
    em,
    `insert into lost select o.actual_item_id, max(o.last_at) from observation o join seen s on s.obs = o.uuid
     where o.current and not s.same and not s.mention and o.actual_item_id <> s.item group by 1`,
  )
  await rows(
    em,
    'update actual_item a set last_seen_at = greatest(a.last_seen_at, l.at) from lost l where l.item = a.uuid',
  )
  await rows(
    em,
    `with over as (update observation o set current = false from seen s where s.obs = o.uuid and not s.same and not s.mention
       returning o.uuid, o.actual_item_id as item)
     ${FORGET_MARKS}`,
  )
  await rows(
    em,
    `insert into observation (uuid, actual_item_id, source, product_id, class_name, native_key, name, run_id, attributes, identifiers, scope, first_at, last_at, stale_at)
     select s.held, s.item, $1, $2, s.class_name, s.key, s.name, $3, s.attributes, s.identifiers, s.scope, coalesce(s.at, $4), coalesce(s.at, $4),
       coalesce(s.at, $4) + r.soonest * interval '1 s'
     from seen s left join choice r on r.name = s.class_name where not s.same and not s.mention`,
    [sourceOf(productId), productId, runId, at],
  )
  await rows(
    em,
    `insert into actual_mark (observation_id, item_id, entry, host_id, value, strong, lent)
     select c.held, s.item, m.entry, m.host_id, m.value, m.strong, m.lent
     from mark m join seen s on s.n = m.n join seen c on c.n = m.of_n where not c.same and (s.level = 0 or m.host_id <> '${NOWHERE}')
     order by m.of_n`,
  )
  await rows(
    em,
    `update observation o set last_at = greatest(coalesce(s.at, $1), o.last_at), scope = s.scope, missing = false, missed = 0, missing_since = null,
       stale_at = greatest(coalesce(s.at, $1), o.last_at) + r.soonest * interval '1 s'
     from seen s left join choice r on r.name = s.class_name where s.obs = o.uuid and s.same`,
    [at],
  )
  await rows(
    em,
    `insert into touched select s.item, bool_or(s.fresh)
     from seen s join choice r on r.name = s.class_name join actual_item a on a.uuid = s.item
     where not s.same and not s.mention and (not s.fresh or r.chosen) and not (${SAYS_WHAT_IS_SHOWN}) group by 1 on conflict do nothing`,
  )
  await touchRepeated(em, rules, productId, staging)
  await rows(em, `insert into touched select item, false from lost on conflict do nothing`)
  await rows(em, 'analyze touched')
}

/**
 * A class below the known one is the same said more exactly and is taken over; another branch of classes is a question.
 */
export async function reclass(em: EntityManager): Promise<void> {
  await rows(
    em,
    `update actual_item a set class_name = s.class_name from seen s join class_of c on c.name = s.class_name
     where s.item = a.uuid and not s.fresh and not s.same and not s.mention and a.class_name <> s.class_name and a.class_name = any(c.line)`,
  )
  await rows(
    em,
    `insert into question (n, kind, candidates, rule, evidence, wanted_class)
     select s.n, 'RECLASSIFY', '{}', 'class', jsonb_build_object('from', a.class_name, 'to', s.class_name), s.class_name
     from seen s join actual_item a on a.uuid = s.item join class_of ca on ca.name = a.class_name
     where not s.fresh and not s.same and not s.mention and a.class_name <> s.class_name and not s.class_name = any(ca.line)`,
  )
}

/** Questions become work items; one that was put before, answered or not, is not put again. */
export async function putQuestions(em: EntityManager, { runId, productId }: Look): Promise<number> {
  const put = await rows<object>(
    em,
    `insert into identity_question (uuid, number, kind, state, run_id, product_id, item_id, candidates, rule, evidence, wanted_class)
     select gen_random_uuid(), 'IDQ-' || nextval('identity_question_number'), q.kind, 'OPEN', $1, $2, s.item, q.candidates, q.rule, q.evidence, q.wanted_class
     from question q join seen s on s.n = q.n
     where not exists (select from identity_question k where k.kind = q.kind and k.item_id = s.item and k.candidates = q.candidates
       and coalesce(k.wanted_class, '') = coalesce(q.wanted_class, ''))
     order by q.n on conflict do nothing returning 1`,
    [runId, productId],
  )
  return put.length
}

/**
 * Of each class: what is never taken from discovery, whether a single source is not enough to know the values, and after how
 * many seconds the first of them is stale.
 */
function choicesOf(rules: IdentityRules) {
  return rules.classNames.map((name) => {
    const named = rules.namedAttributes(name)
    const all = rules.valueRule(name, '*')
    return {
      name,
      never: named.filter((attribute) => rules.valueRule(name, attribute).neverFromDiscovery),
      chosen:
        Boolean(all.neverFromDiscovery ?? all.union) ||
        named.some((attribute) => rules.valueRule(name, attribute).union),
      soonest: rules.staleLimits(name)[0] ?? null,
    }
  })
}
