// D12: one target within reach lets somebody see a deployment, but nothing of its targets elsewhere.
import { beforeAll, expect, test } from 'vitest'
import { anApp, type Person } from '../../support/app.ts'
import { anAppEstate, faultAt, type AppEstate, type Item } from '../../support/app-estate.ts'

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

test('counts and causes are of the targets that the reader sees, and the live messages too', async () => {
  const heard: unknown[] = []
  const follow = (field: string, named: string, inner: string) =>
    viewer
      .follow<unknown>(
        `subscription($id: ID!, $after: Position) { ${field}(${named}: $id, after: $after) { position ${inner} } }`,
        { id, after: null },
        (message) => {
          heard.push(message)
          return false
        },
      )
      .catch(() => {})
  const following = [
    follow('validationFindings', 'deploymentId', 'findings { id message itemName } validation { readSet { subject } }'),
    follow('deploymentLog', 'id', 'lines { text }'),
  ]
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'PARTIAL')
  const [all, part] = [await seen(estate.owner), await seen(viewer)]
  expect(all.counts.failed).toBe(tokyo.length)
  expect(all.causes.length).toBeGreaterThan(0)
  expect(part.counts).toMatchObject({ failed: 0 })
  expect(part.causes).toEqual([])
  expect(part.targets.totalCount).toBe(estate.items.length - tokyo.length)
  expectNothingOfTokyo(part)
  expect(heard.length).toBeGreaterThan(0)
  expectNothingOfTokyo(heard)
  viewer.close()
  await Promise.all(following)
})
