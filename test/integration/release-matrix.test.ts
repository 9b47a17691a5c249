/** Which release is how far where: releases against the sites of their targets. */
import { beforeAll, expect, test } from 'vitest'
import { anApp, type Person } from '../support/app.ts'
import { anAppEstate, type AppEstate } from '../support/app-estate.ts'
import { countStatementsMeanwhile } from '../support/statements.ts'

interface Cell {
  column: number
  targets: number
  notDeployed: number
  counts: { pending: number; confirmed: number }
  replaced: number
  drifted: number
  drift: { itemName: string; packageName: string; brought: string; seen: string | null }[]
  at: string | null
  deployments: { id: string; source: { number: string } }[]
  replacedBy: { id: string }[]
}
interface Matrix {
  axis: string
  axes: { className: string; columns: number }[]
  columns: { id: string | null; name: string }[]
  columnsLeftOut: number
  rows: { totalCount: number; nodes: { release: { id: string; state: string }; cells: Cell[] }[] }
}

const app = anApp()
let estate: AppEstate
const QUERY = `query($axis: String, $first: Int = 50) { releaseMatrix(axis: $axis, first: $first) { axis axes { className columns } columns { id name }
  columnsLeftOut rows { totalCount nodes { release { id state } cells { column targets notDeployed counts { pending confirmed } replaced drifted
    drift { itemName packageName brought seen } at deployments { id source { number } } replacedBy { id } } } } } }`

const matrix = async (who: Person, variables: object = {}) =>
  (await who.query<{ releaseMatrix: Matrix }>(QUERY, variables)).releaseMatrix

async function cell(who: Person, releaseId: string, site: string): Promise<Cell | undefined> {
  const { columns, rows } = await matrix(who)
  const place = columns.findIndex(({ name }) => name === site)
  return rows.nodes.find(({ release }) => release.id === releaseId)?.cells.find(({ column }) => column === place)
}

const at = (site: string) => estate.items.filter((item) => item.site.name === site)

beforeAll(async () => {
  estate = await anAppEstate(app, 4)
})

test('the columns are the sites, and a release that nobody deployed has its targets in them', async () => {
  const seen = await matrix(estate.owner)
  expect(seen).toMatchObject({ axis: 'Site', axes: [{ className: 'Site', columns: 2 }], columnsLeftOut: 0 })
  expect(seen.columns.map(({ name }) => name)).toEqual(['Austin', 'Tokyo'])
  expect(seen.rows.nodes[0]!.cells).toMatchObject([
    { column: 0, targets: 2, notDeployed: 2, at: null, deployments: [] },
    { column: 1, targets: 2, notDeployed: 2, at: null, deployments: [] },
  ])
})

test('a cell says what was confirmed there, what another site still lacks, and what changed by hand afterwards', async () => {
  const { id } = await estate.approved({ items: at('Austin') })
  expect(await cell(estate.owner, estate.releaseId, 'Austin')).toMatchObject({ counts: { pending: 2, confirmed: 0 } })
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
  expect(await cell(estate.owner, estate.releaseId, 'Austin')).toMatchObject({
    ...{ targets: 2, notDeployed: 0, counts: { pending: 0, confirmed: 2 }, replaced: 0, drifted: 0, drift: [] },
    deployments: [{ id, source: { number: '1.1.0' } }],
  })
  expect(await cell(estate.owner, estate.releaseId, 'Tokyo')).toMatchObject({ notDeployed: 2, deployments: [] })

  const [one] = at('Austin')
  await app.database.rows(
    `update actual_item set attributes = attributes || '{"version": "0.9.0"}' where class_name = 'SoftwareInstallation' and name like '%' || $1`,
    [one!.name],
  )
  expect(await cell(estate.owner, estate.releaseId, 'Austin')).toMatchObject({
    drifted: 1,
    drift: [{ itemName: one!.name, brought: '1.1.0', seen: '0.9.0' }],
  })
})

test('what a later release put there is replaced, not drifted', async () => {
  const { releaseId, taskId } = await estate.planned(at('Austin'), ['1.0.0'])
  const { id } = await estate.approved({ items: at('Austin'), version: '1.0.0', taskId })
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
  expect(await cell(estate.owner, estate.releaseId, 'Austin')).toMatchObject({
    ...{ replaced: 2, drifted: 0, replacedBy: [{ id: releaseId }] },
  })
  expect(await cell(estate.owner, releaseId, 'Austin')).toMatchObject({ replaced: 0, drifted: 0 })
})

test('who sees one site sees neither the column nor the targets of another', async () => {
  const tokyo = await app.person('VIEWER', estate.site('Tokyo'))
  const seen = await matrix(tokyo)
  expect(seen.columns.map(({ name }) => name)).toEqual(['Tokyo'])
  expect(seen.rows.nodes.flatMap(({ cells }) => cells)).toMatchObject([{ column: 0, targets: 2 }])
})

test('a deployment is made of those targets of a task that lie in one place, and refused where none does', async () => {
  const { taskId } = await estate.planned(estate.items)
  const within = `query($id: ID!, $withinId: ID) { task(id: $id) { targets(first: 9, withinId: $withinId) { totalCount nodes { name } } } }`
  const withinId = estate.site('Tokyo')
  const names = at('Tokyo').map(({ name }) => name)
  expect(await estate.owner.query(within, { id: taskId, withinId })).toEqual({
    task: { targets: { totalCount: 2, nodes: names.map((name) => ({ name })) } },
  })
  const { deployment } = await estate.owner.does<{ deployment: { targets: { nodes: { item: { name: string } }[] } } }>(
    'deploymentCreate',
    { taskId, title: 'To Tokyo', withinId },
    'deployment { targets(first: 9) { nodes { item { name } } } }',
  )
  expect(deployment.targets.nodes.map(({ item }) => item.name)).toEqual(names)

  const refused = (input: object) => estate.owner.tries('deploymentCreate', { taskId, title: 'Nowhere', ...input })
  expect(await refused({ withinId: at('Austin')[0]!.id })).toMatchObject([
    { code: 'NOT_DEPLOYABLE', message: `No target of the task lies in ${at('Austin')[0]!.id}.` },
  ])
  expect(await refused({ withinId, targetIds: [at('Tokyo')[0]!.id] })).toMatchObject([
    { message: 'Name the targets, or the item in which they lie, not both.' },
  ])
  expect(await refused({ withinId, atNoSite: true })).toMatchObject([
    { field: ['withinId'], message: expect.stringContaining('at no site, not both') },
  ])
  expect(await refused({ atNoSite: true })).toMatchObject([
    { code: 'NOT_DEPLOYABLE', field: ['atNoSite'], message: 'Each target of the task lies at a site.' },
  ])
})

test('who has the board already asks for the rows that a change touches, in the columns that are shown', async () => {
  const board = await matrix(estate.owner)
  const columnIds = board.columns.map(({ id }) => id!)
  const ROWS = QUERY.replace('query(', 'query($touchedBy: [ID!], $columnIds: [ID!], ').replace(
    'releaseMatrix(',
    'releaseMatrix(touchedBy: $touchedBy, columnIds: $columnIds, ',
  )
  const part = async (touchedBy: string[], more: object = { columnIds }) =>
    (await estate.owner.query<{ releaseMatrix: Matrix }>(ROWS, { touchedBy, ...more })).releaseMatrix
  const { releaseId, taskId } = await estate.planned(at('Tokyo'), ['1.0.0'])
  const { id } = await estate.draft({ items: at('Tokyo'), version: '1.0.0', taskId })
  for (const touched of [releaseId, taskId, id]) {
    const { columns, columnsLeftOut, rows } = await part([touched])
    expect(columns).toEqual(board.columns)
    expect(columnsLeftOut).toBe(0)
    expect(rows.nodes).toMatchObject([{ release: { id: releaseId }, cells: [{ column: 1, targets: 2 }] }])
  }
  // What an earlier release brought there is replaced by it.
  const earlier = estate.releaseId
  const of = (id: string) => board.rows.nodes.find(({ release }) => release.id === id)!.cells
  const [replacing] = of(earlier).flatMap(({ replacedBy }) => replacedBy)
  const [later] = of(replacing!.id).flatMap(({ deployments }) => deployments)
  const both = (await part([later!.id])).rows.nodes.map(({ release }) => release.id)
  expect(new Set(both)).toEqual(new Set([replacing!.id, earlier]))

  const narrow = await part([releaseId], { columnIds: columnIds.slice(0, 1) })
  expect(narrow).toMatchObject({ columnsLeftOut: 1, rows: { nodes: [{ cells: [{ column: 1 }] }] } })
  expect(narrow.columns.at(-1)).toEqual({ id: null, name: 'Elsewhere' })
  expect((await part([])).rows.nodes).toEqual([])
  await expect(part([estate.items[0]!.id])).rejects.toThrow('releases, tasks and deployments touch rows')
  await expect(part(Array.from({ length: 201 }, () => releaseId))).rejects.toThrow('At most 200 changed things')
  await expect(part([releaseId], { columnIds: Array.from({ length: 51 }, () => columnIds[0]) })).rejects.toThrow(
    'At most 50 items are columns',
  )
  const tokyo = await app.person('VIEWER', estate.site('Tokyo'))
  await expect(tokyo.query(ROWS, { touchedBy: [releaseId], columnIds })).rejects.toThrow(/There is no item/)
})

test('the sites of a task hold each target once: of a site within a site the nearest, and those without a site by themselves', async () => {
  const item = async (input: { name: string; className: string; siteId?: string }) => {
    const made = await estate.librarian.does<{ item: { id: string } }>('itemCreate', input, 'item { id }')
    await estate.librarian.does('itemMove', { id: made.item.id, action: 'goLive' })
    return made.item.id
  }
  const campus = await item({ name: 'Campus', className: 'Site' })
  const hall = await item({ name: 'Hall', className: 'Site', siteId: campus })
  const targets = {
    gate: await item({ name: 'gate', className: 'ComputerSystem', siteId: campus }),
    desk: await item({ name: 'desk', className: 'ComputerSystem', siteId: hall }),
    van: await item({ name: 'van', className: 'ComputerSystem' }),
  }
  const { taskId } = await estate.planned(
    Object.entries(targets).map(([name, id]) => ({ id, name, site: { id: '', name: '' } })),
  )
  const sites = `query($id: ID!) { task(id: $id) { targetSites { targets site { id name } } } }`
  const told = await estate.owner.query<{ task: { targetSites: { site: { id: string } | null }[] } }>(sites, {
    id: taskId,
  })
  expect(told.task.targetSites).toEqual([
    { targets: 1, site: { id: campus, name: 'Campus' } },
    { targets: 1, site: { id: hall, name: 'Hall' } },
    { targets: 1, site: null },
  ])
  const goesTo = async (where: object) =>
    (
      await estate.owner.does<{ deployment: { targets: { nodes: { item: { name: string } }[] } } }>(
        'deploymentCreate',
        { taskId, title: 'One of three', ...where },
        'deployment { targets(first: 9) { nodes { item { name } } } }',
      )
    ).deployment.targets.nodes.map(({ item: { name } }) => name)
  expect(await goesTo({ withinId: campus })).toEqual(['gate'])
  expect(await goesTo({ withinId: hall })).toEqual(['desk'])
  expect(await goesTo({ atNoSite: true })).toEqual(['van'])
})

test('another class can be the axis; what lies in none of its items is elsewhere, and an unknown class is refused', async () => {
  const seen = await matrix(estate.owner, { axis: 'Environment' })
  expect(seen.columns).toEqual([{ id: null, name: 'Elsewhere' }])
  expect(seen.axes.map(({ className }) => className)).toEqual(['Environment', 'Site'])
  await expect(matrix(estate.owner, { axis: 'Planet' })).rejects.toThrow('There is no class "Planet".')
})

test('many rows take as many statements as a few, and what is over comes last', async () => {
  const few = await countStatementsMeanwhile(() => matrix(estate.owner, { first: 1 }))
  const { releaseId } = await estate.planned(at('Tokyo'))
  for (let more = 0; more < 5; more++) await estate.planned(estate.items)
  await app.database.rows(`update release set state = 'COMPLETED' where ordinal = (select max(ordinal) from release)`)
  let seen: Matrix | undefined
  const many = await countStatementsMeanwhile(async () => (seen = await matrix(estate.owner)))
  const ours = (all: string[]) =>
    all.filter((text) => /from release x|with listed|with unit|from deployment x/.test(text)).length
  expect(ours(many)).toBeLessThanOrEqual(ours(few) + 1)
  expect(seen!.rows.nodes.length).toBeGreaterThan(6)
  expect(seen!.rows.nodes.at(-1)!.release.state).toBe('COMPLETED')
  expect(seen!.rows.nodes.map(({ release }) => release.id)).toContain(releaseId)
})
