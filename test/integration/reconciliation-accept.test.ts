import { expect, test } from 'vitest'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { makeItems, relate } from '../support/estate.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'

const estate = aReconciledEstate()
const item = (uuid: string) => estate.orm.em.fork().findOneOrFail(ConfigurationItem, uuid)
const open = (taskId: string) => estate.results({ taskId, states: ['OPEN'] })
const accept = (id: string, facts: object = {}) =>
  estate.ask(
    'reconciliationResultResolve',
    'ReconciliationResultResolveInput',
    { id, action: 'acceptActual', reason: 'as it is', ...facts },
    'result { state }',
  )
const acceptAll = (ids: string[]) =>
  estate.ask(
    'reconciliationResultsResolve',
    'ReconciliationResultsResolveInput',
    { ids, action: 'acceptActual', reason: 'as it is' },
    'results { state }',
  )
const related = (uuid: string) =>
  estate.sql<{ type: string; name: string }>(
    `select r.type, c.name from relationship r join configuration_item c on c.uuid = r.target_id
     where r.source_id = $1 and r.valid_to is null order by r.type, c.name`,
    [uuid],
  )

test('a missing item that is accepted is decommissioned, with who and why in its history, and is not found again', async () => {
  const task = await estate.task({ name: 'Gone', classNames: ['Application'] })
  const gone = await estate.pair('Application', 'gone')
  await estate.lose(gone.actual)
  await estate.run(task)
  const [missing] = await open(task)
  expect(missing).toMatchObject({ kind: 'MISSING', allowedActions: ['acceptActual', 'resolve', 'ignore'] })
  expect(await accept(missing!.id)).toMatchObject({ result: { state: 'RESOLVED' }, userErrors: [] })
  expect((await item(gone.item.uuid)).state).toBe('DECOMMISSIONED')
  expect(
    await estate.sql('select action, to_state, reason from history where subject = $1 and action <> $2', [
      gone.item.uuid,
      'create',
    ]),
  ).toEqual([{ action: 'decommission', to_state: 'DECOMMISSIONED', reason: 'as it is' }])
  await estate.run(task)
  expect(await open(task)).toEqual([])
})

test('a missing item can be put in store instead, where nobody expects to see it, and to nothing that is in use', async () => {
  const task = await estate.task({ name: 'Stored', classNames: ['Database'] })
  const spare = await estate.pair('Database', 'spare')
  await estate.lose(spare.actual)
  await estate.run(task)
  const [missing] = await open(task)
  const refused = await accept(missing!.id, { itemAction: 'goLive' })
  expect(refused.userErrors).toMatchObject([
    {
      message: 'spare is not seen any more, so it cannot goLive. What can become of it: decommission, store, withdraw.',
      rule: 'leaves where it is expected',
    },
  ])
  expect((await accept(missing!.id, { itemAction: 'store' })).userErrors).toEqual([])
  expect((await item(spare.item.uuid)).state).toBe('INVENTORY')
  await estate.run(task)
  expect(await open(task)).toEqual([])
})

test('what is seen again since it was called missing is not decommissioned', async () => {
  const task = await estate.task({ name: 'Back', classNames: ['NetworkInterface'] })
  const back = await estate.pair('NetworkInterface', 'eth9')
  await estate.lose(back.actual)
  await estate.run(task)
  const [missing] = await open(task)
  await estate.sql(`update actual_item set state = 'PRESENT' where uuid = $1`, [back.actual.uuid])
  expect((await accept(missing!.id)).userErrors).toMatchObject([
    { message: 'eth9 is seen again; reconcile again, then decide.', rule: 'still as compared' },
  ])
  expect((await item(back.item.uuid)).state).toBe('PRODUCTION')
})

test('relationships that differ are taken over: what is only seen begins, what is only authorized ends, in one change', async () => {
  const task = await estate.task({ name: 'Edges', classNames: ['ComputerSystem'] })
  const [web, old, fresh] = [
    await estate.pair('ComputerSystem', 'web'),
    await estate.pair('ComputerSystem', 'db-old'),
    await estate.pair('ComputerSystem', 'db-new'),
  ]
  const edge = (target: ConfigurationItem) => ({ type: 'dependsOn', sourceId: web.item.uuid, targetId: target.uuid })
  await estate.change((em) => relate(em, [edge(old.item)]))
  await estate.seeEdge('dependsOn', web.actual, fresh.actual)
  await estate.run(task)
  const [differs] = await open(task)
  expect(differs!.relationships).toHaveLength(2)
  await estate.change((em) => relate(em, [edge(fresh.item)]))
  expect((await accept(differs!.id)).userErrors).toMatchObject([
    { message: 'web dependsOn db-new is not as it was compared; reconcile again, then decide.' },
  ])
  await estate.sql('update relationship set valid_to = now() where source_id = $1 and target_id = $2', [
    web.item.uuid,
    fresh.item.uuid,
  ])
  expect((await accept(differs!.id)).userErrors).toEqual([])
  expect(await related(web.item.uuid)).toEqual([{ type: 'dependsOn', name: 'db-new' }])
  await estate.run(task)
  expect(await open(task)).toEqual([])
})

test('a machine that is seen at another site moves there, with what is inside it, also with other results at once', async () => {
  const task = await estate.task({ name: 'Moved', classNames: ['ComputerSystem', 'SoftwareInstallation'] })
  const [quito, lima] = [await estate.pair('Site', 'Quito'), await estate.pair('Site', 'Lima')]
  const host = await estate.pair('ComputerSystem', 'mover', { attributes: { port: 80 } })
  const software = await estate.pair('SoftwareInstallation', 'shop on mover')
  const gone = await estate.pair('ComputerSystem', 'left')
  await estate.change((em) =>
    relate(em, [
      { type: 'locatedIn', sourceId: host.item.uuid, targetId: quito.item.uuid },
      { type: 'runsOn', sourceId: software.item.uuid, targetId: host.item.uuid },
    ]),
  )
  await estate.seeEdge('locatedIn', host.actual, lima.actual)
  await estate.seeEdge('runsOn', software.actual, host.actual)
  await estate.sql(`update actual_item set attributes = '{"port": 81}' where uuid = $1`, [host.actual.uuid])
  await estate.lose(gone.actual)
  await estate.run(task)
  const found = await open(task)
  expect(found.map(({ kind }) => kind).toSorted()).toEqual(['MISMATCH', 'MISSING'])
  expect((await acceptAll(found.map(({ id }) => id))).userErrors).toEqual([])
  expect(await item(host.item.uuid)).toMatchObject({ siteId: lima.item.uuid, attributes: { port: 81 } })
  expect((await item(software.item.uuid)).siteId).toBe(lima.item.uuid)
  expect((await item(gone.item.uuid)).state).toBe('DECOMMISSIONED')
})

test('a relationship that a rule forbids is not taken over, and nothing else of the result is', async () => {
  const task = await estate.task({ name: 'Two sites', classNames: ['ComputerSystem'] })
  const [bonn, [rome]] = [
    await estate.pair('Site', 'Bonn'),
    await estate.change((em) => makeItems(em, 'Site', ['Rome'])),
  ]
  const host = await estate.pair('ComputerSystem', 'torn', { attributes: { port: 80 } })
  await estate.change((em) => relate(em, [{ type: 'locatedIn', sourceId: host.item.uuid, targetId: rome!.uuid }]))
  await estate.seeEdge('locatedIn', host.actual, bonn.actual)
  await estate.sql(`update actual_item set attributes = '{"port": 81}' where uuid = $1`, [host.actual.uuid])
  await estate.run(task)
  const [differs] = (await open(task)).filter(({ message }) => message.startsWith('torn'))
  expect((await accept(differs!.id)).userErrors).toMatchObject([{ rule: 'only one of this type' }])
  expect(await item(host.item.uuid)).toMatchObject({ siteId: rome!.uuid, attributes: { port: 80 } })
})
