// D12: somebody with a role in Austin meets Austin only, whichever way they ask.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import type { Role } from '../../../server/account/permissions.ts'
import { anApp, type Person } from '../../support/app.ts'
import { anAppEstate, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
let estate: AppEstate
let austin: Item[]
let tokyo: Item[]
let here: { id: string; number: string }
let there: { id: string; number: string }
let tokyoRelease: string
let viewer: Person

beforeAll(async () => {
  estate = await anAppEstate(app, 6)
  austin = estate.items.filter(({ site }) => site.name === 'Austin')
  tokyo = estate.items.filter(({ site }) => site.name === 'Tokyo')
  const austinPlan = await estate.planned(austin)
  const tokyoPlan = await estate.planned(tokyo)
  tokyoRelease = tokyoPlan.releaseId
  here = await estate.approved({ items: austin, taskId: austinPlan.taskId })
  there = await estate.approved({ items: tokyo, taskId: tokyoPlan.taskId })
  viewer = await app.person('VIEWER', estate.site('Austin'))
})

test('lists, counts and the start page hold only what lies there', async () => {
  const data = await viewer.query<
    Record<string, { totalCount: number; nodes: { name?: string; number?: string; site?: { name: string } }[] }>
  >(`{
    hosts: configurationItems(first: 200, filter: { classNames: ["ComputerSystem"] }) { totalCount nodes { name site { name } } }
    sites: configurationItems(first: 200, filter: { classNames: ["Site"] }) { totalCount nodes { name } }
    deployments(first: 50) { totalCount nodes { number } }
  }`)
  expect(data.hosts!.nodes.map(({ name }) => name).sort()).toEqual(austin.map(({ name }) => name))
  expect(data.hosts!.totalCount).toBe(austin.length)
  expect(data.sites!.nodes.map(({ name }) => name)).toEqual(['Austin'])
  expect(data.deployments).toEqual({ totalCount: 1, nodes: [{ number: here.number }] })
  const rest = await viewer.query<{
    actualItems: { nodes: { name: string }[] }
    itemClasses: { name: string; count: number }[]
    now: { deployments: { number: string }[] }
  }>(`{ actualItems(first: 200) { nodes { name } } itemClasses { name count } now { deployments { number } } }`)
  for (const { name } of tokyo) expect(JSON.stringify(rest)).not.toContain(name)
  expect(JSON.stringify(rest)).not.toContain('Tokyo')
  expect(rest.itemClasses.find(({ name }) => name === 'ComputerSystem')!.count).toBe(austin.length)
  expect(JSON.stringify(rest.now)).not.toContain(there.number)
})

test('ids of elsewhere are not found, by node() or by name, not even along a walk from what is seen', async () => {
  const ids = [tokyo[0]!.id, there.id, tokyoRelease, estate.site('Tokyo'), austin[0]!.id, here.id]
  const { nodes } = await viewer.query<{ nodes: ({ id: string } | null)[] }>(
    'query($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { ids },
  )
  expect(nodes).toEqual([null, null, null, null, { id: austin[0]!.id }, { id: here.id }])
  const { deployment, configurationItem, release } = await viewer.query<Record<string, unknown>>(
    'query($d: ID!, $c: ID!, $r: ID!) { deployment(id: $d) { id } configurationItem(id: $c) { id } release(id: $r) { id } }',
    { d: there.id, c: tokyo[0]!.id, r: tokyoRelease },
  )
  expect([deployment, configurationItem, release]).toEqual([null, null, null])

  // The first release of the estate has targets in both places; only those here are shown, and counted.
  const walk = await viewer.query<object>(
    `query($id: ID!) { configurationItem(id: $id) { site { name } impact(direction: DEPENDENCIES, first: 50) { total nodes { item { name } } }
      relationships(first: 50) { totalCount nodes { other { name } } }
      deployments(first: 9) { totalCount nodes { number task { number } release { targets(first: 50) { totalCount nodes { name } } } targets(first: 50) { totalCount nodes { item { name } } } } } } }`,
    { id: austin[0]!.id },
  )
  for (const { name } of tokyo) expect(JSON.stringify(walk)).not.toContain(name)
  const both = await viewer.query<{ release: { targets: { totalCount: number }; tasks: object } | null }>(
    'query($id: ID!) { release(id: $id) { targets(first: 50) { totalCount nodes { name } } tasks(first: 9) { nodes { targetCount targets(first: 50) { totalCount nodes { name } } } } } }',
    { id: estate.releaseId },
  )
  for (const { name } of tokyo) expect(JSON.stringify(both)).not.toContain(name)
  expect(both.release!.targets.totalCount).toBe(austin.length)
})

test('a subscription tells of what happens here and is silent about elsewhere', async () => {
  const told: string[] = []
  const following = viewer
    .follow<{ deployment: { number: string } | null }>(
      'subscription($after: Position) { deploymentChanged(after: $after) { position deployment { number state } } }',
      { after: null },
      ({ deployment }) => {
        if (deployment) told.push(deployment.number)
        return false
      },
    )
    .catch(() => {})
  const activity: string[] = []
  const listening = viewer
    .follow<{ summary: string | null }>(
      'subscription($after: Position) { activity(after: $after) { position topic summary nodeId } }',
      { after: null },
      (event) => {
        activity.push(JSON.stringify(event))
        return false
      },
    )
    .catch(() => {})
  await sleep(500)
  await estate.deployer.does('deploymentStart', { id: there.id })
  await estate.ends(there.id, 'SUCCEEDED', 'CONFIRMED')
  await estate.deployer.does('deploymentStart', { id: here.id })
  await estate.ends(here.id, 'SUCCEEDED', 'CONFIRMED')
  await until(
    async () => told,
    (numbers) => numbers.includes(here.number),
    5_000,
  )
  expect(told).not.toContain(there.number)
  expect(activity.join()).not.toContain(there.id)
  viewer.close()
  await Promise.all([following, listening])
})

test('and acts only there', async () => {
  const site = estate.site('Austin')
  const [owner, librarian, deployer, approver] = await Promise.all(
    (['RELEASE_OWNER', 'CONFIGURATION_LIBRARIAN', 'DEPLOYER', 'APPROVER'] satisfies Role[]).map((role) =>
      app.person(role, site),
    ),
  )
  expect(await librarian!.tries('itemUpdate', { id: tokyo[0]!.id, name: 'mine now' })).toMatchObject([
    { code: 'NOT_FOUND' },
  ])
  expect(await librarian!.tries('itemUpdate', { id: austin[0]!.id, name: austin[0]!.name })).toEqual([])
  const target = (item: Item) => ({ title: 'Mine', sourceIds: [estate.versions['1.1.0']], targetIds: [item.id] })
  expect(await owner!.tries('releaseCreate', target(tokyo[0]!))).toMatchObject([{ code: 'NOT_FOUND' }])
  expect(await owner!.tries('releaseCreate', target(austin[0]!))).toEqual([])
  const wide = await estate.approved({ items: [austin[0]!, tokyo[0]!] })
  const { deployment } = await estate.owner.query<{ deployment: { validation: { digest: string } } }>(
    'query($id: ID!) { deployment(id: $id) { validation { digest } } }',
    { id: wide.id },
  )
  const { digest } = deployment.validation
  const actions = async (person: Person) =>
    (
      await person.query<{ deployment: { allowedActions: string[] } }>(
        'query($id: ID!) { deployment(id: $id) { allowedActions } }',
        { id: wide.id },
      )
    ).deployment.allowedActions
  expect(await actions(deployer!)).toEqual([])
  expect(await actions(estate.deployer)).toContain('start')
  for (const refused of [
    await deployer!.tries('deploymentStart', { id: wide.id }),
    await deployer!.tries('deploymentCancel', { id: wide.id }),
    await approver!.tries('deploymentReject', { id: wide.id, digest, comment: 'Not in Tokyo.' }),
  ]) {
    expect(refused, 'a plan that reaches further than the grant').toMatchObject([{ code: 'FORBIDDEN' }])
  }
})

test('a release or task is moved and edited only by whom every one of its targets is within reach', async () => {
  const local = await app.person(['RELEASE_OWNER', 'RELEASE_MANAGER', 'TASK_OWNER'], estate.site('Austin'))
  const wide = await estate.planned([austin[0]!, tokyo[0]!])
  const narrow = await estate.planned([austin[0]!])
  const actions = async (person: Person, { releaseId, taskId }: { releaseId: string; taskId: string }) => {
    const { release, task } = await person.query<Record<'release' | 'task', { allowedActions: string[] } | null>>(
      'query($r: ID!, $t: ID!) { release(id: $r) { allowedActions } task(id: $t) { allowedActions } }',
      { r: releaseId, t: taskId },
    )
    return { release: release!.allowedActions, task: task!.allowedActions }
  }

  expect(await actions(local, wide), 'seen, but nothing to be done').toEqual({ release: [], task: [] })
  expect((await actions(local, narrow)).task).toContain('cancel')
  expect((await actions(estate.owner, wide)).task).toContain('cancel')
  for (const refused of [
    await local.tries('taskCancel', { id: wide.taskId }),
    await local.tries('taskUpdate', { id: wide.taskId, title: 'Mine' }),
    await local.tries('releaseCancel', { id: wide.releaseId }),
    await local.tries('taskCreate', { releaseId: wide.releaseId, title: 'Mine', type: 'GENERAL' }),
  ]) {
    expect(refused).toMatchObject([
      { code: 'FORBIDDEN', message: expect.stringContaining('has targets that the permission') },
    ])
  }
  expect(await local.tries('taskCancel', { id: narrow.taskId })).toEqual([])
})

/** `(first: 1, …)`: one row of a list, and whatever the field cannot do without. */
function argumentsOf({ args }: GraphQLField<unknown, unknown>): string {
  const given = args.filter((each) => each.name === 'first' || isRequiredArgument(each))
  return given.length ? `(${given.map(({ name, type }) => `${name}: ${someOf(type)}`).join(', ')})` : ''
}

/** A value that fits, with nothing in it that could be left out. */
function someOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return someOf(type.ofType)
  if (isListType(type)) return `[${someOf(type.ofType)}]`
  if (!isInputObjectType(type)) return SOME[getNamedType(type).name]!
  const required = Object.values(type.getFields()).filter(isRequiredInputField)
  return `{${required.map((each) => `${each.name}: ${someOf(each.type)}`).join(', ')}}`
}

const SOME: Record<string, string> = { Moment: '"2026-11-01T00:00:00Z"', Int: '1', String: '"x"', ID: '"x"' }

test('who has no role, or is nobody, gets nothing', async () => {
  const nobody = await app.person([])
  const fields = Object.values(app.schema.getQueryType()!.getFields())
  // The list of roles holds no secret: whoever is signed in may see it.
  const open = ['viewer', 'installation', 'roles']
  const anId = ({ type }: GraphQLArgument) => getNamedType(type).name === 'ID'
  for (const field of fields.filter(({ name, args }) => !open.includes(name) && !args.some(anId))) {
    const args = argumentsOf(field)
    await expect(nobody.query(`{ ${field.name}${args} { __typename } }`), field.name).rejects.toThrow(
      /may not|permi|right|role/i,
    )
    const stranger = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1' },
      body: JSON.stringify({ query: `{ ${field.name}${args} { __typename } }` }),
    })
    expect(await stranger.text(), field.name).toMatch(/UNAUTHENTICATED/)
  }
})
