// What discovery does with time: runs that become due, things that were missing for days, and how far a run is.
import { expect, test } from 'vitest'
import { SCHEDULE_QUEUE, startDue, workSchedule } from '../../server/discovery/policy.service.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { machine, sourcesOfTests, whole } from '../support/sources.ts'

const estate = sourcesOfTests()
const setPolicy = async (productId: string, policy: object) => {
  const text = `mutation($input: DiscoveryPolicySetInput!) { discoveryPolicySet(input: $input) { userErrors { message } } }`
  expect(await estate.query(text, { input: { productId, ...policy } })).toEqual({
    discoveryPolicySet: { userErrors: [] },
  })
}
const runsOf = (uuid: string) =>
  estate.sql<{ uuid: string; state: string; started_by: string | null }>(
    'select uuid, state, started_by from discovery_run where product_id = ? order by created_at',
    [uuid],
  )
/** As if so much time had passed for its schedule. */
const pass = (uuid: string, interval: string) =>
  estate.sql(`update discovery_policy set next_at = next_at - ?::interval where product_id = ?`, [interval, uuid])

test('a scheduled discovery becomes due at its time, runs by itself, and is due again after the same time', async () => {
  const product = await estate.source('ssh')
  estate.shows(product, [machine({ key: 'c1', name: 'clocked' }), whole])
  await setPolicy(product.id, { everyMinutes: 60 })
  expect(await startDue(estate.orm.em, estate.services)).toBe(0)
  await pass(product.uuid, '59 minutes')
  expect(await startDue(estate.orm.em, estate.services)).toBe(0)
  await pass(product.uuid, '1 minute')

  // The clock's job itself, called as the queue would.
  let tick: (() => Promise<void>) | undefined
  const jobs = {
    ...estate.services.jobs,
    work: (queue: string, _: object, work: () => Promise<void>) => {
      if (queue === SCHEDULE_QUEUE) tick = work
    },
  } as unknown as Jobs
  workSchedule(jobs, estate.orm.em, estate.services)
  await tick!()
  const [run] = await runsOf(product.uuid)
  expect(run).toMatchObject({ state: 'QUEUED', started_by: null })
  expect(estate.jobs.at(-1)).toMatchObject({ queue: SCHEDULE_QUEUE })
  await estate.run(run!.uuid)
  expect((await runsOf(product.uuid)).map(({ state }) => state)).toEqual(['SUCCEEDED'])
  expect(await estate.sql(`select reason from history where subject = ? and action = 'create'`, [run!.uuid])).toEqual([
    { reason: 'It was time by its schedule.' },
  ])
  expect(await estate.sql(`select state from actual_item where name = 'clocked'`)).toEqual([{ state: 'PRESENT' }])

  await tick!()
  expect(await runsOf(product.uuid)).toHaveLength(1)
  await pass(product.uuid, '1 hour')
  await tick!()
  expect(await runsOf(product.uuid)).toHaveLength(2)
})

test('what was missing for as many days as the policy says is retired by the next run, and not before', async () => {
  const product = await estate.source('netbox')
  await setPolicy(product.id, { retireAfterDays: 7 })
  await estate.load(product, [machine({ key: 'd1', name: 'stays' }), machine({ key: 'd2', name: 'leaves' }), whole])
  const without = [machine({ key: 'd1', name: 'stays' }), whole]
  expect(await estate.load(product, without)).toMatchObject({ missing: 1, retired: 0 })
  const ago = (days: number) =>
    estate.sql(
      `update observation set missing_since = now() - make_interval(days => ?) where missing_since is not null`,
      [days],
    )
  await ago(6)
  expect(await estate.load(product, without)).toMatchObject({ missing: 0, retired: 0 })
  await ago(7)
  expect(await estate.load(product, without)).toMatchObject({ missing: 0, retired: 1 })
  expect(
    await estate.sql(`select name, state from actual_item where name in ('stays', 'leaves') order by name`),
  ).toEqual([
    { name: 'leaves', state: 'RETIRED' },
    { name: 'stays', state: 'PRESENT' },
  ])
})

test('who follows a run sees scope by scope how far it is, while the next one is still being read', async () => {
  const product = await estate.source()
  const seen = Promise.withResolvers<void>()
  estate.shows(product, async function* () {
    yield { kind: 'scope', name: 'north', of: 2 }
    for (let n = 0; n < 2_100; n++) yield machine({ key: `n${n}`, name: `north-${n}` })
    yield { kind: 'scope', name: 'south', of: 2 }
    for (let n = 0; n < 2_100; n++) yield machine({ key: `s${n}`, name: `south-${n}` })
    // It goes on only when somebody has seen how far it is.
    await seen.promise
    yield whole
  })
  const runs = await estate.watch(
    `subscription($after: Position) { discoveryRunChanged(after: $after) { discoveryRun { id state percent scopes(first: 9) { nodes { name state seen } } } } }`,
    { after: estate.events.positionAt(estate.events.head()) },
  )
  const runId = await estate.start(product)
  const id = toNodeId('run', runId)
  const run = estate.run(runId)
  type Shown = {
    id: string
    state: string
    percent: number
    scopes: { nodes: { name: string; state: string; seen: number }[] }
  }
  const shown: Shown[] = []
  while (shown.at(-1)?.state !== 'SUCCEEDED') {
    const { value } = await runs.next()
    const { discoveryRun } = (value!.data as { discoveryRunChanged: { discoveryRun: Shown } }).discoveryRunChanged
    // The end of an earlier run may be told only now.
    if (discoveryRun.id !== id) continue
    shown.push(discoveryRun)
    if (discoveryRun.scopes.nodes.length > 0) seen.resolve()
  }
  await run
  await runs.return()
  const during = shown.find(({ state, scopes }) => state === 'RUNNING' && scopes.nodes.length > 0)!
  expect(during.scopes.nodes[0]!.name).toBe('north')
  expect(during.percent).toBeLessThan(100)
  expect(shown.at(-1)).toEqual({
    id,
    state: 'SUCCEEDED',
    percent: 100,
    scopes: {
      nodes: [
        { name: 'north', state: 'FINISHED', seen: 2_100 },
        { name: 'south', state: 'FINISHED', seen: 2_100 },
      ],
    },
  })
})
