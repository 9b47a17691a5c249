import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'

/**
 * Notes for every target what was there before: the version of the same package that a deployment last confirmed on the
 * item. It is what a roll-back goes to. What nobody confirmed is not guessed.
 */
export async function recordPreviousVersions(em: EntityManager, deployment: Deployment): Promise<void> {
  await em.flush()
  await rows(
    em,
    `update deployment_target t set previous_version = known.number, previous_version_id = known.uuid
     from (
       select distinct on (earlier.item_id) earlier.item_id, v.number, v.uuid
       from deployment_target earlier
         join deployment d on d.uuid = earlier.deployment_id
         join package_version v on v.uuid = d.source_id
       where earlier.confirmation = 'CONFIRMED' and earlier.deployment_id <> $1
         and v.package_id = (select package_id from package_version where uuid = $2)
         and earlier.item_id in (select item_id from deployment_target where deployment_id = $1)
       order by earlier.item_id, earlier.settled_at desc
     ) known
     where t.deployment_id = $1 and t.item_id = known.item_id`,
    [deployment.uuid, deployment.sourceId],
  )
}
