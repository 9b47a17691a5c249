import { beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { anApp } from '../support/app.ts'
import { anAppEstate, faultAt, type AppEstate, type Item } from '../support/app-estate.ts'
import { countStatementsMeanwhile } from '../support/statements.ts'
import { until } from '../support/until.ts'

const app = anApp()
let estate: AppEstate

beforeAll(async () => {
  estate = await anAppEstate(app, 16)
})

interface Seen {
  state: string
  estimate: {
    lowSeconds: number
    highSeconds: number
    basis: string
    offPercent: number | null
    offRuns: number
  } | null
  progress: {
    percent: number
    reason: string | null
    weights: { name: string; seconds: number; percent: number }[]
  } | null
  foretold: { lowSeconds: number; highSeconds: number; tookSeconds: number } | null
}
const seen = async (id: string) =>
  (
    await estate.owner.query<{ deployment: Seen }>(
      `query($id: ID!) { deployment(id: $id) { state estimate { lowSeconds highSeconds basis offPercent offRuns }
         progress { percent reason weights { name seconds percent } } foretold { lowSeconds highSeconds tookSeconds } } }`,
      { id },
    )
  ).deployment

async function started(items: Item[], pace = {}): Promise<string> {
  const { taskId } = await estate.planned(items)
  const { id } = await estate.approved({ items, taskId, pace })
  await estate.deployer.does('deploymentStart', { id })
  return id
}
/** The target hangs at `step` until its time is up, once. */
const hangs = (item: Item, step: string) => faultAt(estate.hosts.hosts, item.name, { step, fault: 'hang', times: 1 })

test('without earlier runs there is a progress and no estimate: nothing is invented', async () => {
  const items = estate.items.slice(0, 2)
  await hangs(items[0]!, 'copy')
  const id = await started(items, { attemptSeconds: 4 })
  const now = await until(
    () => seen(id),
    ({ progress }) => progress !== null,
  )
  expect(now).toMatchObject({ estimate: null, progress: { weights: [] }, foretold: null })
  await estate.ends(id, 'PARTIAL')
  expect(await seen(id)).toMatchObject({ estimate: null, progress: null, foretold: null })
  await estate.ends(await started(estate.items.slice(2, 6)), 'SUCCEEDED')
})

test('an estimate follows the steps of earlier runs, says why its end slips, and how it came out', async () => {
  const items = estate.items.slice(6, 9)
  await hangs(items[0]!, 'restart')
  const id = await started(items, { attemptSeconds: 6 })
  const measured = await app.database.rows<{ steps: { step: string; duration: number }[] }>(
    `select step_receipts as steps from attempt where state = 'OK' and deployment_id <> $1`,
    [uuidOf(id, 'dpl')],
  )
  expect(measured).toHaveLength(5)
  const slow = await until(
    () => seen(id),
    ({ progress }) => progress?.reason != null,
  )
  expect(slow.progress!.reason).toBe('The step "restart" takes longer than usual at 1 target.')
  expect(slow.estimate!.basis).toMatch(/^5 earlier runs of /)
  expect(slow.estimate!.highSeconds).toBeGreaterThan(slow.estimate!.lowSeconds)
  expect(slow.estimate!.offPercent).toBeNull()
  const { weights, percent } = slow.progress!
  expect(weights.map(({ name }) => name)).toEqual(measured[0]!.steps.map(({ step }) => step))
  expect(weights.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100)
  for (const { name, seconds } of weights) {
    const durations = measured.map(({ steps }) => steps.find(({ step }) => step === name)!.duration / 1_000)
    expect(seconds, name).toBeCloseTo(durations.toSorted((a, b) => a - b)[2]!, 6)
  }
  expect(percent).toBeGreaterThanOrEqual(66)
  expect(percent).toBeLessThan(100)

  await estate.ends(id, 'PARTIAL')
  const { foretold } = await until(
    () => seen(id),
    ({ foretold }) => foretold !== null,
  )
  expect(foretold!.tookSeconds).toBeGreaterThan(5.5)
  expect(foretold!.tookSeconds).toBeGreaterThan(foretold!.highSeconds)

  await hangs(items[0]!, 'copy')
  await estate.deployer.does('deploymentRetryFailed', { id })
  const again = await until(
    () => seen(id),
    ({ progress, estimate }) => progress !== null && estimate !== null,
  )
  expect(again.progress!.reason).toBe('1 target is tried again.')
  const missed = Math.abs(foretold!.tookSeconds / ((foretold!.lowSeconds + foretold!.highSeconds) / 2) - 1)
  expect(missed).toBeGreaterThan(1)
  expect(again.estimate!.offRuns).toBe(1)
  expect(again.estimate!.offPercent).toBeGreaterThan(100)
  await estate.ends(id, 'PARTIAL')
})

test('a pause is the reason, and does not count as time that it took', async () => {
  const items = estate.items.slice(9, 13)
  await hangs(items[0]!, 'copy')
  const id = await started(items, { attemptSeconds: 3, maxInFlight: 1 })
  await until(
    () => seen(id),
    ({ estimate }) => estimate !== null,
  )
  await estate.deployer.does('deploymentPause', { id })
  const paused = await until(
    () => seen(id),
    ({ progress }) => progress?.reason === 'It is paused.',
  )
  expect(paused.state).toBe('PAUSED')
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  await estate.deployer.does('deploymentResume', { id })
  await estate.ends(id, 'PARTIAL')
  const { foretold } = await until(
    () => seen(id),
    ({ foretold }) => foretold !== null,
  )
  const [whole] = await app.database.rows<{ seconds: number }>(
    `select extract(epoch from finished_at - started_at)::float8 as seconds from deployment where uuid = $1`,
    [uuidOf(id, 'dpl')],
  )
  expect(foretold!.tookSeconds).toBeLessThan(whole!.seconds - 4)
})

test('what is said of a list of deployments is read in one statement, however many they are', async () => {
  const read = async (first: number) => {
    const statements = await countStatementsMeanwhile(() =>
      estate.owner.query(
        `query($first: Int!) { deployments(first: $first) { nodes {
           estimate { basis } progress { percent weights { name } } foretold { tookSeconds } } } }`,
        { first },
      ),
    )
    // The keeper goes on beside it, with statements of its own.
    return statements.filter((text) => text.includes('from forecast where deployment_id')).length
  }
  expect(await read(1)).toBe(1)
  expect(await read(4)).toBe(1)
})
