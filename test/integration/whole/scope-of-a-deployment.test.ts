// D12: one target within reach lets somebody see a deployment, but nothing of its targets elsewhere.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { anApp, type Person } from '../../support/app.ts'
import { anAppEstate, faultAt, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

interface Seen {
  deployment: {
    state: string
    counts: Record<string, number>
    causes: { message: string; count: number; targetIds: string[] }[]
    targets: { totalCount: number }
    validation: {
      id: string
      invalidatedBy: string | null
      findings: { totalCount: number; nodes: { id: string; itemName: string | null; message: string }[] }
      readSet: { subject: string; predicate: string; value: unknown }[]
    }
  }
}
const ASKED = `query($id: ID!) { deployment(id: $id) { state counts { failed confirmed reported unconfirmed } causes { message count targetIds }
  targets(first: 50) { totalCount } validation { id invalidatedBy
    findings(first: 200) { totalCount nodes { id itemName message evidence advice item { id name } } }
    readSet { subject predicate value } } } }`

const app = anApp()
let estate: AppEstate
let tokyo: Item[]
let viewer: Person
let id: string
const seen = async (by: Person, of = id) => (await by.query<Seen>(ASKED, { id: of })).deployment
const OUTSIDE = 'bookkeeping'

/** Nothing of the other place: no name, no id. */
function expectNothingOfTokyo(answer: unknown) {
  const text = JSON.stringify(answer)
  expect(text).not.toContain(OUTSIDE)
  for (const item of tokyo) {
    expect(text).not.toContain(item.name)
    expect(text).not.toContain(item.id)
  }
}

beforeAll(async () => {
  estate = await anAppEstate(app, 4)
  tokyo = estate.items.filter(({ site }) => site.name === 'Tokyo')
  viewer = await app.person('VIEWER', estate.site('Austin'))
  for (const { name } of tokyo) await faultAt(estate.hosts.hosts, name, { step: 'health', fault: 'fail' })
  const { item } = await estate.librarian.does<{ item: { id: string } }>(
    'itemCreate',
    { name: OUTSIDE, className: 'Application' },
    'item { id }',
  )
  await estate.librarian.does('relationshipCreate', { type: 'dependsOn', sourceId: item.id, targetId: tokyo[0]!.id })
  const { taskId } = await estate.planned(estate.items)
  id = (await estate.approved({ items: estate.items, taskId })).id
})

test('the findings and what was read are told as far as they are about what the reader sees', async () => {
  const [all, part] = [await seen(estate.owner), await seen(viewer)]
  expect(JSON.stringify(all.validation)).toContain(tokyo[0]!.id)
  expect(JSON.stringify(all.validation.findings)).toContain(OUTSIDE)
  expectNothingOfTokyo(part)
  expect(part.validation.readSet.length).toBeGreaterThan(0)
  expect(part.validation.readSet.length).toBeLessThan(all.validation.readSet.length)
  expect(part.validation.findings.totalCount).toBe(all.validation.findings.totalCount)
})

test('a finding about an item elsewhere is not in the list, not counted, and not found by its id', async () => {
  // The first deployment has every item, so the second is told so of each.
  const { taskId } = await estate.planned(estate.items)
  const second = await estate.draft({ items: estate.items, taskId })
  await estate.validated(second.id)
  const [all, part] = [await seen(estate.owner, second.id), await seen(viewer, second.id)]
  const elsewhere = all.validation.findings.nodes.filter(({ itemName }) => tokyo.some(({ name }) => name === itemName))
  expect(elsewhere).toHaveLength(tokyo.length)
  expectNothingOfTokyo(part)
  expect(part.validation.findings.totalCount).toBe(all.validation.findings.totalCount - elsewhere.length)
  const { nodes } = await viewer.query<{ nodes: (object | null)[] }>(
    'query($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    {
      ids: elsewhere.map((finding) => finding.id),
    },
  )
  expect(nodes).toEqual(elsewhere.map(() => null))
})

test('counts and causes are of the targets that the reader sees', async () => {
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'PARTIAL')
  const [all, part] = [await seen(estate.owner), await seen(viewer)]
  expect(all.counts.failed).toBe(tokyo.length)
  expect(all.causes.length).toBeGreaterThan(0)
  expect(part.counts).toMatchObject({ failed: 0 })
  expect(part.causes).toEqual([])
  expect(part.targets.totalCount).toBe(estate.items.length - tokyo.length)
  expectNothingOfTokyo(part)
  const { deployment } = await viewer.query<{ deployment: { grid: { names: string[]; state: string[] } } }>(
    'query($id: ID!) { deployment(id: $id) { grid { itemIds names sites state } } }',
    { id },
  )
  expectNothingOfTokyo(deployment)
  expect(deployment.grid.state).toHaveLength(estate.items.length)
  for (const { name } of tokyo) await faultAt(estate.hosts.hosts, name, null)
})

test('no live message of a deployment, its release, task and items tells of the other place', async () => {
  const { taskId } = await estate.planned(estate.items)
  const made = await estate.draft({ items: estate.items, taskId })
  const heard: Record<string, unknown[]> = {}
  const follow = (field: string, args: string, inner: string) => {
    heard[field] = []
    return viewer
      .follow<unknown>(
        `subscription(${args ? '$id: ID!, ' : ''}$after: Position) { ${field}(${args}after: $after) { position ${inner} } }`,
        { ...(args && { id: made.id }), after: null },
        (message) => {
          heard[field]!.push(message)
          return false
        },
      )
      .catch(() => {})
  }
  const history = 'history(first: 20) { nodes { reason changes } }'
  const targets = 'targets(first: 50) { nodes { name } }'
  const following = [
    follow(
      'validationFindings',
      'deploymentId: $id, ',
      'findings { id message itemName evidence } validation { invalidatedBy readSet { subject value } }',
    ),
    follow('deploymentLog', 'id: $id, ', 'lines { text }'),
    follow('deploymentProgress', 'id: $id, ', 'idx state'),
    follow('deploymentChanged', 'id: $id, ', `deployment { state causes { message targetIds } ${history} }`),
    follow('releaseChanged', '', `release { title ${targets} ${history} }`),
    follow('taskChanged', '', `task { title ${targets} ${history} }`),
    follow('configurationItemChanged', '', 'configurationItem { id name }'),
  ]
  // Heard of before anything happens: a stream that begins too late proves nothing.
  await sleep(1_000)
  const { validation } = await estate.validated(made.id)
  await estate.approver.does('deploymentApprove', { id: made.id, digest: validation.digest })
  await estate.deployer.does('deploymentStart', { id: made.id })
  await estate.ends(made.id, 'SUCCEEDED', 'CONFIRMED')
  const silent = () => Object.keys(heard).filter((field) => heard[field]!.length === 0)
  await until(
    async () => silent(),
    (fields) => fields.length === 0,
    10_000,
  )
  expect(JSON.stringify(heard.validationFindings), 'findings were among the messages').toContain('"message":')
  expectNothingOfTokyo(heard)
  viewer.close()
  await Promise.all(following)
  viewer = await app.person('VIEWER', estate.site('Austin'))
})

test('what made a validation untrue is told without its name to who does not see it, also in the history', async () => {
  const { taskId } = await estate.planned(estate.items)
  const made = await estate.approved({ items: estate.items, taskId })
  await estate.librarian.does('itemMove', { id: tokyo[0]!.id, action: 'store' })
  const asked =
    'query($id: ID!) { deployment(id: $id) { state validation { invalidatedBy } history(first: 20) { nodes { action reason } } } }'
  const ask = (by: Person) => by.query<{ deployment: { state: string } }>(asked, { id: made.id })
  await until(
    () => ask(estate.owner),
    ({ deployment }) => deployment.state === 'INVALIDATED',
  )
  expect(JSON.stringify(await ask(estate.owner))).toContain(`${tokyo[0]!.name} is no longer authorized`)
  const part = await ask(viewer)
  expectNothingOfTokyo(part)
  expect(JSON.stringify(part).match(/Something that it read is not as it was\./g)).toHaveLength(2)
  await estate.librarian.does('itemMove', { id: tokyo[0]!.id, action: 'goLive' })
})

test('a deployment next door, of an item elsewhere, is a number', async () => {
  const [target, other] = [estate.items.find(({ site }) => site.name === 'Austin')!, tokyo[0]!]
  await estate.librarian.does('relationshipCreate', { type: 'dependsOn', sourceId: target.id, targetId: other.id })
  await faultAt(estate.hosts.hosts, other.name, { step: 'health', fault: 'hang' })
  const busy = await estate.approved({ items: [other], taskId: (await estate.planned([other])).taskId })
  await estate.deployer.does('deploymentStart', { id: busy.id })
  await until(
    () => estate.state(busy.id),
    ({ state }) => state === 'RUNNING',
  )
  const { taskId } = await estate.planned([target])
  const made = await estate.draft({ items: [target], taskId })
  await estate.validated(made.id)
  const [all, part] = [await seen(estate.owner, made.id), await seen(viewer, made.id)]
  expect(JSON.stringify(all.validation)).toContain(`${busy.number} on ${other.name}`)
  expectNothingOfTokyo(part)
  expect(JSON.stringify(part)).not.toContain(busy.number)
  expect(part.validation.findings.nodes.map(({ message }) => message)).toContain(
    `${target.name}: 1 in all. Which, is said to those who see the whole estate.`,
  )
  await estate.deployer.does('deploymentCancel', { id: busy.id, reason: 'Enough.' })
})
