// An item remembers through which promotion scope it came: which one, as what it was seen, who promoted it, when and why.
import { beforeAll, expect, test } from 'vitest'
import type { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'
import { countStatements } from '../support/statements.ts'

const estate = aReconciledEstate()
const viewer = aViewer()

interface Promoted {
  name: string
  promotion: {
    fate: string
    actualClass: string
    scopeName: string
    scope: { id: string; name: string } | null
    change: { id: string; at: string; by: string | null; reason: string | null; mutation: string | null }
  } | null
}
const PROMOTION = `name promotion { fate actualClass scopeName scope { id name } change { id at by reason cause mutation } }`
const items = async (search: string, who = viewer) =>
  (
    await estate.query<{ configurationItems: { nodes: Promoted[] } }>(
      `query($search: String) { configurationItems(first: 100, filter: { search: $search }) { nodes { ${PROMOTION} } } }`,
      { search },
      who,
    )
  ).configurationItems.nodes
const scopeMutation = (verb: 'Create' | 'Update', input: object) =>
  estate.ask<{ promotionScope: { id: string } }>(
    `promotionScope${verb}`,
    `PromotionScope${verb}Input`,
    input,
    'promotionScope { id }',
  )
async function promote(seen: readonly ActualItem[], scopeId: string, reason?: string) {
  const input = { actualItemIds: seen.map(({ id }) => id), scopeId, reason }
  const { userErrors } = await estate.ask('itemsPromote', 'ItemsPromoteInput', input, 'items { id }')
  expect(userErrors).toEqual([])
}
let scopeId: string
beforeAll(async () => {
  const mappings = [{ actualClass: 'VirtualMachine', authorizedClass: 'ComputerSystem' }]
  const made = await scopeMutation('Create', { name: 'Guests', className: 'ComputerSystem', mappings })
  scopeId = made.promotionScope.id
})

test('what a promotion made says through which scope, seen as what, when and why; what it linked says so; the rest nothing', async () => {
  const seen = [await estate.see('VirtualMachine', 'came-1'), await estate.see('VirtualMachine', 'came-2')]
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['came-2', 'came-3']))
  await promote(seen, scopeId, 'The guests are ours')
  const of = { actualClass: 'VirtualMachine', scopeName: 'Guests', scope: { id: scopeId, name: 'Guests' } }
  const change = {
    cause: 'MUTATION',
    mutation: 'itemsPromote',
    reason: 'The guests are ours',
    at: expect.any(String) as string,
  }
  const [first, second, third] = await items('came-')
  expect(first).toMatchObject({ name: 'came-1', promotion: { ...of, fate: 'CREATE', change } })
  expect(second).toMatchObject({ name: 'came-2', promotion: { ...of, fate: 'LINK', change } })
  expect(third).toEqual({ name: 'came-3', promotion: null })
  // One promotion, one change: it is the same for all that came by it.
  expect(second!.promotion!.change.id).toBe(first!.promotion!.change.id)
})

test('the first promotion stays: what is promoted again, or linked anew through another scope, still came by that one', async () => {
  const seen = await estate.see('VirtualMachine', 'first-1')
  await promote([seen], scopeId)
  const other = await scopeMutation('Create', { name: 'Others', className: 'VirtualMachine' })
  await promote([seen], other.promotionScope.id)
  await estate.sql(`update configuration_item set actual_item_id = null where name = 'first-1'`)
  await promote([seen], scopeId)
  expect(await items('first-1')).toMatchObject([{ promotion: { fate: 'CREATE', scopeName: 'Guests' } }])
})

test('it stays true when the scope is called otherwise, and when it is removed', async () => {
  const { promotionScope } = await scopeMutation('Create', { name: 'Short-lived', className: 'ComputerSystem' })
  await promote([await estate.see('ComputerSystem', 'scope-1')], promotionScope.id)
  await scopeMutation('Update', { id: promotionScope.id, name: 'Renamed' })
  expect(await items('scope-1')).toMatchObject([
    { promotion: { scopeName: 'Short-lived', scope: { name: 'Renamed' } } },
  ])
  const removed = await estate.ask(
    'promotionScopeRemove',
    'MoveInput',
    { id: promotionScope.id },
    'promotionScope { id }',
  )
  expect(removed.userErrors).toEqual([])
  expect(await items('scope-1')).toMatchObject([{ promotion: { scopeName: 'Short-lived', scope: null } }])
})

test('before it was linked the item came by no promotion, and who could not see it then does not read of it', async () => {
  const [planned] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['then-1']))
  const seen = await estate.see('VirtualMachine', 'then-1')
  await aMoment()
  const before = new Date().toISOString()
  await aMoment()
  await promote([seen], scopeId)
  const at = async (moment: string | null) =>
    (
      await estate.query<{ configurationItem: Promoted }>(
        `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { ${PROMOTION} } }`,
        { id: planned!.id, at: moment },
      )
    ).configurationItem.promotion
  expect(await at(before)).toBeNull()
  expect(await at(new Date().toISOString())).toMatchObject({ fate: 'LINK' })
  expect(await at(null)).toMatchObject({ fate: 'LINK' })

  // It moved into the site afterwards: its guests see it now, and did not see it then.
  const site = '00000000-0000-7000-8000-00000000517e'
  await aMoment()
  await estate.sql(`update configuration_item set scope_ids = scope_ids || $1::uuid where name = 'then-1'`, [site])
  expect(await items('then-1', aViewer([site]))).toEqual([{ name: 'then-1', promotion: null }])
  await promote([await estate.see('VirtualMachine', 'then-2')], scopeId)
  await estate.sql(`update configuration_item_version set scope_ids = scope_ids || $1::uuid where name = 'then-2'`, [
    site,
  ])
  await estate.sql(`update configuration_item set scope_ids = scope_ids || $1::uuid where name = 'then-2'`, [site])
  expect(await items('then-2', aViewer([site]))).toMatchObject([{ promotion: { scopeName: 'Guests' } }])
})

test('the promotions of many items take as many statements as that of one', async () => {
  const many = await Promise.all(Array.from({ length: 30 }, (_, n) => estate.see('VirtualMachine', `many-${n}`)))
  await promote(many, scopeId)
  let nodes: Promoted[] = []
  const all = await countStatements(async () => void (nodes = await items('many-')))
  const one = await countStatements(() => items('many-7'))
  expect(nodes).toHaveLength(30)
  expect(nodes.every(({ promotion }) => promotion?.scope?.name === 'Guests')).toBe(true)
  expect(all.length).toBe(one.length)
})
