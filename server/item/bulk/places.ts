/** What stands against moving many items into sites: a rule of the relationship, or an item of one name and class there. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { groupedBy } from '../../kernel/batch.ts'
import { BadInput } from '../../kernel/errors.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { lockNames } from '../names.ts'
import { refuseBroken, rulesBrokenBy } from '../relationship-rules.ts'

export interface Place {
  item: string
  site: string
}

/** Looks at all of these moves together; answers what refuses an item whose move may not be. `leaving`: what ends for it. */
export async function placeRules(
  em: EntityManager,
  catalogue: Catalogue,
  places: readonly Place[],
  leaving: readonly string[],
): Promise<(item: { uuid: string }) => void> {
  const edges = places.map(({ item, site }) => ({ type: 'locatedIn', sourceId: item, targetId: site }))
  const broken = groupedBy(await rulesBrokenBy(em, catalogue, edges, leaving), ({ edge }) => edge.sourceId)
  const twins = groupedBy(await twinsIn(em, places), ({ item }) => item)
  return ({ uuid }) => {
    refuseBroken(broken.get(uuid) ?? [], ['siteId'])
    const [twin] = twins.get(uuid) ?? []
    if (!twin) return
    throw new BadInput(`There is already a ${twin.class_name} called ${twin.name} in ${twin.place}.`, {
      field: ['siteId'],
      rule: 'no twins',
      evidence: { twin: toNodeId('ci', twin.twin), state: twin.state },
    })
  }
}

interface Twin {
  item: string
  twin: string
  name: string
  class_name: string
  state: string
  place: string
}

/** Those that stand there and stay, and those that come along. */
async function twinsIn(em: EntityManager, places: readonly Place[]): Promise<Twin[]> {
  if (places.length === 0) return []
  const uuids = places.map(({ item }) => item)
  const moved = await rows<{ name: string }>(em, 'select name from configuration_item where uuid = any($1::uuid[])', [
    uuids,
  ])
  await lockNames(
    em,
    moved.map(({ name }) => name),
  )
  return rows<Twin>(
    em,
    `with moved as (select i.uuid, i.name, i.class_name, m.site from jsonb_to_recordset($1::jsonb) as m(item uuid, site uuid)
         join configuration_item i on i.uuid = m.item),
       pair as (
         select m.uuid as item, o.uuid as twin from moved m join configuration_item o
           on o.site_id = m.site and o.name = m.name and o.class_name = m.class_name
           where o.uuid not in (select uuid from moved)
         union all
         select m.uuid, o.uuid from moved m join moved o
           on o.site = m.site and o.name = m.name and o.class_name = m.class_name and o.uuid <> m.uuid)
     select p.item, p.twin, o.name, o.class_name, o.state, s.name as place from pair p join moved m on m.uuid = p.item
       join configuration_item o on o.uuid = p.twin join configuration_item s on s.uuid = m.site
     where o.state <> 'DECOMMISSIONED' order by p.item, p.twin`,
    [JSON.stringify(places)],
  )
}
