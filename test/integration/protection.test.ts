import { beforeAll, expect, test } from 'vitest'
import { observeInstalled } from '../../server/discovery/observe-installed.ts'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { requireChangeable } from '../../server/item/protection.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import type { Refusals, Said as Refused } from '../../server/kernel/errors.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aProtectedEstate } from '../support/protection.ts'
import { handsOn } from '../support/protected-hosts.ts'
import { countStatements } from '../support/statements.ts'

const estate = aProtectedEstate()
const { does, update, moved, errorsOf, another, aDrift, uuidOf } = handsOn(estate)

beforeAll(async () => {
  await estate.protect('ComputerSystem', ['PRODUCTION'])
  await estate.protect('Site', ['PRODUCTION'])
})

test('a refusal names the releases that its reader may see, and counts the others', async () => {
  const [host, site] = [await estate.host(), await estate.site()]
  const releases = [await estate.release([host]), await estate.release([host]), await estate.release([host])]
  const [seen, ...hidden] = releases
  await estate.orm.em
    .getConnection()
    .execute('update release set scope_ids = array[?::uuid] where ordinal = ?', [site.uuid, seen!.number.slice(4)])
  for (const { number } of hidden)
    await estate.orm.em
      .getConnection()
      .execute(`update release set scope_ids = '{}' where ordinal = ?`, [number.slice(4)])
  const told = async (reach: string[]) => {
    const viewer = { ...aViewer(), reach: (permission: string) => (permission === 'release.read' ? reach : 'estate') }
    const error = await estate
      .change(async (em) => {
        const items = [await em.findOneOrFail(ConfigurationItem, host.uuid)]
        await requireChangeable(em, estate.catalogue.now, estate.services.itemGates, items, viewer as Viewer)
      })
      .catch((error: Refusals) => error.all[0])
    return error as Refused
  }
  const some = await told([site.uuid])
  expect(some.message).toContain(
    `Listed by ${seen!.number} (DRAFT), neither in progress nor approved by another person.`,
  )
  expect(some.message).toContain('2 releases that you may not see list it too.')
  expect(some.facts.evidence).toMatchObject({ releases: [{ number: seen!.number }], releasesNotShown: 2 })
  const none = await told([])
  expect(none.message).toContain('3 releases that you may not see list it and do not permit it. Add it to another')
  for (const { number } of releases) expect(JSON.stringify(none.facts) + none.message).not.toContain(number)
})

test('entering a protected state is free, and other states and classes are not protected', async () => {
  const host = await estate.host({ state: 'TEST' })
  expect(await errorsOf(update(host))).toEqual([])
  expect(await errorsOf(moved(host, 'goLive'))).toEqual([])
  expect(await errorsOf(moved(host, 'test'))).toMatchObject([{ code: 'ITEM_PROTECTED', itemId: host.id }])
  const [app] = await estate.change((em) => makeItems(em, 'Application', ['till']))
  expect(await errorsOf(moved(app!, 'test'))).toEqual([])
})

test('a class protects what its superclass does until it says otherwise, and follows it again', async () => {
  const define = (name: string) =>
    does('classDefine', 'ClassDefineInput', { name, title: name, parent: 'ComputerSystem' })
  expect(await errorsOf(define('Mainframe'))).toEqual([])
  const policy = async () => {
    const text = '{ itemClasses { name protectedStates protectedBy } }'
    const { itemClasses } = await estate.query<{ itemClasses: { name: string }[] }>(text)
    return itemClasses.find(({ name }) => name === 'Mainframe')
  }
  const [big] = await estate.change((em) => makeItems(em, 'Mainframe', ['big']))
  expect(await policy()).toEqual({ name: 'Mainframe', protectedStates: ['PRODUCTION'], protectedBy: 'ComputerSystem' })
  expect(await errorsOf(update(big!))).toMatchObject([{ evidence: { protectedBy: 'ComputerSystem' } }])
  await estate.protect('Mainframe', ['INVENTORY', 'BUILD'])
  expect(await policy()).toEqual({
    name: 'Mainframe',
    protectedStates: ['BUILD', 'INVENTORY'],
    protectedBy: 'Mainframe',
  })
  expect(await errorsOf(update(big!))).toEqual([])
  await estate.protect('Mainframe', [])
  expect(await policy()).toMatchObject({ protectedStates: [], protectedBy: 'Mainframe' })
  await does('classUpdate', 'ClassUpdateInput', { name: 'Mainframe', title: 'Big iron' })
  expect(await policy()).toMatchObject({ protectedStates: [], protectedBy: 'Mainframe' })
  await estate.protect('Mainframe', null)
  expect(await errorsOf(update(big!, { port: 1 }))).toMatchObject([{ code: 'ITEM_PROTECTED' }])
})

test('a change of many names every item that is refused, and asks in as many statements for ten as for two', async () => {
  const hosts = await Promise.all(Array.from({ length: 10 }, () => estate.host()))
  const other = await another()
  const change = (items: ConfigurationItem[]) =>
    does('itemsChange', 'ItemsChangeInput', { ids: items.map(({ id }) => id), attributes: { port: 9 } })
  const refused = await errorsOf(change([hosts[0]!, other, hosts[1]!]))
  expect(refused.map(({ code, itemId }) => [code, itemId])).toEqual([
    ['ITEM_PROTECTED', hosts[0]!.id],
    ['ITEM_PROTECTED', hosts[1]!.id],
  ])
  const asked = async (items: ConfigurationItem[]) =>
    (await countStatements(() => change(items))).filter((text) => text.includes('release_item')).length
  expect([await asked(hosts.slice(0, 2)), await asked(hosts)]).toEqual([2, 2])
  const release = await estate.release(hosts)
  await estate.start(release)
  expect(await errorsOf(change(hosts))).toEqual([])
})

test('a list of items says what can be done with each in as many statements for ten protected ones as for one', async () => {
  // Of the same kind, or the first page would ask less because no release lists its only one.
  for (let n = 0; n < 10; n++) await estate.host({ name: `forum-${n}` })
  const text =
    '{ configurationItems(first: %, filter: { search: "forum-", states: [PRODUCTION] }) { nodes { allowedActions isProtected permittedBy { number } } } }'
  const asked = async (first: number) =>
    (await countStatements(() => estate.query(text.replace('%', String(first))))).length
  expect(await asked(10)).toBe(await asked(1))
})

test('no item is made in a site that is decommissioned', async () => {
  const [site] = await estate.change((em) => makeItems(em, 'Site', ['Pompeii'], { state: 'DECOMMISSIONED' }))
  const input = { name: 'bakery', className: 'ComputerSystem', siteId: site!.id }
  expect(await errorsOf(does('itemCreate', 'ItemCreateInput', input))).toMatchObject([
    { code: 'BAD_INPUT', itemId: site!.id, rule: 'decommissioned' },
  ])
})

test('both ends of a relationship are named when both are protected, and a release that lists one is not enough', async () => {
  const [a, b] = [await estate.host(), await estate.host()]
  const relateThem = () =>
    errorsOf(
      does('relationshipCreate', 'RelationshipCreateInput', { type: 'dependsOn', sourceId: a.id, targetId: b.id }),
    )
  expect((await relateThem()).map(({ itemId }) => itemId)).toEqual([a.id, b.id])
  const [first, second] = [await estate.release([a]), await estate.release([b])]
  await estate.start(first)
  expect((await relateThem()).map(({ itemId }) => itemId)).toEqual([b.id])
  await estate.start(second)
  expect(await relateThem()).toEqual([])
  expect(await whyOf(a)).toMatchObject({
    relationshipChanges: { nodes: [{ change: { permittedBy: [first, second] } }] },
  })
})

test('the history of an item names the release that permitted a change, and the item those that do now', async () => {
  const host = await estate.host()
  const release = await estate.release([host])
  const permits = () =>
    estate.query(
      `query($id: ID!) { configurationItem(id: $id) { isProtected allowedActions permittedBy { number } } }`,
      {
        id: host.id,
      },
    )
  expect(await permits()).toEqual({ configurationItem: { isProtected: true, allowedActions: [], permittedBy: [] } })
  await estate.start(release)
  const { number } = release
  expect(await permits()).toMatchObject({
    configurationItem: { allowedActions: expect.arrayContaining(['decommission']), permittedBy: [{ number }] },
  })
  await update(host)
  expect(await whyOf(host)).toMatchObject({
    versions: { nodes: [{ change: { by: 'Ada', mutation: 'itemUpdate', permittedBy: [release] } }, {}] },
  })
})
const whyOf = async ({ id }: ConfigurationItem) => {
  const change = 'change { mutation by permittedBy { id number } }'
  const text = `query($id: ID!) { configurationItem(id: $id) { versions(first: 5) { nodes { ${change} } }
    relationshipChanges(first: 5) { nodes { ${change} } } } }`
  return (await estate.query<{ configurationItem: object }>(text, { id })).configurationItem
}

test('other decisions on what was seen need no release, because they change no item', async () => {
  const { host, result } = await aDrift()
  const allowed = async () => {
    const text = `query($id: ID!) { node(id: $id) { ... on ReconciliationResult { allowedActions } } }`
    return (await estate.query<{ node: { allowedActions: string[] } }>(text, { id: result.id })).node.allowedActions
  }
  expect(await allowed()).toEqual(['resolve', 'ignore'])
  const release = await estate.release([host])
  await estate.start(release)
  expect(await allowed()).toEqual(['acceptActual', 'resolve', 'ignore'])
  await estate.complete(release)
  const decide = (action: string) =>
    does('reconciliationResultResolve', 'ReconciliationResultResolveInput', { id: result.id, action })
  expect(await errorsOf(decide('ignore'))).toEqual([])
  expect(await errorsOf(decide('resolve'))).toEqual([])
})

test('observation and promotion are not stopped by a protected state', async () => {
  const [host, site] = [await estate.host(), await estate.site()]
  const [seen, place] = [await estate.see(host.name), await estate.see(site.name, 'Site')]
  await estate.orm.em.getConnection().execute(
    `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
     values (gen_random_uuid(), 'locatedIn', ?, ?, 'test', now(), now())`,
    [seen.uuid, place.uuid],
  )
  const input = { actualItemIds: [seen.id, place.id] }
  expect(await errorsOf(does('itemsPromote', 'ItemsPromoteInput', input))).toEqual([])
  const shop = { name: 'shop', version: '2.0.0', digest: null, at: new Date(), deploymentId: null }
  await estate.change((em) => observeInstalled(em, [{ itemId: host.uuid, ...shop }]))
  const text = `query($id: ID!) { configurationItem(id: $id) { actualItem { id } site { name } installed(first: 5) { nodes { version } } } }`
  expect(await estate.query(text, { id: host.id })).toEqual({
    configurationItem: {
      actualItem: { id: seen.id },
      site: { name: site.name },
      installed: { nodes: [{ version: '2.0.0' }] },
    },
  })
})

test('a release does not end while what it permits is not yet committed', async () => {
  const host = await estate.host()
  const release = await estate.release([host])
  await estate.start(release)
  const ended = await estate.change(async (em) => {
    await estate.services.itemGates[0]!.permitting(em, [host.uuid], aViewer(), true)
    const text = 'select 1 from release where uuid = ? for update skip locked'
    return (
      await estate.orm.em
        .fork()
        .getConnection()
        .execute<object[]>(text, [await uuidOf(release.number)])
    ).length
  })
  expect(ended).toBe(0)
})
