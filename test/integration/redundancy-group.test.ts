import { expect, test } from 'vitest'
import { loadGraph } from '../../server/item/graph/load.ts'
import { updateItem } from '../../server/item/item.service.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'

interface Answer {
  configurationItem: { impact: { total: number; held: { members: number; affected: number; minimum: number }[] } }
}

const estate = anEstate()
const impactOf = async (id: string) =>
  (
    await estate.query<Answer>(
      'query($id: ID!) { configurationItem(id: $id) { impact { total held { members affected minimum } } } }',
      { id },
    )
  ).configurationItem.impact

test('one of three members of a redundancy group is fine as long as enough of them work, also after the minimum has changed', async () => {
  const made = await estate.change(async (em) => {
    const [group] = await makeItems(em, 'RedundancyGroup', ['pool'], { attributes: { minimumWorking: 2 } })
    const members = await makeItems(em, 'ComputerSystem', ['one', 'two', 'three'])
    const [shop] = await makeItems(em, 'Application', ['shop'])
    await relate(em, [
      ...members.map(({ uuid }) => ({ type: 'memberOf', sourceId: uuid, targetId: group!.uuid })),
      { type: 'dependsOn', sourceId: shop!.uuid, targetId: group!.uuid },
    ])
    return { group: group!, one: members[0]! }
  })
  const one = toNodeId('ci', made.one.uuid)
  await expect
    .poll(() => impactOf(one), { timeout: 30_000 })
    .toEqual({ total: 0, held: [{ members: 3, affected: 1, minimum: 2 }] })
  expect((await loadGraph(estate.url)).nodes.minimum.size, 'after a fresh load').toBe(1)

  await estate.change((em) =>
    updateItem(
      em,
      estate.catalogue.now,
      { id: toNodeId('ci', made.group.uuid), attributes: { minimumWorking: 3 } },
      aViewer(),
    ),
  )
  await expect.poll(() => impactOf(one), { timeout: 30_000 }).toEqual({ total: 2, held: [] })
})
