import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { toNodeId } from '../../server/kernel/node-id.ts'

/** Items of the whole estate, by 30 sites. */
export const ITEMS = 60_000
export const IMPACTED = 200
const SITES = 30
const HOSTS = 400 // of each site, with software and applications on them

/** The item that 200 others depend on, in three steps. */
export const rootOfImpact = toNodeId('ci', uuidOf('impact 0'))
/** Name of the circle that is opened. */
export const largestSite = /^site-07/

function uuidOf(text: string): string {
  const hex = createHash('md5').update(text).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * Sites of 2,000 items each: hosts in a rack order, software on each host, applications that depend on software of their
 * site and now and then of the next one. In the first site stands the root of the impact.
 */
export async function insertEstate(client: Client): Promise<void> {
  const perSite = ITEMS / SITES
  const software = perSite - 1 - HOSTS - 99
  await items(client, `select 'site ' || s, 'site-' || lpad(s::text, 2, '0'), 'Site', null from ${upTo(SITES, 's')}`)
  await items(
    client,
    `select 'host ' || s || ' ' || n, 'host-' || s || '-' || n, 'ComputerSystem', 'site ' || s from ${upTo(SITES, 's')}, ${upTo(HOSTS, 'n')}`,
  )
  await items(
    client,
    `select 'software ' || s || ' ' || n, 'software-' || s || '-' || n, 'SoftwareInstallation', 'site ' || s
     from ${upTo(SITES, 's')}, ${upTo(software, 'n')}`,
  )
  await items(
    client,
    `select 'application ' || s || ' ' || n, 'application-' || s || '-' || n, 'Application', 'site ' || s
     from ${upTo(SITES, 's')}, ${upTo(99, 'n')}`,
  )
  await edges(
    client,
    'locatedIn',
    `select 'host ' || s || ' ' || n, 'site ' || s from ${upTo(SITES, 's')}, ${upTo(HOSTS, 'n')}`,
  )
  await edges(
    client,
    'runsOn',
    `select 'software ' || s || ' ' || n, 'host ' || s || ' ' || (n % ${HOSTS}) from ${upTo(SITES, 's')}, ${upTo(software, 'n')}`,
  )
  await edges(
    client,
    'dependsOn',
    `select 'application ' || s || ' ' || n, 'software ' || (case when n % 12 = 0 and k = 0 then (s + 1) % ${SITES} else s end) || ' ' || (n * 15 + k * 7)
     from ${upTo(SITES, 's')}, ${upTo(99, 'n')}, ${upTo(14, 'k')}`,
  )
  // Node n depends on an earlier one: 20 on the root, 60 on those, the rest on the latter; every third on a second one.
  await items(
    client,
    `select 'impact ' || n, 'impact-' || n, case when n = 0 then 'ComputerSystem' when n <= 20 then 'SoftwareInstallation'
       when n <= 80 then 'Application' else 'BusinessService' end, null from ${upTo(IMPACTED + 1, 'n')}`,
  )
  await edges(
    client,
    'dependsOn',
    `select 'impact ' || n, 'impact ' || case when n <= 20 then 0 when n <= 80 then 1 + n % 20 else 21 + n % 60 end
     from ${upTo(IMPACTED + 1, 'n')} where n > 0
     union all select 'impact ' || n, 'impact ' || case when n <= 80 then 1 + (n + 7) % 20 else 21 + (n + 11) % 60 end
     from ${upTo(IMPACTED + 1, 'n')} where n > 20 and n % 3 = 0`,
  )
  await client.query('analyze')
}

const upTo = (count: number, name: string) => `generate_series(0, ${count - 1}) ${name}`
const key = (text: string) => `md5(${text})::uuid`

/** `rows`: key, name, class and key of the site. */
async function items(client: Client, rows: string): Promise<void> {
  await client.query(
    `insert into configuration_item (uuid, ordinal, name, class_name, state, site_id)
     select ${key('k')}, (select coalesce(max(ordinal), 0) from configuration_item) + row_number() over (), name, class, 'PRODUCTION', ${key('site')}
     from (${rows}) x(k, name, class, site)`,
  )
}

/** `rows`: keys of source and target. */
async function edges(client: Client, type: string, rows: string): Promise<void> {
  await client.query(
    `insert into relationship (uuid, type, source_id, target_id)
     select gen_random_uuid(), $1, ${key('s')}, ${key('t')} from (${rows}) x(s, t) on conflict do nothing`,
    [type],
  )
}
