// Before a promotion it is said which of the seen relationships the rules of the authorized classes forbid, and so it comes.
import { expect, test } from 'vitest'
import type { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { moveItem } from '../../server/item/item.service.ts'
import { aViewer, makeItems, relate } from '../support/estate.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'
import { countStatements } from '../support/statements.ts'

const estate = aReconciledEstate()
const viewer = aViewer()

interface NotRelated {
  type: string
  sourceClass: string
  targetClass: string
  rule: string
  count: number
  examples: { source: { name: string }; target: { name: string }; why: string }[]
}
interface Preview {
  related: number
  notRelated: NotRelated[]
}
interface LeftOut {
  message: string
  relationships: object[]
}
const preview = async (input: object) =>
  (
    await estate.query<{ promotionPreview: Preview }>(
      `query($input: PromotionPreviewInput!) { promotionPreview(input: $input) { related
         notRelated { type sourceClass targetClass rule count examples { source { name } target { name } why } } } }`,
      { input },
    )
  ).promotionPreview
const edges = async () =>
  (
    await estate.sql<{ edge: string }>(
      `select s.name || ' ' || r.type || ' ' || t.name as edge from relationship r join configuration_item s on s.uuid = r.source_id
         join configuration_item t on t.uuid = r.target_id where r.valid_to is null order by 1`,
    )
  ).map(({ edge }) => edge)
async function scope(name: string, mappings: object[]) {
  const input = { name, className: 'ComputerSystem', mappings }
  const { promotionScope, userErrors } = await estate.ask<{ promotionScope: { id: string } }>(
    ...(['promotionScopeCreate', 'PromotionScopeCreateInput', input, 'promotionScope { id }'] as const),
  )
  expect(userErrors).toEqual([])
  return promotionScope.id
}
/** Previews, promotes, and expects that what was said came, no more and no less; answers both. */
async function saidAndDone(seen: readonly ActualItem[], scopeId?: string) {
  const input = { actualItemIds: seen.map(({ id }) => id), scopeId }
  const before = await edges()
  const said = await preview(input)
  expect(await edges()).toEqual(before)
  const { leftOut, userErrors } = await estate.ask<{ leftOut: LeftOut[] }>(
    ...(['itemsPromote', 'ItemsPromoteInput', input, 'leftOut { message relationships { type } }'] as const),
  )
  expect(userErrors).toEqual([])
  const came = (await edges()).filter((edge) => !before.includes(edge))
  expect(came).toHaveLength(said.related)
  const words = leftOut.map(({ message }) => message).join(' ')
  for (const { rule, examples } of said.notRelated) {
    for (const { why } of examples) expect(words).toContain(`${why} (Rule: ${rule}.)`)
  }
  const told = said.notRelated.reduce((sum, { count }) => sum + count, 0)
  expect(leftOut.flatMap(({ relationships }) => relationships)).toHaveLength(told)
  return { said, came }
}

test('what the mapped class may not be related by is said with classes, rule, number and three examples, and is what is left out', async () => {
  const scopeId = await scope('To places', [{ actualClass: 'SoftwareInstallation', authorizedClass: 'Site' }])
  const host = await estate.see('ComputerSystem', 'kind-host')
  const place = await estate.see('Site', 'kind-place')
  await estate.seeEdge('locatedIn', host, place)
  for (let n = 1; n <= 4; n++) {
    await estate.seeEdge('runsOn', await estate.see('SoftwareInstallation', `kind-${n}`), host)
  }
  const { said, came } = await saidAndDone([host], scopeId)
  expect(came).toEqual(['kind-host locatedIn kind-place'])
  expect(said.notRelated).toMatchObject([
    {
      ...{
        type: 'runsOn',
        sourceClass: 'Site',
        targetClass: 'ComputerSystem',
        rule: 'classes of the relationship',
        count: 4,
      },
      examples: [1, 2, 3].map((n) => ({
        source: { name: `kind-${n}` },
        target: { name: 'kind-host' },
        why: expect.stringContaining(`kind-${n} (Site) cannot be the source of runsOn`) as string,
      })),
    },
  ])
  // Once more it says what still stands.
  expect(await preview({ actualItemIds: [host.id], scopeId })).toEqual(
    said.notRelated.length ? { ...said, related: 0 } : said,
  )
})

test('of two that exclude each other the one seen first comes: among what is new, and beside what was planned', async () => {
  const rooms = [await estate.see('Site', 'only-1'), await estate.see('Site', 'only-2')] as const
  const machine = await estate.see('ComputerSystem', 'only-machine')
  await estate.seeEdge('locatedIn', machine, rooms[1])
  await estate.seeEdge('locatedIn', machine, rooms[0])
  const [planned] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['only-planned']))
  const [elsewhere] = await estate.change((em) => makeItems(em, 'Site', ['only-else']))
  await estate.change((em) => relate(em, [{ type: 'locatedIn', sourceId: planned!.uuid, targetId: elsewhere!.uuid }]))
  const linked = await estate.see('ComputerSystem', 'only-planned')
  await estate.seeEdge('locatedIn', linked, rooms[0])
  const { said, came } = await saidAndDone([...rooms, machine, linked])
  expect(came).toEqual(['only-machine locatedIn only-2'])
  expect(said.notRelated).toMatchObject([
    { type: 'locatedIn', sourceClass: 'ComputerSystem', targetClass: 'Site', rule: 'only one of this type', count: 2 },
  ])
})

test('what would close a ring of containment is left out, and what hangs on a decommissioned item', async () => {
  const places = [
    await estate.see('Site', 'ring-a'),
    await estate.see('Site', 'ring-b'),
    await estate.see('Site', 'ring-c'),
  ] as const
  for (const n of [0, 1, 2]) await estate.seeEdge('locatedIn', places[n]!, places[(n + 1) % 3]!)
  const { actual: dead, item } = await estate.pair('ComputerSystem', 'ring-dead')
  await estate.seeEdge('locatedIn', dead, places[0])
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: item.id, action: 'decommission' }, viewer))
  const { said, came } = await saidAndDone([...places, dead])
  expect(came).toEqual(['ring-a locatedIn ring-b', 'ring-b locatedIn ring-c'])
  expect(said.notRelated.map(({ rule }) => rule).toSorted()).toEqual(['decommissioned', 'no rings of containment'])
})

test('the relationships of many things take as many statements as those of a few, and what could be several is not counted', async () => {
  const host = await estate.see('ComputerSystem', 'many-host')
  const guests = await Promise.all(Array.from({ length: 40 }, (_, n) => estate.see('VirtualMachine', `many-${n}`)))
  for (const guest of guests) await estate.seeEdge('runsOn', guest, host)
  await estate.change((em) => makeItems(em, 'VirtualMachine', ['many-0']))
  await estate.change((em) => makeItems(em, 'VirtualMachine', ['many-0']))
  const input = (some: readonly ActualItem[]) => ({ actualItemIds: [host, ...some].map(({ id }) => id) })
  let said: Preview | undefined
  const all = await countStatements(async () => void (said = await preview(input(guests))))
  const few = await countStatements(() => preview(input(guests.slice(0, 2))))
  expect(all.length).toBe(few.length)
  expect(said).toMatchObject({ related: 39, notRelated: [] })
})
