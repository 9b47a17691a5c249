import { expect, test } from 'vitest'
import type { Viewer } from '../../server/kernel/context.ts'
import { releaseLifecycle } from '../../server/release/release.lifecycle.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aSupplyWorld } from '../support/supply-world.ts'

const world = aSupplyWorld()

interface ReleaseAnswer {
  release: { id: string; number: string; state: string; version: number; allowedActions: string[] } | null
}
const RELEASE = 'release { id number state version allowedActions }'
const act = (name: string, type: string, input: object, viewer?: Viewer) =>
  world.mutate<ReleaseAnswer>(name, type, input, RELEASE, viewer)
const create = async (facts: object = {}, viewer?: Viewer) => {
  const answer = await act('releaseCreate', 'ReleaseCreateInput', { title: 'Patch', ...facts }, viewer)
  expect(answer.userErrors).toEqual([])
  return answer.release!
}
const move = (action: string, id: string, expectedVersion?: number) =>
  act(`release${action}`, 'MoveInput', { id, expectedVersion })

test('a release goes from draft to closed, and says at each step what can be done next', async () => {
  const { austinWeb } = world.items
  const release = await create({ sourceIds: [world.versions['1.1.0']], targetIds: [austinWeb.id] })
  expect(release).toMatchObject({ state: 'DRAFT', allowedActions: ['update', 'plan', 'cancel'] })
  expect(release.number).toMatch(/^REL-\d+$/)
  const seen: string[] = []
  for (const action of ['Plan', 'Revise', 'Plan', 'Start', 'Complete', 'Close']) {
    seen.push((await move(action, release.id)).release!.state)
  }
  expect(seen).toEqual(['PLANNED', 'DRAFT', 'PLANNED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'])
  const { release: read } = await world.query<{ release: { allowedActions: string[]; history: { nodes: object[] } } }>(
    `query($id: ID!) { release(id: $id) { allowedActions history(first: 20) { nodes { action from to by } } } }`,
    { id: release.id },
  )
  expect(read.allowedActions).toEqual([])
  expect(read.history.nodes).toHaveLength(7)
  expect(read.history.nodes[0]).toEqual({ action: 'close', from: 'COMPLETED', to: 'CLOSED', by: 'Ada' })
})

test('what the state does not allow is refused with what is possible', async () => {
  const { id } = await create()
  const { userErrors } = await move('Complete', id)
  expect(userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }])
  for (const action of releaseLifecycle.actionsFrom('DRAFT')) expect(userErrors[0]!.message).toContain(action)
})

test('once under way a release is not edited any more', async () => {
  const { id } = await create()
  await move('Plan', id)
  await move('Start', id)
  const edits = [
    act('releaseUpdate', 'ReleaseUpdateInput', { id, title: 'Other' }),
    act('releaseSourceAdd', 'ReleaseSourceAddInput', { id, packageVersionId: world.versions['1.0.0'] }),
    act('releaseTargetsAdd', 'ReleaseTargetsAddInput', { id, itemIds: [world.items.austinWeb.id] }),
    act('releaseTargetsRemove', 'ReleaseTargetsRemoveInput', { id, itemIds: [world.items.austinWeb.id] }),
  ]
  for (const { userErrors } of await Promise.all(edits)) {
    expect(userErrors).toMatchObject([{ code: 'RELEASE_NOT_EDITABLE' }])
    expect(userErrors[0]!.message).toContain('IN_PROGRESS')
  }
})

test('an item that is not authorized is refused as a target, with its state and what to do', async () => {
  const [spare] = await world.change((em) => makeItems(em, 'ComputerSystem', ['spare'], { state: 'INVENTORY' }))
  const { userErrors } = await act('releaseCreate', 'ReleaseCreateInput', { title: 'No', targetIds: [spare!.id] })
  expect(userErrors).toMatchObject([{ code: 'TARGET_NOT_AUTHORIZED', itemId: spare!.id, field: ['targetIds'] }])
  for (const word of ['spare', 'INVENTORY', 'Promote', 'PRODUCTION']) expect(userErrors[0]!.message).toContain(word)
  const { releases } = await world.query<{ releases: { totalCount: number } }>(
    `{ releases(first: 1, filter: { search: "No" }) { totalCount } }`,
  )
  expect(releases.totalCount).toBe(0)
})

test('a site, an unknown item and a withdrawn version are refused, each with its name', async () => {
  const site = await act('releaseCreate', 'ReleaseCreateInput', { title: 'X', targetIds: [world.items.austin.id] })
  expect(site.userErrors).toMatchObject([{ code: 'NOT_TARGETABLE', itemId: world.items.austin.id }])
  const unknown = 'ci_00000000000070008000000000000abc'
  const nothing = await act('releaseCreate', 'ReleaseCreateInput', { title: 'X', targetIds: [unknown] })
  expect(nothing.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  expect(nothing.userErrors[0]!.message).toContain(unknown)
  await world.change((em) =>
    em
      .getConnection()
      .execute(
        `update package_version set state = 'WITHDRAWN' where number = '1.0.0'`,
        [],
        'run',
        em.getTransactionContext(),
      ),
  )
  const withdrawn = await act('releaseCreate', 'ReleaseCreateInput', {
    title: 'X',
    sourceIds: [world.versions['1.0.0']],
  })
  await world.change((em) =>
    em
      .getConnection()
      .execute(
        `update package_version set state = 'AVAILABLE' where number = '1.0.0'`,
        [],
        'run',
        em.getTransactionContext(),
      ),
  )
  expect(withdrawn.userErrors).toMatchObject([{ code: 'SOURCE_NOT_AVAILABLE', itemId: world.versions['1.0.0'] }])
})

test('two people who edit the same version: the second is told', async () => {
  const { id, version } = await create()
  const edit = (title: string) => act('releaseUpdate', 'ReleaseUpdateInput', { id, title, expectedVersion: version })
  const answers = await Promise.all([edit('One'), edit('Two')])
  expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1)
  expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'VERSION_CONFLICT' }])
})

test('adding what is there already, and an update that changes nothing, make no new version', async () => {
  const { id, version } = await create({ targetIds: [world.items.austinWeb.id] })
  const again = await act('releaseTargetsAdd', 'ReleaseTargetsAddInput', { id, itemIds: [world.items.austinWeb.id] })
  expect(again.release!.version).toBe(version)
  const same = await act('releaseUpdate', 'ReleaseUpdateInput', { id, title: 'Patch' })
  expect(same.release!.version).toBe(version)
})

test('items that depend on a target and are no targets are named', async () => {
  const { austinApi, austinWeb } = world.items
  const { id } = await create({ targetIds: [austinApi.id] })
  const read = async () => {
    const text = `query($id: ID!) { release(id: $id) { dependantsOutside { name } targets(first: 5) { nodes { name } } } }`
    return (await world.query<{ release: { dependantsOutside: object[]; targets: object } }>(text, { id })).release
  }
  expect(await read()).toEqual({
    dependantsOutside: [{ name: 'austin-web' }],
    targets: { nodes: [{ name: 'austin-api' }] },
  })
  await act('releaseTargetsAdd', 'ReleaseTargetsAddInput', { id, itemIds: [austinWeb.id] })
  expect((await read()).dependantsOutside).toEqual([])
})

test('it lists items that people change beside its targets, of any class and state, until it is under way', async () => {
  const { austin, austinWeb, tokyo } = world.items
  const [spare] = await world.change((em) => makeItems(em, 'ComputerSystem', ['spare part'], { state: 'INVENTORY' }))
  const { id } = await create({ targetIds: [austinWeb.id] })
  const edit = (how: 'Add' | 'Remove', items: { id: string }[], viewer?: Viewer) =>
    act(`releaseOtherItems${how}`, 'ReleaseOtherItemsInput', { id, itemIds: items.map((item) => item.id) }, viewer)
  expect((await edit('Add', [austin, spare!])).userErrors).toEqual([])
  const read = async (viewer?: Viewer) => {
    const text = `query($id: ID!) { release(id: $id) { otherItems(first: 5) { totalCount nodes { name } } targets(first: 5) { totalCount }
      history(first: 5) { nodes { action } } } }`
    return (await world.query<{ release: object | null }>(text, { id }, viewer)).release
  }
  expect(await read()).toMatchObject({
    otherItems: { totalCount: 2, nodes: [{ name: 'Austin' }, { name: 'spare part' }] },
    targets: { totalCount: 1 },
    history: { nodes: [{ action: 'otherItemsAdd' }, { action: 'create' }] },
  })
  const inAustin = aViewer([austin.uuid])
  expect((await read(inAustin))!).toMatchObject({ otherItems: { totalCount: 1, nodes: [{ name: 'Austin' }] } })
  expect((await edit('Add', [tokyo], inAustin)).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
  expect((await edit('Remove', [spare!])).userErrors).toEqual([])
  expect((await edit('Add', [tokyo], inAustin)).userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['itemIds'] }])
  expect(await read(aViewer([tokyo.uuid]))).toBeNull()
  await edit('Add', [tokyo])
  expect(await read(aViewer([tokyo.uuid]))).toMatchObject({ otherItems: { totalCount: 1 }, targets: { totalCount: 0 } })
  await move('Plan', id)
  await move('Start', id)
  expect((await edit('Add', [spare!])).userErrors).toMatchObject([{ code: 'RELEASE_NOT_EDITABLE' }])
})

test('who works in Austin sees and changes what touches Austin, and only targets that they see', async () => {
  const { austin, austinWeb, tokyoWeb } = world.items
  const inAustin = aViewer([austin.uuid])
  const both = await create({ title: 'Both', targetIds: [austinWeb.id, tokyoWeb.id] })
  const far = await create({ title: 'Far', targetIds: [tokyoWeb.id] })
  const read = (id: string) =>
    world.query<{ release: { targets: { totalCount: number; nodes: object[] } } | null; node: object | null }>(
      `query($id: ID!) { release(id: $id) { targets(first: 5) { totalCount nodes { name } } } }`,
      { id },
      inAustin,
    )
  expect((await read(both.id)).release!.targets).toEqual({ totalCount: 1, nodes: [{ name: 'austin-web' }] })
  expect((await read(far.id)).release).toBeNull()
  const hidden = await act('releasePlan', 'MoveInput', { id: far.id }, inAustin)
  expect(hidden.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  const { userErrors } = await act(
    'releaseTargetsAdd',
    'ReleaseTargetsAddInput',
    { id: both.id, itemIds: [tokyoWeb.id] },
    inAustin,
  )
  expect(userErrors).toMatchObject([{ code: 'FORBIDDEN' }])

  const own = await create({ title: 'Own' }, inAustin)
  const unseen = await act(
    'releaseTargetsAdd',
    'ReleaseTargetsAddInput',
    { id: own.id, itemIds: [tokyoWeb.id] },
    inAustin,
  )
  expect(unseen.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['itemIds'] }])
  expect((await act('releasePlan', 'MoveInput', { id: own.id }, inAustin)).release!.state).toBe('PLANNED')
  const inTokyo = aViewer([world.items.tokyo.uuid])
  expect((await act('releasePlan', 'MoveInput', { id: own.id }, inTokyo)).userErrors).toMatchObject([
    { code: 'NOT_FOUND' },
  ])
})

test('the list is newest first, searched by number or title, filtered by state, and pages without losing any', async () => {
  const made = [
    await create({ title: 'Page one' }),
    await create({ title: 'Page two' }),
    await create({ title: 'Page three' }),
  ]
  const read = (args: string) =>
    world.query<{ releases: { nodes: { title: string; number: string }[]; pageInfo: { endCursor: string } } }>(
      `{ releases(${args}) { nodes { title number } pageInfo { endCursor } } }`,
    )
  const first = await read(`first: 2, filter: { search: "page" }`)
  const second = await read(`first: 2, filter: { search: "page" }, after: "${first.releases.pageInfo.endCursor}"`)
  expect([...first.releases.nodes, ...second.releases.nodes].map(({ title }) => title)).toEqual([
    'Page three',
    'Page two',
    'Page one',
  ])
  const byNumber = await read(`first: 1, filter: { search: "${made[1]!.number.toLowerCase()}", states: [DRAFT] }`)
  expect(byNumber.releases.nodes).toMatchObject([{ title: 'Page two' }])
  await expect(read(`filter: { search: "page" }`)).rejects.toThrow('first or last')
})

test.each([
  [{ title: '' }, 'BAD_INPUT'],
  [{ title: 'x'.repeat(201) }, 'BAD_INPUT'],
  [{ title: 'a\nb' }, 'BAD_INPUT'],
  [{ title: 'X', purpose: 'x'.repeat(20_001) }, 'BAD_INPUT'],
  [{ title: 'X', ownerId: 'acc_00000000000070008000000000000bad' }, 'NOT_FOUND'],
  [{ title: 'X', ownerId: 'nonsense' }, 'BAD_INPUT'],
  [{ title: 'X', sourceIds: ['ci_00000000000070008000000000000bad'] }, 'BAD_INPUT'],
])('refuses to create %j', async (input, code) => {
  expect((await act('releaseCreate', 'ReleaseCreateInput', input)).userErrors).toMatchObject([{ code }])
})
