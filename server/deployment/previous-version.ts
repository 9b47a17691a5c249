import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import { thingsOn } from '../discovery/places.ts'
import type { Deployment } from './deployment.entity.ts'
import { lastSeenOf } from '../discovery/last-seen.ts'

interface Known {
  itemId: string
  number: string
  versionId: string | null
}

/**
 * Notes for every target what was there before: the version of the same package that a deployment last confirmed on the
 * item, or else the one that discovery saw there. It is what a roll-back goes to; what nobody saw is not guessed.
 */
export async function recordPreviousVersions(em: EntityManager, deployment: Deployment): Promise<void> {
  await em.flush()
  const targets = await rows<{ item_id: string }>(
    em,
    `select item_id from deployment_target where deployment_id = $1`,
    [deployment.uuid],
  )
  const items = targets.map(({ item_id }) => item_id)
  const known = new Map<string, Known>()
  for (const one of await seen(em, deployment, items)) known.set(one.itemId, one)
  for (const one of await confirmed(em, deployment, items)) known.set(one.itemId, one)
  await rows(
    em,
    `update deployment_target t set previous_version = k.number, previous_version_id = k."versionId"
     from jsonb_to_recordset($2::jsonb) as k("itemId" uuid, number text, "versionId" uuid)
     where t.deployment_id = $1 and t.item_id = k."itemId"`,
    [deployment.uuid, JSON.stringify([...known.values()])],
  )
}

/** What deployments last confirmed on each item, of the same package. */
function confirmed(em: EntityManager, deployment: Deployment, items: string[]): Promise<Known[]> {
  return rows<Known>(
    em,
    `select distinct on (t.item_id) t.item_id as "itemId", v.number, v.uuid as "versionId"
     from deployment_target t join deployment d on d.uuid = t.deployment_id join package_version v on v.uuid = d.source_id
     where t.item_id = any($1::uuid[]) and t.confirmation = 'CONFIRMED' and t.deployment_id <> $2
       and v.package_id = (select package_id from package_version where uuid = $3)
     order by t.item_id, t.settled_at desc`,
    [items, deployment.uuid, deployment.sourceId],
  )
}

/** What discovery saw on each item, of the same package; the library's version of it by digest, or by number. */
function seen(em: EntityManager, deployment: Deployment, items: string[]): Promise<Known[]> {
  return rows<Known>(
    em,
    `select distinct on (c.uuid) c.uuid as "itemId", a.attributes->>'version' as number, v.uuid as "versionId"
     from configuration_item c
       cross join lateral ${thingsOn('c.actual_item_id')} t
       join actual_item a on a.uuid = t.uuid and a.class_name = 'SoftwareInstallation' and a.state = 'PRESENT'
       join package_version source on source.uuid = $2
       join package k on k.uuid = source.package_id and k.name = a.attributes->>'package'
       left join package_version v on v.package_id = k.uuid and v.number = a.attributes->>'version'
         and v.digest = coalesce(a.attributes->>'digest', v.digest)
     where c.uuid = any($1::uuid[]) and a.attributes->>'version' is not null
     order by c.uuid, ${lastSeenOf('a')} desc, v.created_at`,
    [items, deployment.sourceId],
  )
}
