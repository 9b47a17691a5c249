import { beforeAll, describe, expect, test } from 'vitest'
import { observeInstalled } from '../../server/discovery/observe-installed.ts'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { requireChangeable } from '../../server/item/protection.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import type { Refusals, Said as Refused } from '../../server/kernel/errors.ts'
import { aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { rows } from '../../server/kernel/sql.ts'
import { aProtectedEstate, type Said } from '../support/protection.ts'
import { countStatements } from '../support/statements.ts'

const estate = aProtectedEstate()
const does: typeof estate.does = (...call) => estate.does(...call)
const update = (item: ConfigurationItem, attributes: object = { port: 81 }) =>
  does('itemUpdate', 'ItemUpdateInput', { id: item.id, attributes })
const moved = (item: ConfigurationItem, action: string) => does('itemMove', 'ItemMoveInput', { id: item.id, action })
const errorsOf = async (answer: Promise<{ userErrors: Said[] }>) => (await answer).userErrors

beforeAll(async () => {
  await estate.protect('ComputerSystem', ['PRODUCTION'])
  await estate.protect('Site', ['PRODUCTION'])
})

/** One try at a protected item: what a release has to list for it, and the call. */
interface Attempt {
  listed: ConfigurationItem[]
  call(): Promise<{ userErrors: Said[] }>
}

/** A host in production with a value that it did not have in test, and when that was. */
async function aLife() {
  const host = await estate.host({ state: 'TEST' })
  await update(host, { port: 80 })
  const then = await aMoment()
  await update(host, { port: 443 })
  await moved(host, 'goLive')
  return { host, then }
}
async function related(type: string, source: ConfigurationItem, target: ConfigurationItem) {
  const edge = { type, sourceId: source.uuid, targetId: target.uuid }
  return (await estate.change((em) => relate(em, [edge])))[0]!
}
/** The result of this kind about an item, after all was compared. */
async function resultAbout(host: ConfigurationItem, kind: string) {
  await estate.reconcile()
  const { reconciliationResults } = await estate.query<{
    reconciliationResults: { nodes: { id: string }[] }
  }>(
    `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 9, filter: $filter) { nodes { id } } }`,
    {
      filter: { itemId: host.id, kinds: [kind], states: ['OPEN'] },
    },
  )
  return reconciliationResults.nodes[0]!
}
/** A protected host, linked with what is seen of it. */
async function aLinked(attributes: Record<string, unknown> = {}) {
  const host = await estate.host({ attributes: { port: 80 } })
  const seen = await estate.see(host.name, 'ComputerSystem', attributes)
  await estate.change(async (em) => {
    const item = await em.findOneOrFail(ConfigurationItem, host.uuid)
    item.actualItemId = seen.uuid
  })
  return { host, seen }
}
/** A protected host of which another port was seen than it should have, and the result that says so. */
async function aDrift() {
  const { host } = await aLinked({ port: 8080 })
  return { host, result: await resultAbout(host, 'MISMATCH') }
}
/** A host of which something was seen, and the question whether something else that was seen is the same. */
async function aTwin(state: ConfigurationItem['state']) {
  const host = await estate.host({ state })
  const [seen, twin] = [await estate.see(host.name), await estate.see(`${host.name}.local`)]
  const sql = (text: string, values: unknown[]) => estate.orm.em.getConnection().execute<{ id: string }[]>(text, values)
  await sql('update configuration_item set actual_item_id = ? where uuid = ?', [seen.uuid, host.uuid])
  const [question] = await sql(
    `insert into identity_question (uuid, number, kind, state, item_id, candidates, rule, evidence)
     select gen_random_uuid(), 'IDQ-' || nextval('identity_question_number'), 'PROPOSED', 'OPEN', ?, array[?::uuid], 'test', '{}'
     returning 'idq_' || replace(uuid::text, '-', '') as id`,
    [twin.uuid, seen.uuid],
  )
  const { id } = question!
  return {
    host,
    merge: () => does('identityMerge', 'IdentityMergeInput', { id, candidateId: seen.id }),
    undo: () => does('identityUndo', 'MoveInput', { id }),
  }
}
const another = () => estate.host({ state: 'TEST' })

const ways: Record<string, () => Promise<Attempt>> = {
  async 'editing it'() {
    const host = await estate.host()
    return { listed: [host], call: () => update(host) }
  },
  async 'moving it on in its life'() {
    const host = await estate.host()
    return { listed: [host], call: () => moved(host, 'decommission') }
  },
  async 'relating it with another'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { type: 'dependsOn', sourceId: host.id, targetId: other.id }
    return { listed: [host], call: () => does('relationshipCreate', 'RelationshipCreateInput', input) }
  },
  async 'relating another with it'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { type: 'dependsOn', sourceId: other.id, targetId: host.id }
    return { listed: [host], call: () => does('relationshipCreate', 'RelationshipCreateInput', input) }
  },
  async 'removing a relationship of which it is the source'() {
    const host = await estate.host()
    const { id } = await related('dependsOn', host, await another())
    return { listed: [host], call: () => does('relationshipRemove', 'IdInput', { id }) }
  },
  async 'removing a relationship of which it is the target'() {
    const host = await estate.host()
    const { id } = await related('dependsOn', await another(), host)
    return { listed: [host], call: () => does('relationshipRemove', 'IdInput', { id }) }
  },
  async 'restoring an older version of it'() {
    const { host, then } = await aLife()
    return { listed: [host], call: () => does('itemRestore', 'ItemRestoreInput', { id: host.id, at: then }) }
  },
  async 'restoring a relationship of another with it'() {
    const [host, other] = [await estate.host({ state: 'TEST' }), await another()]
    const edge = await related('dependsOn', other, host)
    const then = await aMoment()
    await does('relationshipRemove', 'IdInput', { id: edge.id })
    await moved(host, 'goLive')
    return { listed: [host], call: () => does('itemRestore', 'ItemRestoreInput', { id: other.id, at: then }) }
  },
  async 'making an item in a site that it is'() {
    const site = await estate.site()
    const input = { name: `new in ${site.name}`, className: 'ComputerSystem', siteId: site.id }
    return { listed: [site], call: () => does('itemCreate', 'ItemCreateInput', input) }
  },
  async 'changing it with others at once'() {
    const [host, other] = [await estate.host(), await another()]
    const input = { ids: [host.id, other.id], attributes: { port: 81 } }
    return { listed: [host], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'moving others into a site that it is'() {
    const site = await estate.site()
    const input = { ids: [(await another()).id], siteId: site.id }
    return { listed: [site], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'moving others out of a site that it is'() {
    const [site, host] = [await estate.site(), await another()]
    await related('locatedIn', host, site)
    const fresh = await estate.change(
      async (em) => (await makeItems(em, 'Site', [`${site.name}-b`], { state: 'TEST' }))[0]!,
    )
    const input = { ids: [host.id], siteId: fresh.id }
    return { listed: [site], call: () => does('itemsChange', 'ItemsChangeInput', input) }
  },
  async 'undoing a change of many items'() {
    const host = await estate.host({ state: 'TEST' })
    const input = { ids: [host.id], state: 'PRODUCTION' }
    const { undoId } = await does<{ undoId: string }>('itemsChange', 'ItemsChangeInput', input, 'undoId')
    return { listed: [host], call: () => does('itemsUndo', 'ItemsUndoInput', { undoId }) }
  },
  async 'taking over what was seen of it'() {
    const { host, result } = await aDrift()
    const input = { id: result.id, action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'taking over what was seen of it, with other results'() {
    const { host, result } = await aDrift()
    const input = { ids: [result.id], action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultsResolve', 'ReconciliationResultsResolveInput', input),
    }
  },
  async 'saying by hand that something else that was seen is the same'() {
    const { host, merge } = await aTwin('PRODUCTION')
    return { listed: [host], call: merge }
  },
  async 'taking back that something else that was seen is the same'() {
    const { host, merge, undo } = await aTwin('TEST')
    expect(await errorsOf(merge())).toEqual([])
    await moved(host, 'goLive')
    return { listed: [host], call: undo }
  },
  async 'decommissioning it because it is not seen any more'() {
    const { host, seen } = await aLinked()
    await rows(estate.orm.em.fork(), `update actual_item set state = 'MISSING' where uuid = $1`, [seen.uuid])
    const input = { id: (await resultAbout(host, 'MISSING')).id, action: 'acceptActual' }
    return {
      listed: [host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'relating it as it was seen'() {
    const [one, other] = [await aLinked(), await aLinked()]
    await rows(
      estate.orm.em.fork(),
      `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
       values (gen_random_uuid(), 'dependsOn', $1, $2, 'test', now(), now())`,
      [one.seen.uuid, other.seen.uuid],
    )
    const input = { id: (await resultAbout(one.host, 'MISMATCH')).id, action: 'acceptActual' }
    return {
      listed: [one.host, other.host],
      call: () => does('reconciliationResultResolve', 'ReconciliationResultResolveInput', input),
    }
  },
  async 'linking it with what was seen by hand'() {
    const host = await estate.host()
    const seen = await estate.see(`${host.name}.local`)
    const input = { itemId: host.id, actualItemId: seen.id }
    return { listed: [host], call: () => does('reconciliationLink', 'ReconciliationLinkInput', input) }
  },
}

describe('a protected item is changed only while a release in progress lists it', () => {
  test.each(Object.keys(ways))('%s', async (way) => {
    const [early, timely, late] = [await ways[way]!(), await ways[way]!(), await ways[way]!()]
    const [item] = early.listed as [ConfigurationItem]
    const [alone] = await errorsOf(early.call())
    expect(alone).toMatchObject({ code: 'ITEM_PROTECTED', rule: 'protected state' })
    expect(alone!.message).toContain(`${item.name} is PRODUCTION, which is protected`)
    expect(alone!.message).toContain('No release lists it.')
    expect(alone!.evidence).toEqual({ state: 'PRODUCTION', protectedBy: item.className, releases: [] })

    const release = await estate.release([...early.listed, ...timely.listed, ...late.listed])
    const [planned] = await errorsOf(early.call())
    expect(planned!.message).toContain(`Listed by ${release.number} (DRAFT), not in progress yet: start it.`)
    expect(planned!.evidence).toMatchObject({ releases: [{ ...release, state: 'DRAFT' }] })

    await estate.start(release)
    expect(await errorsOf(timely.call())).toEqual([])
    const [permitted] = await estate.orm.em
      .getConnection()
      .execute<{ n: number }[]>('select count(*)::int as n from graph_change where release_ids = array[?::uuid]', [
        await uuidOf(release.number),
      ])
    expect(permitted!.n).toBe(1)

    await estate.complete(release)
    const [over] = await errorsOf(late.call())
    expect(over!.message).toContain(`Listed by ${release.number} (COMPLETED), over by now.`)
  })
})

const uuidOf = async (number: string) =>
  (
    await estate.orm.em
      .getConnection()
      .execute<{ uuid: string }[]>('select uuid from release where ordinal = ?', [number.slice(4)])
  )[0]!.uuid

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
  expect(some.message).toContain(`Listed by ${seen!.number} (DRAFT), not in progress yet: start it.`)
  expect(some.message).toContain('2 releases that you may not see list it too.')
  expect(some.facts.evidence).toMatchObject({ releases: [{ number: seen!.number }], releasesNotShown: 2 })
  const none = await told([])
  expect(none.message).toContain('3 releases that you may not see and not in progress list it. Add it to another')
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
  const text = `query($id: ID!) { configurationItem(id: $id) { actualItem { id } site { name } installed { version } } }`
  expect(await estate.query(text, { id: host.id })).toEqual({
    configurationItem: { actualItem: { id: seen.id }, site: { name: site.name }, installed: [{ version: '2.0.0' }] },
  })
})

test('a release does not end while what it permits is not yet committed', async () => {
  const host = await estate.host()
  const release = await estate.release([host])
  await estate.start(release)
  const ended = await estate.change(async (em) => {
    await estate.services.itemGates[0]!.permitting(em, [host.uuid], true)
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
