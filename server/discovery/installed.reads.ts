/** The software that was seen on configuration items, now or then: a host may have thousands of packages, so it is a page. */
import { MAX_PAGE, type Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { childPage } from '../kernel/page.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import { validAt } from '../item/valid-at.ts'
import { InstalledSoftware, type InstalledArgs } from './actual.type.ts'
import { seenAt } from './actual-past.ts'
import { lastSeenOf } from './last-seen.ts'
import { thingsOn } from './places.ts'

/** A page of it for every item of a level in one statement. Whether the software runs there or is only installed is all one. */
export function installedPage(
  context: Context,
  { uuid, asOf }: ConfigurationItem,
  { names, search, ...page }: InstalledArgs,
): Promise<Page<InstalledSoftware>> {
  const then = asOf ?? null
  const values: unknown[] = then ? [then] : []
  const where = [
    `v.class_name = 'SoftwareInstallation' and v.state = 'PRESENT' and ${NAME} is not null and ${VERSION} is not null`,
  ]
  if (then) where.push(validAt('v'))
  if (names) where.push(`${NAME} = any($${values.push(checkedNames(names))}::text[])`)
  if (search) where.push(`strpos(lower(${NAME}), lower($${values.push(search)}::text)) > 0`)
  const query = {
    select: `${NAME} as name, ${VERSION} as version, v.attributes->>'digest' as digest, ${then ? THEN.columns : NOW.columns}`,
    from: then ? THEN.from : NOW.from,
    where,
    values,
    order: [
      { column: NAME, cast: 'text' },
      { column: VERSION, cast: 'text' },
      { column: 'v.uuid', cast: 'uuid' },
    ],
  }
  const list = then ? `installed@${then.toISOString()}` : 'installed'
  return childPage(context, list, uuid, 's.item_id', query, page, (found) =>
    found.map((one) => Object.assign(new InstalledSoftware(), one)),
  )
}

const NAME = `(v.attributes->>'package')`
const VERSION = `(v.attributes->>'version')`

/** An item was itself seen as software, of whatever class it is authorized, or software is on what was seen of it. */
const NOW = {
  columns: `${lastSeenOf('v')} as "observedAt",
    (select o.deployment_id from observation o where o.actual_item_id = v.uuid and o.current and o.deployment_id is not null
       and o.attributes->>'version' = v.attributes->>'version' order by o.last_at desc limit 1) as "deploymentId"`,
  from: `(
      select c.uuid as item_id, t.uuid as software_id from configuration_item c cross join lateral ${thingsOn('c.actual_item_id')} t
      union
      select c.uuid, c.actual_item_id from configuration_item c
    ) s join actual_item v on v.uuid = s.software_id`,
}

/** `$1`: when. Which deployment looked was not kept by time. */
const THEN = {
  columns: `least(${lastSeenOf('a')}, $1) as "observedAt", null as "deploymentId"`,
  from: `(
      select c.uuid as item_id, t.uuid as software_id from configuration_item_version c
        cross join lateral ${thingsOn('c.actual_item_id', seenAt)} t where ${validAt('c')}
      union
      select c.uuid, c.actual_item_id from configuration_item_version c where ${validAt('c')}
    ) s join actual_item_version v on v.uuid = s.software_id join actual_item a on a.uuid = v.uuid`,
}

function checkedNames(names: string[]): string[] {
  if (names.length <= MAX_PAGE) return names
  throw new BadInput(`At most ${MAX_PAGE} names of software can be asked for at once; these are ${names.length}.`, {
    field: ['names'],
    rule: 'list size',
  })
}
