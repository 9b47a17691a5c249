// Two items of one name and class in one place: refused when one is related into it, as when it is created or moved there.
import { expect, test } from 'vitest'
import { createItem, moveItem } from '../../server/item/item.service.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import { restoreItem } from '../../server/item/time/restore.service.ts'
import type { ItemRestoreInput } from '../../server/item/time/restore.types.ts'
import { anEstate, aViewer } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'

const estate = anEstate()
const viewer = aViewer()
const make = (className: string, name: string, siteId?: string) =>
  estate.change((em) => createItem(em, estate.catalogue.now, { className, name, siteId }, viewer))
const relate = (type: string, source: { id: string }, target: { id: string }) =>
  estate.change((em) =>
    createRelationship(em, estate.catalogue.now, { type, sourceId: source.id, targetId: target.id }, viewer),
  )

test('the same software is on many hosts of a site, and once on each', async () => {
  const site = await make('Site', 'Oslo')
  const [one, other] = [
    await make('ComputerSystem', 'oslo-1', site.id),
    await make('ComputerSystem', 'oslo-2', site.id),
  ]
  const first = await make('SoftwareInstallation', 'shop')
  await relate('runsOn', first, one)
  const second = await make('SoftwareInstallation', 'shop')
  await relate('runsOn', second, other)
  const third = await make('SoftwareInstallation', 'shop')
  await expect(relate('installedOn', third, one)).rejects.toMatchObject({
    message:
      'There is already a SoftwareInstallation called shop in oslo-1. Relate that one, or give one of them another name first.',
    facts: { field: ['sourceId'], itemId: first.id, rule: 'no twins', evidence: { state: first.state } },
  })
  // Of another class, by what is no containment, and in place of what is decommissioned: all of it may be.
  await relate('dependsOn', third, one)
  await relate('runsOn', await make('WebServer', 'shop'), one)
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: first.id, action: 'decommission' }, viewer))
  await relate('runsOn', third, one)
})

test('of a place the whole site counts, whichever room or rack it is', async () => {
  const site = await make('Site', 'Turku')
  const [room, rack] = [await make('Location', 'room 1', site.id), await make('Rack', 'rack 1', site.id)]
  const known = await make('ComputerSystem', 'db-1')
  await relate('locatedIn', known, room)
  const twin = await make('ComputerSystem', 'db-1')
  const refused = (where: string) => ({
    message: expect.stringContaining(`There is already a ComputerSystem called db-1 ${where}.`),
    facts: { itemId: known.id, rule: 'no twins' },
  })
  await expect(relate('locatedIn', twin, site)).rejects.toMatchObject(refused('in Turku'))
  await expect(relate('locatedIn', twin, rack)).rejects.toMatchObject(refused('at the site of rack 1'))
  await expect(relate('locatedIn', twin, room)).rejects.toMatchObject(refused('at the site of room 1'))
  await relate('locatedIn', twin, await make('Site', 'Bergen'))
})

test('an item does not come back by a restore into a host that has its like by now', async () => {
  const host = await make('ComputerSystem', 'host-3', (await make('Site', 'Espoo')).id)
  const first = await make('SoftwareInstallation', 'cart')
  const placed = await relate('runsOn', first, host)
  const second = await make('SoftwareInstallation', 'cart')
  const then = new Date(await aMoment())
  const restore = (dryRun: boolean) =>
    estate.change((em) =>
      restoreItem(em, estate.catalogue.now, { id: first.id, dryRun } as ItemRestoreInput, then, viewer),
    )
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: placed.id }, viewer))
  expect((await restore(true)).relationships).toHaveLength(1)
  await relate('runsOn', second, host)
  for (const dryRun of [true, false])
    await expect(restore(dryRun)).rejects.toMatchObject({
      message: expect.stringContaining('There is already a SoftwareInstallation called cart in host-3.'),
      facts: { itemId: second.id, rule: 'no twins' },
    })
})
