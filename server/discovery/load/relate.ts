/** Relationships of the read between the items that it recognised. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { warnOf, type Tally } from './problems.ts'
import { WHOLE } from './scopes.ts'
import type { Staging } from './staging.ts'
import type { Look } from './write.ts'

/** How many relationships the source shows, and how many of them began or ended. */
export interface Related {
  relationships: number
  relationshipsNew: number
  relationshipsGone: number
}

/** Leaves up to `most` of what began or ended in the temporary table `related`; null: all. */
export async function relate(
  em: EntityManager,
  staging: Staging,
  look: Look,
  { tally, catalogue, most }: { tally: Tally; catalogue: Pick<Catalogue, 'relationshipTypes'>; most: number | null },
): Promise<Related> {
  const { productId, at } = look
  const known = catalogue.relationshipTypes.map(({ name }) => name)
  const inside = catalogue.relationshipTypes.flatMap(({ name, containment }) => (containment ? [name] : []))
  await warnOf(
    em,
    tally,
    'relation-type',
    `select format('There is no relationship type %s, so "%s" %s "%s" was left out.', e.type, e.from_ref, e.type, e.to_ref) as message, e.source, e.line, e.element
     from ${staging.edges} e where e.type <> all($1::text[]) order by e.n`,
    [known],
  )
  await warnOfLooseEnds(em, staging, tally, known)
  await rows(
    em,
    `create temp table edge on commit drop as
     select distinct on (f.item, t.item, e.type) f.item as source_id, t.item as target_id, e.type, e.evidence, e.n, f.n as from_n
     from link e join seen f on f.n = e.from_n join seen t on t.n = e.to_n
     where e.type = any($1::text[]) and f.item <> t.item order by f.item, t.item, e.type, e.n`,
    [known],
  )
  await rows(em, 'analyze edge')
  await breakRings(em, staging, tally, inside)
  // Without a look-out for conflicts, which costs at each row: what else begins relationships while a load does (a confirmation)
  // begins them at items that it has just made, and no load knows those.
  const isShown = `r.product_id = $1 and r.gone_at is null
    and r.source_id = e.source_id and r.target_id = e.target_id and r.type = e.type`
  await rows(
    em,
    `update actual_relationship r set last_seen_at = $2, evidence = e.evidence from edge e where ${isShown}`,
    [productId, at],
  )
  await rows(em, 'create temp table related (uuid uuid, kind text) on commit drop')
  const counting = (kind: string, write: string) =>
    `with written as (${write}), kept as (insert into related select uuid, '${kind}' from written limit $3)
     select count(*)::int as n from written`
  const [began] = await rows<{ n: number }>(
    em,
    counting(
      'RELATIONSHIP_NEW',
      `insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at, change_id)
       select uuid_in_order(), e.type, e.source_id, e.target_id, $1, e.evidence, $2, $2, (select current_graph_change()) from edge e
       where not exists (select from actual_relationship r where ${isShown}) returning uuid`,
    ),
    [productId, at, most],
  )
  // What a source that was seen whole does not have any more is gone; of a missing source nothing is known.
  const [ended] = await rows<{ n: number }>(
    em,
    counting(
      'RELATIONSHIP_GONE',
      `update actual_relationship r set gone_at = $1 from seen s
       where r.product_id = $2 and r.gone_at is null and r.last_seen_at < $1 and r.source_id = s.item and not s.mention and not s.partial
         and (exists (select from ${staging.scopes} w where w.name = $4 and w.complete)
           or exists (select from ${staging.scopes} w where w.name = s.scope and w.complete)) returning r.uuid`,
    ),
    [at, productId, most, WHOLE],
  )
  const [counted] = await rows<{ n: number }>(em, 'select count(*)::int as n from edge')
  return { relationships: counted!.n, relationshipsNew: began!.n, relationshipsGone: ended!.n }
}

/** Relationships whose ends are not there. Most reads have none, which their number shows at once. */
async function warnOfLooseEnds(em: EntityManager, staging: Staging, tally: Tally, known: string[]): Promise<void> {
  const loose = await row<{ any: boolean }>(
    em,
    `select (select count(*) from ${staging.edges}) > (select count(*) from link) or exists (select from ${staging.items} where mention) as "any"`,
  )
  if (!loose!.any) return
  await warnOf(
    em,
    tally,
    'relation-ends',
    `select format('"%s" %s "%s" was left out: the source names "%s" and does not show it.', e.from_ref, e.type, e.to_ref,
       case when f.ref is null then e.from_ref else e.to_ref end) as message, e.source, e.line, e.element
     from ${staging.edges} e left join (select distinct ref from ${staging.items}) f on f.ref = e.from_ref
       left join (select distinct ref from ${staging.items}) t on t.ref = e.to_ref
     where (f.ref is null or t.ref is null) and e.type = any($1::text[]) order by e.n`,
    [known],
  )
  await warnOf(
    em,
    tally,
    'unknown-end',
    `select format('"%s" %s "%s" was left out: nothing is known of %s "%s".', e.from_ref, e.type, e.to_ref, m.class_name, m.key) as message,
       e.source, e.line, e.element
     from ${staging.items} m join ref_of r on r.ref = m.ref join ${staging.edges} e on m.ref in (e.from_ref, e.to_ref)
     where m.mention and m.element is not null and not exists (select from seen s where s.n = r.n) order by e.n`,
  )
}

/** Nothing is inside itself: relationships that close a ring of containment are left out, all of the ring. */
async function breakRings(em: EntityManager, staging: Staging, tally: Tally, inside: string[]): Promise<void> {
  await rows(
    em,
    `create temp table ring on commit drop as select source_id, target_id, type, n from edge where type = any($1::text[])`,
    [inside],
  )
  for (;;) {
    const peeled = await rows<{ n: string }>(
      em,
      `with leaf as (delete from ring r where not exists (select from ring o where o.source_id = r.target_id)
         or not exists (select from ring o where o.target_id = r.source_id) returning 1) select count(*) as n from leaf`,
    )
    if (Number(peeled[0]!.n) === 0) break
  }
  await warnOf(
    em,
    tally,
    'containment-ring',
    `select format('"%s" %s "%s" was left out: things would be inside themselves.', e.from_ref, e.type, e.to_ref) as message, e.source, e.line, e.element
     from ring r join ${staging.edges} e on e.n = r.n order by e.n`,
  )
  await rows(
    em,
    'delete from edge e using ring r where r.source_id = e.source_id and r.target_id = e.target_id and r.type = e.type',
  )
}
