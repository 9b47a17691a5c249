// What can go wrong between the plan and the confirmation, with hosts that count what happens to them.
import { Client } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { toNodeId, uuidOf } from '../../../server/kernel/node-id.ts'
import { anApp } from '../../support/app.ts'
import { anAppEstate, discovered, faultAt, switchesAt, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const ROUNDS = 20
const app = anApp()
let estate: AppEstate
let used = 0
/** Items that no other test touches. */
const take = (count: number): Item[] => {
  const taken = estate.items.slice(used, (used += count))
  expect(taken).toHaveLength(count)
  return taken
}
/** Everything but Deploy, in a release of its own. */
const approved = async (items: Item[], version?: string, pace = {}) => {
  const { taskId } = await estate.planned(items, version ? [version] : undefined)
  return estate.approved({ items, version, taskId, pace })
}
const hosts = () => estate.hosts.hosts

beforeAll(async () => {
  estate = await anAppEstate(app, ROUNDS + 20)
})

test(`of two people who press Deploy at once exactly one wins, ${ROUNDS} times, and each host is changed once`, async () => {
  const dirk = await app.person('DEPLOYER', undefined, 'Dirk Deployer')
  const dora = await estate.deployer.again()
  const items = take(ROUNDS)
  const deployments = await Promise.all(items.map((item) => estate.approved({ items: [item] })))
  for (const { id, number } of deployments) {
    const [first, second] = await Promise.all([
      dora.tries('deploymentStart', { id }),
      dirk.tries('deploymentStart', { id }),
    ])
    const [won, lost] = first.length === 0 ? [first, second] : [second, first]
    expect(won).toEqual([])
    expect(lost).toMatchObject([
      { code: 'DEPLOYMENT_ALREADY_STARTED', message: expect.stringMatching(`${number}.*(Dora|Dirk) Deployer`) },
    ])
  }
  for (const { id } of deployments) await estate.ends(id, 'SUCCEEDED', 'CONFIRMED', 60_000)
  for (const { name } of items) expect(await switchesAt(hosts(), name), name).toHaveLength(1)
}, 120_000)

test('a target that is decommissioned between validation and Deploy makes the validation void, by name, and the start is refused', async () => {
  const [gone, stays] = take(2)
  const { id, number } = await approved([gone!, stays!])
  await estate.librarian.does('itemMove', { id: gone!.id, action: 'decommission', reason: 'Scrapped.' })
  const read = async () =>
    (
      await estate.owner.query<{
        deployment: {
          state: string
          validation: { state: string; invalidatedBy: string }
          approvals: { valid: boolean }[]
        }
      }>('query($id: ID!) { deployment(id: $id) { state validation { state invalidatedBy } approvals { valid } } }', {
        id,
      })
    ).deployment
  const seen = await until(read, ({ state }) => state === 'INVALIDATED', 5_000)
  expect(seen.validation.state).toBe('INVALIDATED')
  expect(seen.validation.invalidatedBy).toContain(gone!.name)
  expect(seen.approvals).toEqual([{ valid: false }])
  const refused = await estate.deployer.tries('deploymentStart', { id })
  expect(refused).toHaveLength(1)
  expect(refused[0]!.message).toMatch(`${number}`)
  expect(refused[0]!.message).toMatch(/INVALIDATED|is not as it was validated/)
  expect(await switchesAt(hosts(), stays!.name)).toEqual([])
  expect(await estate.validated(id)).toMatchObject({
    state: 'BLOCKED',
    validation: {
      findings: {
        nodes: expect.arrayContaining([
          expect.objectContaining({
            severity: 'BLOCK',
            itemName: gone!.name,
            message: expect.stringContaining('DECOMMISSIONED'),
          }),
        ]),
      },
    },
  })
})

test('decommissioned and deployed in the same moment, it is never changed', async () => {
  const [item] = take(1)
  const { id } = await approved([item!])
  const [, refused] = await Promise.all([
    estate.librarian.does('itemMove', { id: item!.id, action: 'decommission' }),
    estate.deployer.tries('deploymentStart', { id }),
  ])
  if (refused.length > 0) {
    expect(await switchesAt(hosts(), item!.name)).toEqual([])
    return
  }
  // Deploy came first: the item was locked until the start was committed. Then the work goes to its end, or the plan became
  // void while it waited for a worker.
  const { state } = await until(
    () => estate.state(id),
    ({ state }) => /SUCCEEDED|FAILED|INTERVENTION|INVALIDATED/.test(state),
  )
  if (state === 'INVALIDATED') expect(await switchesAt(hosts(), item!.name)).toEqual([])
})

test('1.2.0 fails with the cause from the log, others are unharmed, and the roll-back that is offered ends CONFIRMED', async () => {
  const [broken, other] = [take(2), take(2)]
  const bad = await approved(broken, '1.2.0')
  const good = await approved(other)
  await estate.deployer.does('deploymentStart', { id: bad.id })
  await estate.deployer.does('deploymentStart', { id: good.id })
  const failed = await estate.ends(bad.id, 'FAILED')
  for (const target of failed.targets.nodes) {
    expect(target).toMatchObject({
      state: 'FAILED',
      previousVersion: '1.0.0',
      cause: expect.stringMatching(/currency/),
    })
  }
  expect(failed.causes).toMatchObject([{ count: 2, message: expect.stringMatching(/currency/) }])
  expect(failed.canRollBack).toBe(true)
  const wayBack = `query($id: ID!) { deployment(id: $id) { wayBack { source { number } targetTotal leftOut targetNames } } }`
  expect(await estate.deployer.query(wayBack, { id: bad.id })).toEqual({
    deployment: {
      wayBack: {
        source: { number: '1.0.0' },
        targetTotal: 2,
        leftOut: 0,
        targetNames: expect.arrayContaining(broken.map(({ name }) => name)),
      },
    },
  })
  expect(await estate.approver.query(wayBack, { id: bad.id }), 'who may not roll back').toEqual({
    deployment: { wayBack: null },
  })
  await estate.ends(good.id, 'SUCCEEDED', 'CONFIRMED')

  const { deployment: back } = await estate.deployer.does<{ deployment: { id: string; title: string } }>(
    'deploymentRollBack',
    { id: bad.id },
    'deployment { id title source { number } rollBackOf { id } }',
  )
  expect(back).toMatchObject({
    title: expect.stringContaining('1.0.0'),
    source: { number: '1.0.0' },
    rollBackOf: { id: bad.id },
  })
  const { state, validation } = await estate.validated(back.id)
  expect({ state, findings: validation.findings.nodes.filter(({ severity }) => severity === 'BLOCK') }).toEqual({
    state: 'AWAITING_APPROVAL',
    findings: [],
  })
  await estate.approver.does('deploymentApprove', { id: back.id, digest: validation.digest })
  expect(await estate.deployer.tries('deploymentStart', { id: back.id })).toMatchObject([
    { code: 'SEPARATION_OF_DUTIES' },
  ])
  const third = await app.person('DEPLOYER')
  await third.does('deploymentStart', { id: back.id })
  const ended = await estate.ends(back.id, 'SUCCEEDED', 'CONFIRMED')
  expect(ended.targets.nodes.map(({ evidence }) => evidence[0]!.observedVersion)).toEqual(['1.0.0', '1.0.0'])
})

test('a host that is told to lie ends CONTRADICTED, with what was seen instead', async () => {
  const items = take(2)
  await faultAt(hosts(), items[1]!.name, { step: 'switch', fault: 'lie' })
  const { id } = await approved(items)
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONTRADICTED')
  const { targets } = await until(
    () => estate.state(id),
    ({ targets }) => targets.nodes.every(({ confirmation }) => confirmation !== 'AWAITED'),
  )
  expect(targets.nodes.map(({ item, state, confirmation }) => [item.name, state, confirmation])).toEqual([
    [items[0]!.name, 'REPORTED_OK', 'CONFIRMED'],
    [items[1]!.name, 'REPORTED_OK', 'CONTRADICTED'],
  ])
  expect(targets.nodes[1]!.evidence).toMatchObject([{ verdict: 'CONTRADICTED', observedVersion: '1.0.0' }])
})

test('a hung host ends TIMED_OUT when its time is over, and the others do not wait for it', async () => {
  const items = take(2)
  await faultAt(hosts(), items[0]!.name, { step: 'copy', fault: 'hang' })
  const { id } = await approved(items, undefined, { attemptSeconds: 2 })
  await estate.deployer.does('deploymentStart', { id })
  const { targets } = await estate.ends(id, 'PARTIAL')
  expect(targets.nodes.map(({ state }) => state)).toEqual(['TIMED_OUT', 'REPORTED_OK'])
  expect(targets.nodes[0]!.cause).toMatch(/2 s/)
  expect(await switchesAt(hosts(), items[0]!.name)).toEqual([])
  await faultAt(hosts(), items[0]!.name, null)
  await estate.deployer.does('deploymentRetryFailed', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
  expect(await switchesAt(hosts(), items[0]!.name)).toHaveLength(1)
})

test('no more targets are worked on at once than was said, and each hung one ends TIMED_OUT when its own time is over', async () => {
  const items = take(4)
  for (const { name } of items) await faultAt(hosts(), name, { step: 'copy', fault: 'hang' })
  const { id } = await approved(items, undefined, { maxInFlight: 2, attemptSeconds: 1 })
  await estate.deployer.does('deploymentStart', { id })
  const { targets } = await estate.ends(id, 'FAILED')
  expect(targets.nodes.map(({ state }) => state)).toEqual(Array.from(items, () => 'TIMED_OUT'))
  const [attempts] = await app.database.rows<{ count: number; most: number }>(
    `select count(*)::int as count, max((select count(*)::int from attempt b where b.deployment_id = a.deployment_id
       and b.created_at <= a.created_at and b.finished_at > a.created_at)) as most
     from attempt a join deployment d on d.uuid = a.deployment_id where d.uuid = $1`,
    [uuidOf(id, 'dpl')],
  )
  expect(attempts).toEqual({ count: 4, most: 2 })
})

test('the pace of a deployment is changed until it starts, and what is out of bounds is refused by name', async () => {
  const items = take(1)
  const { taskId } = await estate.planned(items)
  const { id } = await estate.draft({ items, taskId })
  const PACE = 'deployment { state maxInFlight attemptSeconds }'
  const to = (pace: object) => estate.owner.does('deploymentUpdate', { id, ...pace }, PACE)
  expect(await to({ title: 'Slowly' })).toMatchObject({ deployment: { maxInFlight: 16, attemptSeconds: 600 } })
  expect(await to({ maxInFlight: 1 })).toMatchObject({ deployment: { maxInFlight: 1, attemptSeconds: 600 } })
  expect(await to({ attemptSeconds: 86_400 })).toMatchObject({ deployment: { maxInFlight: 1, attemptSeconds: 86_400 } })
  for (const [field, wrong] of [
    ['maxInFlight', 0],
    ['maxInFlight', 1_001],
    ['attemptSeconds', 0],
    ['attemptSeconds', 86_401],
  ] as const) {
    expect(await estate.owner.tries('deploymentUpdate', { id, [field]: wrong })).toMatchObject([
      {
        code: 'BAD_INPUT',
        field: [field],
        rule: 'pace of a deployment',
        evidence: { asked: wrong },
        message: expect.stringContaining(String(wrong)),
      },
    ])
  }
  const made = { taskId, title: 'Another', targetIds: items.map((item) => item.id) }
  expect(await estate.owner.tries('deploymentCreate', { ...made, maxInFlight: 0 })).toMatchObject([
    { code: 'BAD_INPUT', field: ['maxInFlight'] },
  ])
  const { deployment } = await estate.owner.does<{ deployment: { id: string } }>(
    'deploymentCreate',
    { ...made, maxInFlight: 3, attemptSeconds: 60 },
    'deployment { id maxInFlight attemptSeconds }',
  )
  expect(deployment).toMatchObject({ maxInFlight: 3, attemptSeconds: 60 })
})

test('a hung host is cancelled cleanly', async () => {
  const [item] = take(1)
  await faultAt(hosts(), item!.name, { step: 'copy', fault: 'hang' })
  const { id } = await approved([item!])
  await estate.deployer.does('deploymentStart', { id })
  await until(
    () => estate.state(id),
    ({ targets }) => targets.nodes[0]!.state === 'RUNNING',
  )
  await estate.deployer.does('deploymentCancel', { id })
  const { targets } = await estate.ends(id, 'CANCELLED', undefined, 10_000)
  expect(targets.nodes[0]!.state).toBe('CANCELLED')
  expect(await switchesAt(hosts(), item!.name)).toEqual([])
})

test('who creates, starts or rolls back waits for a release that is being followed without standing in the way', async () => {
  const items = take(1)
  const { id } = await approved(items)
  const [{ task, release }] = (await app.database.rows(
    `select task_id as task, release_id as release from deployment order by created_at desc limit 1`,
  )) as [{ task: string; release: string }]
  const taskId = toNodeId('tsk', task)
  for (const act of [
    () => estate.deployer.tries('deploymentStart', { id }),
    () => estate.owner.tries('deploymentCreate', { taskId, title: 'Another', targetIds: [items[0]!.id] }),
    async () => {
      await estate.ends(id, 'SUCCEEDED')
      return estate.deployer.tries('deploymentRollBack', { id })
    },
  ]) {
    const follower = new Client({ connectionString: app.database.url })
    await follower.connect()
    try {
      await follower.query(`set lock_timeout = '3s'`)
      await follower.query('begin')
      await follower.query('select 1 from release where uuid = $1 for update', [release])
      const acting = act()
      await until(
        () =>
          app.database.rows(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          ),
        (waiting) => waiting.length > 0,
      )
      await follower.query('select 1 from task where uuid = $1 for update', [task])
      await follower.query('commit')
      expect(await acting).toEqual([])
    } finally {
      await follower.end()
    }
  }
})

test('nothing was logged as an error', () => {
  expect(app.logged.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
})

test('discovery afterwards finds every host as it is', async () => {
  expect(await discovered(estate.librarian, estate.productId)).toMatchObject({
    state: 'SUCCEEDED',
    missing: 0,
    failure: null,
  })
})
