// What tasks of a site look at, and the changes that no task looks at.
import { expect, test } from 'vitest'
import { explain } from '../../server/kernel/cause.ts'
import { rows } from '../../server/kernel/sql.ts'
import { aViewer, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'
import { countStatements } from '../support/statements.ts'

const estate = aReconciledEstate()
const observe = (uuid: string, attributes: object) =>
  estate.sql('update actual_item set attributes = attributes || $2::jsonb where uuid = $1', [
    uuid,
    JSON.stringify(attributes),
  ])

test('a task of a site compares what is inside it, also after it moved there, and lists no stranger of the estate', async () => {
  const [quito, lima] = [await estate.pair('Site', 'Quito'), await estate.pair('Site', 'Lima')]
  const [here, there] = [
    await estate.pair('ComputerSystem', 'here', { attributes: { port: 80 } }),
    await estate.pair('ComputerSystem', 'there', { attributes: { port: 80 } }),
  ]
  const inside = (one: typeof here, site: typeof quito) => ({
    type: 'locatedIn',
    sourceId: one.item.uuid,
    targetId: site.item.uuid,
  })
  await estate.change((em) => relate(em, [inside(here, quito), inside(there, lima)]))
  await estate.see('ComputerSystem', 'stranger')
  for (const { actual } of [here, there]) await observe(actual.uuid, { port: 81 })
  const facts = { classNames: ['ComputerSystem'], depth: 0 }
  const task = await estate.task({ name: 'Quito', siteId: quito.item.id, ...facts })
  const found = async (taskId: string) =>
    (await estate.results({ taskId, states: ['OPEN'] })).map(({ kind, message }) => `${kind}: ${message}`)
  await estate.run(task)
  expect(await found(task)).toEqual(['MISMATCH: here differs: port.'])
  await estate.sql(`update relationship set valid_to = now() where source_id = $1`, [there.item.uuid])
  await estate.change((em) => relate(em, [inside(there, quito)]))
  await estate.run(task)
  expect((await found(task)).toSorted()).toEqual(['MISMATCH: here differs: port.', 'MISMATCH: there differs: port.'])
  const everywhere = await estate.task({ name: 'Everywhere', ...facts })
  await estate.run(everywhere)
  expect(await found(everywhere)).toContain('UNEXPECTED: stranger is seen, and nobody authorized it.')
})

interface Change {
  attribute: string
  before: unknown
  value: unknown
  item: { name: string }
}
const unplanned = async (filter: object, who = aViewer()) => {
  const text = `query($filter: UnplannedChangeFilter) { unplannedChanges(first: 50, filter: $filter) { totalCount
    nodes { attribute before value item { name } } } }`
  const data = await estate.query<{ unplannedChanges: { totalCount: number; nodes: Change[] } }>(text, { filter }, who)
  expect(data.unplannedChanges.totalCount).toBe(data.unplannedChanges.nodes.length)
  return data.unplannedChanges.nodes.map(
    ({ item, attribute, before, value }) => `${item.name} ${attribute} ${String(before)} > ${String(value)}`,
  )
}

test('changes that no deployment explains are listed for every item, compared or not, newest first', async () => {
  const linked = await estate.pair('Application', 'u-till', { attributes: { version: '1' } })
  const only = await estate.see('SoftwareInstallation', 'u-shop', { package: 'shop', version: '1', path: '/a' })
  const brought = await estate.see('SoftwareInstallation', 'u-cart', { package: 'cart', version: '1' })
  await aMoment()
  await estate.change(async (em) => {
    await explain(em, { cause: 'DEPLOYMENT', originId: 'dpl_0', originNumber: 'DPL-7' })
    await rows(em, `update actual_item set attributes = attributes || '{"version": "2"}' where uuid = $1`, [
      brought.uuid,
    ])
  })
  await observe(linked.actual.uuid, { version: '2' })
  await aMoment()
  await observe(only.uuid, { version: '6.6.6' })
  expect(await unplanned({ search: 'u-' })).toEqual(['u-shop version 1 > 6.6.6', 'u-till version 1 > 2'])
  expect(await unplanned({ search: 'u-', linked: true })).toEqual(['u-till version 1 > 2'])
  expect(await unplanned({ search: 'u-', linked: false })).toEqual(['u-shop version 1 > 6.6.6'])
  expect(await unplanned({ search: 'u-', classNames: ['SoftwareInstallation'] })).toEqual(['u-shop version 1 > 6.6.6'])
  expect(await unplanned({ search: 'u-', since: new Date(Date.now() + 60_000) })).toEqual([])
  expect(await unplanned({ search: 'u-' }, aViewer([linked.item.uuid]))).toEqual(['u-till version 1 > 2'])
})

test('the list of changes nobody planned takes as many statements for forty as for one', async () => {
  const text = `query($first: Int) { unplannedChanges(first: $first, filter: { search: "many-" }) { totalCount
    nodes { attribute before value item { name configurationItem { id name } } } } }`
  const seen = []
  for (let n = 0; n < 40; n++)
    seen.push(await estate.pair('Application', `many-${n}`, { attributes: { version: '1' } }))
  await aMoment()
  for (const { actual } of seen) await observe(actual.uuid, { version: '2' })
  const asked = async (first: number) => {
    let listed = 0
    const statements = await countStatements(async () => {
      const { unplannedChanges } = await estate.query<{ unplannedChanges: { nodes: object[] } }>(text, { first })
      listed = unplannedChanges.nodes.length
    })
    expect(listed).toBe(first)
    return statements.length
  }
  expect(await asked(40)).toBe(await asked(1))
})
