import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'

/**
 * Notes for every target what was there before: the version of the same package that a deployment last confirmed on the
 * item, or else the one that discovery saw there. It is what a roll-back goes to; what nobody saw is not guessed.
 */
export async function recordPreviousVersions(em: EntityManager, deployment: Deployment): Promise<void> {
  await em.flush()
  await rows(
    em,
    `with source as (
       select v.package_id, k.name from package_version v join package k on k.uuid = v.package_id where v.uuid = $2
     ), seen as (
       select distinct on (c.uuid) c.uuid as item_id, a.attributes->>'version' as number, a.attributes->>'digest' as digest
       from deployment_target t join configuration_item c on c.uuid = t.item_id
         join actual_relationship r on r.target_id = c.actual_item_id and r.type = 'runsOn' and r.gone_at is null
         join actual_item a on a.uuid = r.source_id, source
       where t.deployment_id = $1 and a.class_name = 'SoftwareInstallation' and a.state = 'PRESENT'
         and a.attributes->>'package' = source.name
       order by c.uuid, a.last_seen_at desc
     ), confirmed as (
       select distinct on (earlier.item_id) earlier.item_id, v.number, v.uuid
       from deployment_target earlier
         join deployment d on d.uuid = earlier.deployment_id
         join package_version v on v.uuid = d.source_id
       where earlier.confirmation = 'CONFIRMED' and earlier.deployment_id <> $1
         and v.package_id = (select package_id from source)
         and earlier.item_id in (select item_id from deployment_target where deployment_id = $1)
       order by earlier.item_id, earlier.settled_at desc
     )
     update deployment_target t set
       previous_version = coalesce(confirmed.number, seen.number),
       previous_version_id = coalesce(confirmed.uuid, (
         select v.uuid from package_version v, source where v.package_id = source.package_id and v.number = seen.number
           and (seen.digest is null or v.digest = seen.digest) order by v.created_at limit 1))
     from deployment_target own
       left join confirmed on confirmed.item_id = own.item_id left join seen on seen.item_id = own.item_id
     where own.deployment_id = $1 and t.uuid = own.uuid`,
    [deployment.uuid, deployment.sourceId],
  )
}
