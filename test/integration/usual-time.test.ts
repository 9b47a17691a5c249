import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../support/app.ts'
import { anAppEstate, faultAt, type AppEstate } from '../support/app-estate.ts'

const app = anApp()
let estate: AppEstate

beforeAll(async () => {
  estate = await anAppEstate(app, 22)
})

interface Usual {
  runs: number
  seconds: number
}
interface Attempt {
  state: string
  usual: Usual | null
  steps: { name: string; seconds: number; usual: Usual | null }[]
}

/** Deploys to these items and answers the attempts when all is over. */
async function deployed(from: number, to: number, state = 'SUCCEEDED'): Promise<Attempt[]> {
  const items = estate.items.slice(from, to)
  const { taskId } = await estate.planned(items)
  const { id } = await estate.approved({ items, taskId })
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, state)
  const { deployment } = await estate.owner.query<{ deployment: { attempts: { nodes: Attempt[] } } }>(
    `query($id: ID!) { deployment(id: $id) { attempts(first: 50) { nodes {
       state usual { runs seconds } steps { name seconds usual { runs seconds } } } } } }`,
    { id },
  )
  return deployment.attempts.nodes
}

/** The value below which 95 % of the measured ones lie, with the rest of the way to the next one. */
function p95(measured: number[]): number {
  const sorted = measured.toSorted((a, b) => a - b)
  const place = 0.95 * (sorted.length - 1)
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1)
}

test('nothing is called usual before 20 runs have ended well; then it is what 95 % of them did not exceed', async () => {
  const few = await deployed(0, 19)
  expect(few).toHaveLength(19)
  for (const { usual, steps } of few) {
    expect(usual).toBeNull()
    expect(steps.map((step) => step.usual)).toEqual(steps.map(() => null))
  }

  const [failing] = estate.items.slice(19, 20)
  await faultAt(estate.hosts.hosts, failing!.name, { step: 'copy', fault: 'fail' })
  const [failed] = await deployed(19, 20, 'FAILED')
  expect(failed).toMatchObject({ state: 'FAILED', usual: null })

  const [last] = await deployed(20, 21)
  const measured = await app.database.rows<{ took: number; steps: { step: string; duration: number }[] }>(
    `select extract(epoch from finished_at - started_at)::float8 as took, step_receipts as steps from attempt where state = 'OK'`,
  )
  expect(measured).toHaveLength(20)
  expect(last!.usual!.runs).toBe(20)
  expect(last!.usual!.seconds).toBeCloseTo(p95(measured.map(({ took }) => took)), 6)
  expect(last!.steps.length).toBeGreaterThan(2)
  for (const { name, usual } of last!.steps) {
    const durations = measured.map(({ steps }) => steps.find(({ step }) => step === name)!.duration / 1_000)
    expect(usual!.runs, name).toBe(20)
    expect(usual!.seconds, name).toBeCloseTo(p95(durations), 6)
  }
})
