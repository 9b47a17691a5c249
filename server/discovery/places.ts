/**
 * On which computer software is. Sources tell it in several ways: it runs there, it is installed there, or it is either on the
 * operating system that is there. Each is a correlated subquery of `uuid`s of actual items, so that it goes by indexes.
 */

const ON = `type in ('runsOn', 'installedOn')`

/** Operating systems of every kind; a computer that runs on another one is not among them. */
const SYSTEMS = `(with recursive system as (select 'OperatingSystem' as name
    union select c.name from item_class c join system s on c.parent = s.name) select name from system)`

/** When a relationship counts, by its alias. */
type When = (link: string) => string
const now: When = (link) => `${link}.gone_at is null`

/** What is on the actual item whose UUID the expression `host` gives: software, and operating systems. */
export const thingsOn = (host: string, when = now) =>
  `(select r.source_id as uuid from actual_relationship r where r.target_id = ${host} and r.${ON} and ${when('r')}
    union
    select r.source_id from actual_relationship o join actual_item m on m.uuid = o.source_id and m.class_name in ${SYSTEMS}
      join actual_relationship r on r.target_id = o.source_id and r.${ON} and ${when('r')}
    where o.target_id = ${host} and o.${ON} and ${when('o')})`

/** What the actual item whose UUID the expression `thing` gives is on: an operating system, and the computer. */
export const hostsOf = (thing: string, when = now) =>
  `(select r.target_id as uuid from actual_relationship r where r.source_id = ${thing} and r.${ON} and ${when('r')}
    union
    select o.target_id from actual_relationship r join actual_item m on m.uuid = r.target_id and m.class_name in ${SYSTEMS}
      join actual_relationship o on o.source_id = r.target_id and o.${ON} and ${when('o')}
    where r.source_id = ${thing} and r.${ON} and ${when('r')})`
