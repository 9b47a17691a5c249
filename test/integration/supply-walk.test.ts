import { beforeAll, expect, test } from 'vitest'
import { aViewer } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'
import { aSupplyWorld } from '../support/supply-world.ts'

const world = aSupplyWorld()

/** From the repository over packages and versions to releases, their tasks, targets and dependants. */
const WALK = `query($versions: Int!, $releases: Int!) {
  repositories(first: 5) { nodes {
    name kind { name } distribution product { name } lastScan { number alerts }
    packages(first: 5) { totalCount nodes {
      name latest { number } repository { name }
      versions(first: $versions) { totalCount nodes {
        number package { name } installedOn(first: 5) { totalCount }
        releases(first: $releases) { totalCount nodes {
          number owner { name } sources { number }
          targets(first: 10) { totalCount nodes { name site { name } } }
          dependantsOutside { name }
          history(first: 3) { nodes { action } }
          tasks(first: 10) { totalCount nodes {
            number state owner { name } source { number } release { number }
            predecessors { number } targetCount targets(first: 5) { nodes { name } }
            readiness { ready missing { message } }
          } }
        } }
      } }
    } }
  } }
}`

beforeAll(async () => {
  const { austinWeb, austinApi, tokyoApi } = world.items
  for (let n = 0; n < 6; n++) {
    const { release } = await world.mutate<{ release: { id: string } }>(
      'releaseCreate',
      'ReleaseCreateInput',
      {
        title: `Release ${n}`,
        sourceIds: n % 2 ? [world.versions['1.1.0']] : Object.values(world.versions),
        targetIds: [austinApi.id, tokyoApi.id, ...(n % 3 ? [austinWeb.id] : [])],
      },
      'release { id }',
    )
    let before: string[] = []
    for (let m = 0; m < 3; m++) {
      const input = { releaseId: release.id, title: `Task ${m}`, type: 'SOFTWARE_DISTRIBUTION', predecessorIds: before }
      const { task } = await world.mutate<{ task: { id: string } }>(
        'taskCreate',
        'TaskCreateInput',
        input,
        'task { id }',
      )
      before = [task.id]
    }
  }
})

test('the walk takes the same number of statements for one release as for all', async () => {
  const walk = (variables: object, viewer = aViewer()) => countStatements(() => world.query(WALK, variables, viewer))
  const small = await walk({ versions: 9, releases: 1 })
  const large = await walk({ versions: 9, releases: 50 })
  expect(large).toHaveLength(small.length)
  expect(large.length).toBeLessThanOrEqual(33)
  const scoped = await walk({ versions: 9, releases: 50 }, aViewer([world.items.austin.uuid]))
  expect(scoped.length).toBeLessThanOrEqual(large.length)
})

test('the walk answers what was put in', async () => {
  type Named = { name: string }
  const { repositories } = await world.query<{
    repositories: {
      nodes: {
        packages: {
          nodes: {
            versions: {
              nodes: {
                number: string
                releases: {
                  totalCount: number
                  nodes: {
                    targets: { nodes: Named[] }
                    dependantsOutside: Named[]
                    tasks: { nodes: { readiness: { ready: boolean } }[] }
                  }[]
                }
              }[]
            }
          }[]
        }
      }[]
    }
  }>(WALK, { versions: 9, releases: 50 })
  const versions = repositories.nodes[0]!.packages.nodes[0]!.versions.nodes
  expect(Object.fromEntries(versions.map(({ number, releases }) => [number, releases.totalCount]))).toEqual({
    '1.1.0': 6,
    '1.0.0': 3,
  })
  const oldest = versions.find(({ number }) => number === '1.1.0')!.releases.nodes.at(-1)!
  expect(oldest.targets.nodes.map(({ name }) => name)).toEqual(['austin-api', 'tokyo-api'])
  expect(oldest.dependantsOutside.map(({ name }) => name).toSorted()).toEqual(['austin-web', 'tokyo-web'])
  expect(oldest.tasks.nodes.map(({ readiness }) => readiness.ready)).toEqual([false, false, false])
})
