// Two who give one name at once: the second waits for the first, and then sees it. Real transactions, held open.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { EntityManager } from '@mikro-orm/postgresql'
import { createItem, updateItem } from '../../server/item/item.service.ts'
import { createRelationship } from '../../server/item/relationship.service.ts'
import { promoteItems } from '../../server/reconciliation/promote.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'

const estate = aReconciledEstate()
const viewer = aViewer()
const create = (name: string) => (em: EntityManager) =>
  createItem(em, estate.catalogue.now, { className: 'ComputerSystem', name } as never, viewer)
const named = (name: string) =>
  estate.sql(`select uuid from configuration_item where name = $1 and class_name = 'ComputerSystem'`, [name])

/** Does the first, keeps its transaction open while the second begins, and tells what became of the second. */
async function overlapping(
  first: (em: EntityManager) => Promise<unknown>,
  second: (em: EntityManager) => Promise<unknown>,
) {
  const [done, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = estate.change(async (em) => {
    await first(em)
    done.resolve()
    await release.promise
  })
  await Promise.race([done.promise, holding])
  let over = false
  const other = Promise.allSettled([estate.change(second).finally(() => (over = true))])
  await sleep(300)
  const waited = !over
  release.resolve()
  await holding
  const [outcome] = await other
  return { waited, said: outcome!.status === 'rejected' ? String(outcome!.reason) : 'done' }
}

test('of two who create an item of one name at once, one does, and the other is told of it', async () => {
  const { waited, said } = await overlapping(create('twin-1'), create('twin-1'))
  expect(waited).toBe(true)
  expect(said).toContain('There is already a ComputerSystem called twin-1 outside every site.')
  expect(await named('twin-1')).toHaveLength(1)
  expect((await overlapping(create('other-1'), create('other-2'))).said).toBe('done')
})

test('a name that is being created is not given by renaming meanwhile', async () => {
  const [item] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['old name']))
  const { waited, said } = await overlapping(create('twin-2'), (em) =>
    updateItem(em, estate.catalogue.now, { id: item!.id, name: 'twin-2' }, viewer),
  )
  expect([waited, said]).toEqual([true, expect.stringContaining('There is already a ComputerSystem called twin-2')])
})

test('of two of one name who are brought into one host at once, one is', async () => {
  const { host, one, two } = await estate.change(async (em) => {
    const [host] = await makeItems(em, 'ComputerSystem', ['host of twins'])
    const [one, two] = await makeItems(em, 'SoftwareInstallation', ['twin-5', 'twin-5'])
    return { host: host!, one: one!, two: two! }
  })
  const into = (source: { id: string }) => (em: EntityManager) =>
    createRelationship(em, estate.catalogue.now, { type: 'runsOn', sourceId: source.id, targetId: host.id }, viewer)
  const { waited, said } = await overlapping(into(one), into(two))
  expect([waited, said]).toEqual([
    true,
    expect.stringContaining('There is already a SoftwareInstallation called twin-5 in host of twins.'),
  ])
})

test('what is promoted while somebody creates it by hand is linked with that, and what is created while it is promoted is refused', async () => {
  const promote = (id: string) => (em: EntityManager) =>
    promoteItems(em, estate.catalogue.now, { actualItemIds: [id] }, viewer)
  const first = await estate.see('ComputerSystem', 'twin-3')
  expect(await overlapping(create('twin-3'), promote(first.id))).toEqual({ waited: true, said: 'done' })
  expect(await named('twin-3')).toHaveLength(1)
  expect(await estate.sql('select name from configuration_item where actual_item_id = $1', [first.uuid])).toEqual([
    { name: 'twin-3' },
  ])
  const second = await estate.see('ComputerSystem', 'twin-4')
  const { waited, said } = await overlapping(promote(second.id), create('twin-4'))
  expect([waited, said]).toEqual([true, expect.stringContaining('There is already a ComputerSystem called twin-4')])
  expect(await named('twin-4')).toHaveLength(1)
})
