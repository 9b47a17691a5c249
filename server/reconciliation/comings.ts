/**
 * What came or went without being planned: things that appear or go missing, relationships between them that begin or end. It is
 * read from versions and ranges, so that a load writes nothing for it. The first look of a product is no change, and neither is what
 * comes or goes together with what it is inside of: that is told once, of the whole.
 */
import { hostsOf } from '../discovery/places.ts'

const ever = () => 'true'

/** What talks with what comes and goes all the time; nobody plans it. */
const TALKS = `('dependsOn', 'connectedTo')`

/** Each run that wrote something, by its number, with the end of the one before it of the same product; the first has none. */
const LOOKS = `looks as materialized (
     select number, lag(finished_at) over (partition by product_id order by finished_at, uuid) as previous
     from discovery_run where state = 'SUCCEEDED' and not dry_run)`

/** By the change `g`: a look that was not the first of its product, or a confirmation. */
const BY_LOOK = `left join looks l on g.cause = 'DISCOVERY' and l.number = g.origin_number`
const COUNTS = `(l.previous is not null or g.cause = 'DEPLOYMENT')`

const ORIGIN = `coalesce(d.number, case when g.cause = 'DEPLOYMENT' then g.origin_number end) as number,
       case when g.cause = 'DEPLOYMENT' then g.origin_id end as origin`

/** Deployments that reached one of the `machines` (SQL of UUIDs of actual items) in the time, of the package. */
const explaining = (machines: string, at: string, since: string, fits: string) => `left join lateral (
         select d.uuid, d.number from (${machines}) m join configuration_item c on c.actual_item_id = m.uuid
           join deployment_target t on t.item_id = c.uuid join deployment d on d.uuid = t.deployment_id
           join package_version p on p.uuid = d.source_id join package n on n.uuid = p.package_id
         where (t.touched or t.state = 'REPORTED_OK') and d.started_at <= ${at}
           and coalesce(d.finished_at, 'infinity') >= coalesce(${since}, '-infinity') and ${fits}
         order by d.started_at desc limit 1) d on true`

const CAME = (now: string, before: string) =>
  `${now}.state = 'PRESENT' and (${before}.uuid is null or ${before}.state in ('MISSING', 'RETIRED'))`
const WENT = (now: string, before: string) => `${now}.state = 'MISSING' and ${before}.state = 'PRESENT'`

/** Whether the version `o` of another thing came or went in the same change as it is said of `v`. */
const likewise = `((v.state = 'PRESENT' and o.state = 'PRESENT' and not exists (select from actual_item_version ob
           where ob.uuid = o.uuid and ob.valid_to = o.valid_from and ob.state = 'PRESENT'))
         or (v.state = 'MISSING' and o.state = 'MISSING'))`

/**
 * SQL: things that appeared or went missing among the versions `v` that the condition takes. A deployment explains it when it
 * reached the machine of the software between the look before and this one, with its package; of what appeared, in its version.
 */
export const itemsComingWhere = (condition: string) => `with ${LOOKS}
     select v.uuid as actual, v.name, v.class_name, v.valid_from as at, 'state' as attribute,
       case when v.state = 'PRESENT' then 'APPEARED' else 'WENT_MISSING' end as kind, null::uuid as other,
       to_jsonb(v.state) as value, to_jsonb(b.state) as before, d.uuid as deployment, ${ORIGIN}
     from actual_item_version v left join actual_item_version b on b.uuid = v.uuid and b.valid_to = v.valid_from
       join graph_change g on g.uuid = v.change_id ${BY_LOOK}
       ${explaining(
         `select v.uuid union select h.uuid from ${hostsOf('v.uuid', ever)} h`,
         'v.valid_from',
         'l.previous',
         `n.name = v.attributes->>'package' and (v.state <> 'PRESENT' or p.number = v.attributes->>'version')`,
       )}
     where (${condition}) and ${COUNTS} and ((${CAME('v', 'b')}) or (${WENT('v', 'b')}))
       and not exists (select from actual_relationship w join actual_item_version o on o.uuid = w.target_id and o.change_id = v.change_id
         where w.source_id = v.uuid and w.type not in ${TALKS} and ${likewise})`

/** One end of the range of relationships: when, by which change, and what says that an end of them came or went with them. */
interface Edge {
  kind: 'RELATIONSHIP_BEGAN' | 'RELATIONSHIP_ENDED'
  at: string
  change: string
  /** Whether the version `e` of an end, after `b`, explains it. */
  withEnd: string
  /** Whether another source shows it on that side of the instant too, as `q`. */
  stillShown: string
}

const edges: readonly Edge[] = [
  {
    kind: 'RELATIONSHIP_BEGAN',
    at: 'r.first_seen_at',
    change: 'r.change_id',
    withEnd: CAME('e', 'b'),
    stillShown: `q.first_seen_at < r.first_seen_at and coalesce(q.gone_at, 'infinity') >= r.first_seen_at`,
  },
  {
    kind: 'RELATIONSHIP_ENDED',
    at: 'r.gone_at',
    change: 'r.end_change_id',
    withEnd: `e.state <> 'PRESENT'`,
    stillShown: `q.first_seen_at <= r.gone_at and coalesce(q.gone_at, 'infinity') > r.gone_at`,
  },
]

/**
 * SQL: relationships that began or ended between things that were there before and after. `condition` is asked of the relationship
 * `r`, its source `s` and the instant `at`. A deployment explains it when it reached the machine with the package of the source.
 */
export const relationshipsComingWhere = (condition: (at: string) => string) => `with ${LOOKS}
     ${edges.map((edge) => comingEdge(edge, condition(edge.at))).join(' union all ')}`

const comingEdge = ({ kind, at, change, withEnd, stillShown }: Edge, condition: string) =>
  `select s.uuid as actual, s.name, s.class_name, date_trunc('milliseconds', ${at}) as at, r.type as attribute,
       '${kind}' as kind, t.uuid as other, ${kind === 'RELATIONSHIP_BEGAN' ? 'to_jsonb(t.name)' : 'null::jsonb'} as value,
       ${kind === 'RELATIONSHIP_ENDED' ? 'to_jsonb(t.name)' : 'null::jsonb'} as before, d.uuid as deployment, ${ORIGIN}
     from actual_relationship r join actual_item s on s.uuid = r.source_id join actual_item t on t.uuid = r.target_id
       join graph_change g on g.uuid = ${change} ${BY_LOOK}
       ${explaining(
         `select r.source_id as uuid union select r.target_id union select h.uuid from ${hostsOf('r.source_id', ever)} h`,
         at,
         'l.previous',
         `n.name = s.attributes->>'package'`,
       )}
     where (${condition}) and ${COUNTS} and r.type not in ${TALKS} and s.state <> 'MERGED' and t.state <> 'MERGED'
       and not exists (select from actual_item_version e left join actual_item_version b on b.uuid = e.uuid and b.valid_to = e.valid_from
         where e.uuid in (r.source_id, r.target_id) and e.change_id = ${change} and ${withEnd})
       and not exists (select from actual_relationship q where q.source_id = r.source_id and q.target_id = r.target_id
         and q.type = r.type and q.uuid <> r.uuid and ${stillShown})`
