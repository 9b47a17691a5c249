/** Two items of one name and class in one place are twins: whoever reads or matches by name could not tell them apart. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { containmentTypes } from './containment.ts'
import type { ConfigurationItem } from './item.entity.ts'
import { lockNames } from './names.ts'

interface Twin {
  uuid: string
  state: string
}

/** Refuses a second item of one name and class at one site; whoever gives the name at the same time waits for the end of this. */
export async function refuseTwin(
  em: EntityManager,
  name: string,
  className: string,
  siteId: string | null,
): Promise<void> {
  await lockNames(em, [name])
  const twin = await row<Twin>(
    em,
    `select uuid, state from configuration_item
     where name = $1 and class_name = $2 and site_id is not distinct from $3 and state <> 'DECOMMISSIONED' limit 1`,
    [name, className, siteId],
  )
  if (!twin) return
  throw new BadInput(
    `There is already a ${className} called ${name} ${siteId ? 'at this site' : 'outside every site'}.`,
    {
      field: ['name'],
      itemId: toNodeId('ci', twin.uuid),
      rule: 'no twins',
      evidence: { state: twin.state },
    },
  )
}

/**
 * Refuses to bring an item into what holds one of its name and class already. Of a place the whole site counts, as where
 * items are created and moved; of anything else, such as a host, what is directly inside it: the same software is on many
 * hosts of a site. Call it with the containment lock held.
 */
export async function refuseTwinInside(
  em: EntityManager,
  catalogue: Catalogue,
  item: Pick<ConfigurationItem, 'uuid' | 'name' | 'className' | 'siteId'>,
  container: ConfigurationItem,
): Promise<void> {
  await lockNames(em, [item.name])
  const isPlace = catalogue.isA(container.className, 'Place')
  const siteId = catalogue.isA(container.className, 'Site') ? container.uuid : container.siteId
  const isNewSite = isPlace && siteId !== null && siteId !== item.siteId
  const twin = await row<Twin>(
    em,
    `select i.uuid, i.state from configuration_item i
     where i.name = $1 and i.class_name = $2 and i.uuid <> $3 and i.state <> 'DECOMMISSIONED'
       and (i.site_id = $5 or exists (select from relationship r where r.source_id = i.uuid and r.target_id = $4 and r.valid_to is null
         and r.type = any(${containmentTypes})))
     order by i.uuid limit 1`,
    [item.name, item.className, item.uuid, container.uuid, isNewSite ? siteId : null],
  )
  if (!twin) return
  const where = isNewSite && siteId !== container.uuid ? `at the site of ${container.name}` : `in ${container.name}`
  throw new BadInput(
    `There is already a ${item.className} called ${item.name} ${where}. Relate that one, or give one of them another name first.`,
    {
      field: ['sourceId'],
      itemId: toNodeId('ci', twin.uuid),
      rule: 'no twins',
      evidence: { state: twin.state },
    },
  )
}
